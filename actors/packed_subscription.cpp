#include "actors/packed_subscription.hpp"

#include "storage/codec.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace herald {

namespace {

enum text_index : size_t {
  key_text,
  callback_text,
  topic_text,
  secret_text,
  policy_text,
};

constexpr size_t texts = 5;

// A policy is rare: its record, or nothing where none is set.
std::string policy_record(const delivery_policy& what) {
  return what == delivery_policy{} ? std::string{} : codec::encode(what);
}

} // namespace

// The block: header, starts, then the texts without separators. The topic is
// left out where it equals its key, as every URL does.
struct packed_subscription::header {
  int64_t lease_seconds;
  unix_ms created_at;
  unix_ms expires_at;
  uint64_t revision;
  std::array<uint16_t, texts> sizes;
  uint16_t starts;
  signature_method method;
  entrance from;
  bool active : 1;
  bool paused : 1;
  bool topic_is_key : 1;
};

packed_subscription::packed_subscription(const subscription& from) {
  static_assert(sizeof(header) == 48);
  bool topic_is_key = from.topic == from.topic_key;
  auto policy = policy_record(from.policy);
  std::array<std::string_view, texts> strings{
    from.topic_key, from.callback,
    topic_is_key ? std::string_view{} : std::string_view{from.topic},
    from.secret, policy};
  auto size = sizeof(header) + from.starts.size() * sizeof(sequence);
  std::array<uint16_t, texts> sizes{};
  for (size_t i = 0; i < texts; ++i) {
    // Every entrance bounds them far below: URLs, topics, secrets.
    assert(strings[i].size() <= std::numeric_limits<uint16_t>::max());
    sizes[i] = static_cast<uint16_t>(strings[i].size());
    size += strings[i].size();
  }
  block_ = std::make_unique_for_overwrite<char[]>(size);
  new (block_.get()) header{from.lease_seconds,
                            from.created_at,
                            from.expires_at,
                            from.revision,
                            sizes,
                            static_cast<uint16_t>(from.starts.size()),
                            from.method,
                            from.from,
                            from.active,
                            from.paused,
                            topic_is_key};
  auto to = block_.get() + sizeof(header);
  for (auto start : from.starts)
    to = static_cast<char*>(std::memcpy(to, &start, sizeof(start)))
         + sizeof(start);
  for (auto string : strings) {
    std::copy(string.begin(), string.end(), to);
    to += string.size();
  }
}

const packed_subscription::header& packed_subscription::head() const {
  return *std::launder(reinterpret_cast<const header*>(block_.get()));
}

std::string_view packed_subscription::text(size_t index) const {
  auto& fixed = head();
  auto at = block_.get() + sizeof(header) + fixed.starts * sizeof(sequence);
  for (size_t i = 0; i < index; ++i)
    at += fixed.sizes[i];
  return {at, fixed.sizes[index]};
}

subscription packed_subscription::unpack(const subscription_id& id) const {
  auto& fixed = head();
  subscription result;
  result.id = id;
  result.topic_key = topic_key();
  result.topic = fixed.topic_is_key ? topic_key() : text(topic_text);
  result.callback = callback();
  result.active = fixed.active;
  result.paused = fixed.paused;
  result.secret = text(secret_text);
  result.method = fixed.method;
  result.lease_seconds = fixed.lease_seconds;
  result.created_at = fixed.created_at;
  result.expires_at = fixed.expires_at;
  result.from = fixed.from;
  if (auto record = text(policy_text); !record.empty())
    if (auto policy = codec::decode_policy(record))
      result.policy = std::move(*policy);
  result.revision = fixed.revision;
  for (log_id log = 0; log < fixed.starts; ++log)
    result.starts.push_back(start(log));
  return result;
}

bool packed_subscription::active() const {
  return head().active;
}

unix_ms packed_subscription::expires_at() const {
  return head().expires_at;
}

uint64_t packed_subscription::revision() const {
  return head().revision;
}

std::string_view packed_subscription::topic_key() const {
  return text(key_text);
}

std::string_view packed_subscription::callback() const {
  return text(callback_text);
}

sequence packed_subscription::start(log_id log) const {
  if (log >= head().starts)
    return 0;
  sequence result = 0;
  std::memcpy(&result, block_.get() + sizeof(header) + log * sizeof(sequence),
              sizeof(result));
  return result;
}

} // namespace herald
