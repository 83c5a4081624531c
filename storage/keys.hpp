#pragma once

#include "storage/store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace herald::keys {

/// How rows are named. Numbers are big-endian, so that the order of the bytes
/// is the order of the values; `unix_ms` has its sign bit flipped for the same
/// reason, and what is listed newest first is stored inverted.
/// Every key has a reverse, which answers nothing for bytes of another shape.
/// Pure functions, any thread. The layout is listed in docs/formats.md.

/// `log seq`: events and bodies.
std::string event(log_id log, sequence seq);

struct event_name {
  log_id log = 0;
  sequence seq = 0;
};

std::optional<event_name> parse_event(std::string_view key);

/// `log id`: the sequence of an event by its id.
std::string event_id(log_id log, std::string_view id);

/// `log topic`: pings and contents.
std::string fetched(log_id log, std::string_view topic);

struct fetched_name {
  log_id log = 0;
  std::string_view topic; ///< View into the key.
};

std::optional<fetched_name> parse_fetched(std::string_view key);

/// `sub`: the prefix of everything that belongs to a subscription.
std::string subscription(const subscription_id& id);

/// `partition sub`: subscriptions and conditions, which are read together when
/// their partition starts.
std::string placed(partition_id partition, const subscription_id& id);

/// Its subscription, whatever the partition.
std::optional<subscription_id> parse_placed(std::string_view key);

/// `topic_key 0 sub`: subscriptions by topic. Topic keys hold no zero byte.
std::string topic(std::string_view topic_key, const subscription_id& id);

struct topic_name {
  std::string_view topic_key; ///< View into the key.
  subscription_id id;
};

std::optional<topic_name> parse_topic(std::string_view key);

/// `partition`: epochs, and the prefix of everything that is its own.
std::string partition(partition_id id);

/// `partition revision`: the changes of a partition in order.
std::string revision(partition_id partition, uint64_t revision);

struct revision_name {
  partition_id partition = 0;
  uint64_t revision = 0;
};

std::optional<revision_name> parse_revision(std::string_view key);

/// `partition log`: cursors.
std::string cursor(partition_id partition, log_id log);

/// `sub log seq`: jobs.
std::string job(const job_key& key);

std::optional<job_key> parse_job(std::string_view key);

/// `partition due sub log seq`: jobs by due time.
std::string due(partition_id partition, const due_position& position);

std::optional<due_position> parse_due(std::string_view key);

/// `partition sub log`: lag.
std::string lag(partition_id partition, const subscription_id& sub, log_id log);

struct lag_name {
  subscription_id sub;
  log_id log = 0;
};

std::optional<lag_name> parse_lag(std::string_view key);

/// `sub ~at ~seq ~attempt log`: attempts of a subscription, newest first.
std::string attempt(const attempt_record& what);

/// `sub ~seq log`: dead letters of a subscription, newest event first.
std::string dead(const job_key& what);

/// What an attempt's key says.
struct history_name {
  job_key key;
  unix_ms at = 0;
  uint32_t attempt = 0;
};

std::optional<history_name> parse_attempt(std::string_view key);
std::optional<job_key> parse_dead(std::string_view key);

enum class history_kind : uint8_t { attempt = 1, dead };

/// `kind at row`: attempts, and dead letters, by time, so that old ones are
/// found without a look at the rest. `row` is the key of the row itself.
std::string history(unix_ms at, history_kind kind, std::string_view row);

/// What the keys of history of a kind begin with.
std::string history(history_kind kind);

struct history_index {
  unix_ms at = 0;
  history_kind kind = history_kind::attempt;
  std::string_view row; ///< View into the key.
};

std::optional<history_index> parse_history(std::string_view key);

/// The first key after all that begin with `prefix`; empty if there is none.
std::string after_prefix(std::string_view prefix);

} // namespace herald::keys
