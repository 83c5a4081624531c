#pragma once

#include "http/front_end/poll_room.hpp"
#include "http/front_end/reading.hpp"

#include <string>
#include <vector>

namespace herald {

/// The events of one subscription.
struct front_end_state::pull final : front_end_state::log_search {
  pull(front_end_state& owner, exchange_ptr asker, pull_command what);

  void begin();

private:
  void start(const subscription& sub);
  void finish() override;
  bool may_wait() const;
  void wait();
  void resume(bool event);
  void load();
  void load_of(log_id log, std::vector<size_t> places);
  void render();

  pull_command asked;
  poll_room::time_point until;
  std::vector<event_ptr> bodies; ///< Of what was found; null: gone.
  size_t outstanding = 0;
};

/// Looks at the logs' heads for those who wait.
struct front_end_state::follower {
  explicit follower(front_end_state& owner);

  /// True if there is something behind `from` already.
  bool is_news(const log_positions& from) const;

  void add(std::string topic_key, poll_room::time_point until,
           poll_room::listener who);

  void tick();

  poll_room room;

private:
  void look(log_id log);
  void shown(log_id log, sequence head, const std::vector<event_meta>& metas);
  void arm();

  front_end_state& at;
  log_positions seen;     ///< Per log: the room was told up to here.
  std::vector<bool> busy; ///< An answer is awaited.
  bool armed = false;
};

} // namespace herald
