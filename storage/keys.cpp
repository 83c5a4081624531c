#include "storage/keys.hpp"

#include "storage/bytes.hpp"

#include <algorithm>

namespace herald::keys {

namespace {

constexpr uint64_t sign_bit = 1ULL << 63;

uint64_t ordered(unix_ms at) {
  return static_cast<uint64_t>(at) ^ sign_bit;
}

unix_ms from_ordered(uint64_t number) {
  return static_cast<unix_ms>(number ^ sign_bit);
}

std::string_view view(const subscription_id& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

subscription_id read_id(byte_reader& in) {
  subscription_id result;
  auto bytes = in.raw(result.bytes.size());
  std::copy(bytes.begin(), bytes.end(), result.bytes.begin());
  return result;
}

job_key read_job(byte_reader& in) {
  job_key result;
  result.sub = read_id(in);
  result.log = in.number<log_id>();
  result.seq = in.number<sequence>();
  return result;
}

void write_job(byte_writer& out, const job_key& key) {
  out.raw(view(key.sub)).number(key.log).number(key.seq);
}

template <class T>
std::optional<T> checked(const byte_reader& in, T value) {
  if (!in.done())
    return std::nullopt;
  return value;
}

} // namespace

std::string event(log_id log, sequence seq) {
  std::string result;
  byte_writer{result}.number(log).number(seq);
  return result;
}

std::optional<event_name> parse_event(std::string_view key) {
  byte_reader in{key};
  event_name result;
  result.log = in.number<log_id>();
  result.seq = in.number<sequence>();
  return checked(in, result);
}

std::string event_id(log_id log, std::string_view id) {
  std::string result;
  byte_writer{result}.number(log).raw(id);
  return result;
}

std::string fetched(log_id log, std::string_view topic) {
  return event_id(log, topic);
}

std::optional<fetched_name> parse_fetched(std::string_view key) {
  byte_reader in{key};
  fetched_name result;
  result.log = in.number<log_id>();
  result.topic = in.raw(in.left());
  return checked(in, result);
}

std::string subscription(const subscription_id& id) {
  return std::string{view(id)};
}

std::string placed(partition_id partition, const subscription_id& id) {
  std::string result;
  byte_writer{result}.number(partition).raw(view(id));
  return result;
}

std::optional<subscription_id> parse_placed(std::string_view key) {
  byte_reader in{key};
  in.number<partition_id>();
  auto result = read_id(in);
  return checked(in, result);
}

std::string topic(std::string_view topic_key, const subscription_id& id) {
  std::string result;
  byte_writer{result}.raw(topic_key).number(uint8_t{0}).raw(view(id));
  return result;
}

std::optional<topic_name> parse_topic(std::string_view key) {
  constexpr size_t tail = 1 + sizeof(subscription_id::bytes);
  if (key.size() < tail || key[key.size() - tail] != '\0')
    return std::nullopt;
  byte_reader in{key.substr(key.size() - tail + 1)};
  return topic_name{key.substr(0, key.size() - tail), read_id(in)};
}

std::string partition(partition_id id) {
  std::string result;
  byte_writer{result}.number(id);
  return result;
}

std::string revision(partition_id partition, uint64_t revision) {
  std::string result;
  byte_writer{result}.number(partition).number(revision);
  return result;
}

std::optional<revision_name> parse_revision(std::string_view key) {
  byte_reader in{key};
  revision_name result;
  result.partition = in.number<partition_id>();
  result.revision = in.number<uint64_t>();
  return checked(in, result);
}

std::string cursor(partition_id partition, log_id log) {
  std::string result;
  byte_writer{result}.number(partition).number(log);
  return result;
}

std::string job(const job_key& key) {
  std::string result;
  byte_writer out{result};
  write_job(out, key);
  return result;
}

std::optional<job_key> parse_job(std::string_view key) {
  byte_reader in{key};
  auto result = read_job(in);
  return checked(in, result);
}

std::string due(partition_id partition, const due_position& position) {
  std::string result;
  byte_writer out{result};
  out.number(partition).number(ordered(position.due));
  write_job(out, position.key);
  return result;
}

std::optional<due_position> parse_due(std::string_view key) {
  byte_reader in{key};
  in.number<partition_id>();
  due_position result;
  result.due = from_ordered(in.number<uint64_t>());
  result.key = read_job(in);
  return checked(in, result);
}

std::string lag(partition_id partition, const subscription_id& sub,
                log_id log) {
  std::string result;
  byte_writer{result}.number(partition).raw(view(sub)).number(log);
  return result;
}

std::optional<lag_name> parse_lag(std::string_view key) {
  byte_reader in{key};
  in.number<partition_id>();
  lag_name result;
  result.sub = read_id(in);
  result.log = in.number<log_id>();
  return checked(in, result);
}

std::string attempt(const attempt_record& what) {
  std::string result;
  byte_writer{result}
    .raw(view(what.key.sub))
    .number(~ordered(what.at))
    .number(~what.key.seq)
    .number(~what.attempt)
    .number(what.key.log);
  return result;
}

std::string dead(const job_key& what) {
  std::string result;
  byte_writer{result}.raw(view(what.sub)).number(~what.seq).number(what.log);
  return result;
}

std::optional<history_name> parse_attempt(std::string_view key) {
  byte_reader in{key};
  history_name result;
  result.key.sub = read_id(in);
  result.at = from_ordered(~in.number<uint64_t>());
  result.key.seq = ~in.number<uint64_t>();
  result.attempt = ~in.number<uint32_t>();
  result.key.log = in.number<log_id>();
  return checked(in, result);
}

std::optional<job_key> parse_dead(std::string_view key) {
  byte_reader in{key};
  job_key result;
  result.sub = read_id(in);
  result.seq = ~in.number<uint64_t>();
  result.log = in.number<log_id>();
  return checked(in, result);
}

std::string history(unix_ms at, history_kind kind, std::string_view row) {
  std::string result;
  byte_writer{result}
    .number(static_cast<uint8_t>(kind))
    .number(ordered(at))
    .raw(row);
  return result;
}

std::string history(history_kind kind) {
  std::string result;
  byte_writer{result}.number(static_cast<uint8_t>(kind));
  return result;
}

std::optional<history_index> parse_history(std::string_view key) {
  byte_reader in{key};
  history_index result;
  auto kind = in.number<uint8_t>();
  result.kind = static_cast<history_kind>(kind);
  result.at = from_ordered(in.number<uint64_t>());
  result.row = in.raw(in.left());
  if (kind != 1 && kind != 2)
    return std::nullopt;
  return checked(in, result);
}

std::string after_prefix(std::string_view prefix) {
  std::string result{prefix};
  while (!result.empty() && result.back() == '\xff')
    result.pop_back();
  if (!result.empty())
    result.back() = static_cast<char>(result.back() + 1);
  return result;
}

} // namespace herald::keys
