#pragma once

#include "actors/messages.hpp"

#include <caf/actor_clock.hpp>

#include <deque>
#include <vector>

namespace herald {

/// An event of which deliveries are open.
struct window_entry {
  event_ptr what;
  std::vector<subscription_ptr> who;    ///< Ascending ids.
  size_t expanded = 0;                  ///< who[0..expanded) were taken on.
  size_t escalated = 0;                 ///< who[0..escalated) are done or rows.
  size_t open_deliveries = 0;           ///< That are neither done nor rows.
  caf::actor_clock::time_point since{}; ///< When it was last expanded.

  /// In order: who was taken on, and of these who needs nothing more here.
  bool is_consistent() const {
    return escalated <= expanded && expanded <= who.size()
           && open_deliveries <= expanded - escalated;
  }

  bool settled() const {
    return expanded == who.size() && open_deliveries == 0;
  }
};

/// The events of one log that a partition has matched and not settled yet, in
/// order. It knows how far the cursor may go. Not thread-safe.
class window {
public:
  /// Starts behind `at`: everything up to there is settled.
  void start(sequence at);

  /// Appends a matched event; events rise.
  window_entry& add(event_ptr what, std::vector<subscription_ptr> who);

  /// Everything <= `at` has been matched.
  void matched(sequence at);
  sequence matched() const { return matched_; }

  /// The entry of `seq`, or nullptr.
  window_entry* find(sequence seq);

  /// One delivery of `seq` is done, or a row.
  void settle(sequence seq);

  /// The first entry that is not fully expanded, or nullptr.
  window_entry* next_to_expand();

  /// The first entry with open deliveries, or nullptr.
  const window_entry* first_open() const;

  /// Everything <= it has been matched and taken on.
  sequence expanded();

  /// Forgets what is settled before everything that is not.
  void drop_settled();

  /// How far the cursor may advance: all matches <= it are done, dead, or rows.
  /// Drops what is settled.
  sequence cursor();

  std::deque<window_entry>& entries() { return entries_; }
  size_t bytes() const { return bytes_; }

  /// What is still to be expanded for this subscription is so as it is now.
  void update(const subscription_ptr& now);

  /// Forgets that `sub` is still to be expanded: it ended.
  void remove(const subscription_id& sub);

private:
  using place = std::vector<subscription_ptr>::iterator;

  /// Where `sub` is still to be expanded, or the end.
  static place find(window_entry& in, const subscription_id& sub);

  std::deque<window_entry> entries_;
  sequence matched_ = 0;
  size_t bytes_ = 0;
  sequence cursor_ = 0; ///< As it was told last: it never goes back.
};

} // namespace herald
