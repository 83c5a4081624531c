#pragma once

#include "actors/node.hpp"
#include "tests/simulation/counts.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/intent_book.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/policy_book.hpp"
#include "tests/simulation/slow_calls.hpp"
#include "tests/simulation/takeover.hpp"
#include "tests/simulation/world_time.hpp"
#include "tests/support/scripted_transport.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace herald::simulation {

/// A whole engine over a disk in memory and a network of callbacks, driven step
/// by step by dice: which actor runs next, how time passes, what fails. It runs
/// real actors of the engine on a scheduler without threads. One thread.
class world {
public:
  /// Events in one publish request.
  static constexpr size_t most_at_once = 4;

  /// When every world begins.
  static constexpr unix_ms beginning = 1'700'000'000'000;

  world(uint64_t seed, bool loud);
  ~world();

  /// Lives through the plan, heals everything and waits until all is at rest.
  /// Returns what went wrong, or nothing.
  std::string run();

  const counts& counted() const { return counted_; }

private:
  using time_point = caf::actor_clock::time_point;

  /// One process: gone at a crash.
  struct process;

  /// An answer that the network will give.
  struct answer {
    bool is_fetch = false;
    size_t index = 0;
    http_outcome outcome;
    fetch_reply reply;
    std::string callback; ///< That confirms,
    std::string lease;    ///< this lease.
    subscription_id sub;
    position at;
    int64_t wait_ms = 0; ///< Before another attempt, if it failed: at least,
    int64_t longest_wait_ms = 0; ///< and at most.
  };

  /// A published event, acknowledged or not.
  struct publication {
    event what;
    log_id log = 0;
    std::string topic_key;
    std::vector<expectation> expected;
    size_t sent = 0;  ///< How often it was published.
    sequence seq = 0; ///< As acknowledged; 0: it is not.
  };

  // processes
  void boot();
  bool start_node();
  void end_process();
  void crash();
  void stop_in_order();
  caf::error fault(std::string_view call, fault_at when);
  void take_failure(const std::string& why);
  bool is_late(milliseconds deadline);
  void look_at_change(bool told);
  void look_at_commit(bool failed);
  void look_at_lag();
  void look_at_jobs();

  // time
  void take_step();
  void run_one();
  void pass_time(time_point until);
  time_point next_moment() const;
  void release_due();
  void note_quiet();
  void update_now();
  std::optional<time_point> next_timer() const;

  // network
  std::optional<http_outcome> post(const post_request& what);
  std::optional<fetch_reply> fetch(const fetch_request& what);
  http_outcome answer_of(const callback& who, milliseconds& delay);
  const callback* find_callback(const std::string& authority) const;
  void release(answer& what);

  // actions
  void act();
  void publish();
  void take(const published& what);
  void take(publication& known, const append_result& result);
  void subscribe(bool wanted);
  void change_faults();
  void jump();
  void change_pace();
  milliseconds some_delay(milliseconds most);
  void take_answer(const subscription_id& id, const std::string& secret,
                   bool good);

  // operators
  const subscription* some_subscription();
  std::optional<subscription_id> replaying() const;
  void operate();
  void patch(const subscription_id& id, subscription_patch what);
  std::vector<expectation> part_of(const subscription& who, log_id log,
                                   sequence after, sequence until);
  void replay(const subscription& who);
  void redeliver(const subscription& who);
  void cancel_replay(const subscription_id& id);
  void resume_all();

  bool at_rest() const;
  void check_history();
  void settle();
  void tell(const std::string& what) const;

  bool loud_;
  dice random_;
  plan plan_;
  std::shared_ptr<memory_disk> disk_;
  world_time time_;
  oracle oracle_;
  intent_book intents_;
  policy_book policies_;
  std::optional<takeover> takeover_;
  slow_calls pace_;
  caf::actor_id running_ = 0; ///< The actor that runs, or ran last.
  counts counted_;
  std::unique_ptr<process> process_;
  std::multimap<time_point, answer> answers_;
  std::map<std::string, publication> publications_; ///< By event id.
  std::map<uint64_t, std::vector<std::string>> open_tokens_;
  std::set<std::pair<subscription_id, log_id>> lagging_;
  std::set<job_key> escalated_;
  uint64_t tokens_ = 0;
  uint64_t steps_ = 0;
  bool healed_ = false;
  bool dead_ = false; ///< The process must not reach the disk any more.
  size_t fault_percent_ = 0;
  bool fault_is_full_ = false;
  size_t calls_until_crash_ = 0; ///< 0: no crash is planned.
  int actions_ = 0;
  time_point next_action_{};
};

} // namespace herald::simulation
