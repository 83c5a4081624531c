#pragma once

#include "actors/asker.hpp"
#include "actors/engine.hpp"
#include "actors/interfaces.hpp"
#include "actors/topics/topic_marks.hpp"
#include "config/config.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <memory>
#include <vector>

namespace herald {

/// Bounds of one publisher. Beyond `open_*` a request is errc::overloaded.
struct publisher_limits {
  size_t open_events = 65'536;
  size_t open_bytes = 128 * 1024 * 1024;
  size_t group_events = 2048; ///< Of one append.
  size_t group_bytes = 16 * 1024 * 1024;
  size_t retries = 5; ///< After an unknown outcome, before it is told.
  milliseconds retry_delay{200};
  milliseconds lull{100}; ///< After this, spreaders hear what they do not want.
};

struct publisher_options {
  log_id log = 0;
  publisher_limits limits;
  storekeeper_actor store;
  std::vector<spreader_actor> spreaders;    ///< By place.
  std::shared_ptr<const topic_marks> marks; ///< Null: all may want all.
  std::shared_ptr<const wall_clock> time;
  std::shared_ptr<health> state;
  std::string hub_url;              ///< For the events' wire fields.
  std::shared_ptr<log_heads> heads; ///< Of all logs. Null: of this one alone.
  std::shared_ptr<engine_counters> counters
    = std::make_shared<engine_counters>();
};

/// Appends events to one log. While one append is under way, requests collect;
/// the next append takes them all (group commit). An outcome is told only after
/// the store said so: 202 means durable.
class publisher_state {
public:
  static inline constexpr const char* name = "publisher";

  explicit publisher_state(publisher_actor::pointer ptr)
    : self(ptr), asks(ptr) {
    // nop
  }

  void init(publisher_options what);
  caf::result<atom::done> start();
  void take(const publish_listener& asker, publish_request& what);
  void tick();
  void sweep();
  caf::result<atom::done> drain();
  void stop();

private:
  struct request {
    uint64_t token = 0;
    publish_listener asker;
    std::vector<event> events;
    size_t bytes = 0;
  };

  /// A request within the group that is being appended.
  struct part {
    uint64_t token = 0;
    publish_listener asker;
    size_t count = 0;
  };

  void next_group();
  void append();
  void appended_group(std::vector<append_result>& results);
  void know_head(sequence at);
  void meet_head(sequence at);
  sequence recognise_own(std::vector<append_result>& results) const;
  void append_failed(const caf::error& why);
  void tell_spreaders(const std::vector<append_result>& results);
  uint16_t may_want(const event& what);
  void tell(size_t place, event_batch events);
  void answer_all(const std::vector<append_result>* results,
                  const caf::error& why);
  void refresh_head();
  void finish_drain();

  publisher_actor::pointer self;
  asker<publisher_actor> asks;
  publisher_options options;
  std::deque<request> waiting;
  size_t open_events = 0; ///< Waiting and in the group.
  size_t open_bytes = 0;
  std::shared_ptr<std::vector<event>> group; ///< Being appended.
  size_t group_bytes = 0;
  std::vector<part> parts;
  size_t tries = 0;
  sequence head = 0;
  bool head_known = false; ///< False: an append's outcome is unknown.
  bool busy = false;
  std::vector<caf::typed_response_promise<atom::done>> stopping;
  bool draining = false;
  std::vector<sequence> told; ///< By place: how far its spreader knows the log.
  std::vector<std::vector<event_ptr>> shares; ///< By place; kept for its room.
  std::string key_buffer;
  bool sweeping = false; ///< A sweep is under way.
};

publisher_actor::behavior_type
publisher(publisher_actor::stateful_pointer<publisher_state> self,
          publisher_options options);

} // namespace herald
