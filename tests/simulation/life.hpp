#pragma once

#include "tests/simulation/disk_view.hpp"

#include <string>

namespace herald::simulation {

/// What the oracle remembers.

/// One life of a subscription, from its verification to its end, as the disk
/// tells it.
struct life {
  subscription row;
  uint64_t ended = 0;    ///< When, in steps; 0: not yet.
  uint64_t change = 0;   ///< The change that tells the engine so, or 0.
  uint64_t end_told = 0; ///< Since when the engine knows; 0: it does not.
  unix_ms lease = 0;     ///< Its end, as far as the engine may know.
  bool lapses = false;   ///< Was renewed so late that it may have run out.
};

/// An acknowledged event and a callback that is to get it.
struct expectation {
  position at;
  std::string topic_key; ///< Of the event.
  std::string callback;
  uint64_t since = 0; ///< When it was published, in steps.
  bool again = false; ///< An operator wants it once more.
};

/// An attempt that reached a callback.
struct arrival {
  subscription_id sub;
  position at;
  std::string topic_key;
  uint32_t attempt = 0;
  unix_ms horizon = 0; ///< No attempt is planned for after that.
};

/// What became of an event at a callback.
struct delivery_seen {
  subscription_id sub;
  size_t in_flight = 0;
  bool done = false;
  bool once_done = false; ///< Also if it was asked for again since.
  bool had_row = false;   ///< When it was sent last.
  bool gone = false;      ///< Answered by 410.
  bool doubled = false;   ///< At a crash both a row and a lag row stood for it.
  unix_ms horizon = 0;    ///< No attempt is planned for after that.
  unix_ms answered_at = 0; ///< In the time of the world, last. Another attempt
  unix_ms wait = 0;        ///< comes so much later at least,
  unix_ms due = 0;         ///< and after a crash not before what the disk said
  bool tried = false;      ///< then, in a row that had failed.
  uint64_t answered_step = 0; ///< When an answer came, last.
  unix_ms life = 0;           ///< When the life began that it was sent for.
  uint64_t asked_step = 0;    ///< When an operator asked for it, last.
  bool given_up = false;      ///< It is too late for another attempt.
  bool may_be_dead = false;   ///< Perhaps it is.
};

} // namespace herald::simulation
