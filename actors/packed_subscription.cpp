#include "actors/packed_subscription.hpp"

#include "storage/codec.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>

namespace herald {

namespace {

uint16_t size_of(std::string_view text) {
  // Every entrance bounds them far below: URLs, topics, secrets.
  assert(text.size() <= std::numeric_limits<uint16_t>::max());
  return static_cast<uint16_t>(text.size());
}

uint32_t bounded_lease(int64_t seconds) {
  return static_cast<uint32_t>(
    std::clamp<int64_t>(seconds, 0, std::numeric_limits<uint32_t>::max()));
}

// A policy is rare: its record, or nothing where none is set.
std::string policy_record(const delivery_policy& what) {
  return what == delivery_policy{} ? std::string{} : codec::encode(what);
}

char* append(char* to, const void* what, size_t size) {
  if (size > 0)
    std::memcpy(to, what, size);
  return to + size;
}

} // namespace

packed_subscription::packed_subscription(const subscription& from,
                                         uint16_t starts)
  : id_(from.id), created_at_(from.created_at), expires_at_(from.expires_at),
    revision_(from.revision), lease_seconds_(bounded_lease(from.lease_seconds)),
    key_size_(size_of(from.topic_key)), callback_size_(size_of(from.callback)),
    starts_(starts), method_(from.method), from_(from.from),
    active_(from.active), paused_(from.paused),
    topic_is_key_(from.topic == from.topic_key), has_extras_(false) {
  // nop
}

// The block: the object, the starts, then the texts.
std::unique_ptr<packed_subscription>
packed_subscription::make(const subscription& from) {
  static_assert(sizeof(packed_subscription) == 56);
  auto policy = policy_record(from.policy);
  std::array<std::string_view, extras> more{
    from.topic == from.topic_key ? std::string_view{} : from.topic, from.secret,
    policy};
  size_t more_size = 0;
  for (auto text : more)
    more_size += text.size();
  auto starts = from.starts.size() * sizeof(sequence);
  auto size = sizeof(packed_subscription) + starts + from.topic_key.size()
              + from.callback.size()
              + (more_size > 0 ? extras * sizeof(uint16_t) + more_size : 0);
  std::unique_ptr<packed_subscription> result{
    new (::operator new(size))
      packed_subscription{from, static_cast<uint16_t>(from.starts.size())}};
  auto to = const_cast<char*>(result->block());
  to = append(to, from.starts.data(), starts);
  to = append(to, from.topic_key.data(), from.topic_key.size());
  to = append(to, from.callback.data(), from.callback.size());
  if (more_size == 0)
    return result;
  result->has_extras_ = true;
  for (auto text : more) {
    auto length = size_of(text);
    to = append(to, &length, sizeof(length));
  }
  for (auto text : more)
    to = append(to, text.data(), text.size());
  return result;
}

std::array<std::string_view, packed_subscription::extras>
packed_subscription::extra_texts() const {
  std::array<std::string_view, extras> result;
  if (!has_extras_)
    return result;
  auto sizes = texts() + key_size_ + callback_size_;
  auto at = sizes + extras * sizeof(uint16_t);
  for (auto& text : result) {
    uint16_t size = 0;
    std::memcpy(&size, sizes, sizeof(size));
    sizes += sizeof(size);
    text = {at, size};
    at += size;
  }
  return result;
}

subscription packed_subscription::unpack() const {
  auto more = extra_texts();
  subscription result;
  result.id = id_;
  result.topic_key = topic_key();
  result.topic = topic_is_key_ ? topic_key() : more[topic_text];
  result.callback = callback();
  result.active = active_;
  result.paused = paused_;
  result.secret = more[secret_text];
  result.method = method_;
  result.lease_seconds = lease_seconds_;
  result.created_at = created_at_;
  result.expires_at = expires_at_;
  result.from = from_;
  if (auto record = more[policy_text]; !record.empty())
    if (auto policy = codec::decode_policy(record))
      result.policy = std::move(*policy);
  result.revision = revision_;
  result.starts.reserve(starts_);
  for (log_id log = 0; log < starts_; ++log)
    result.starts.push_back(start(log));
  return result;
}

sequence packed_subscription::start(log_id log) const {
  if (log >= starts_)
    return 0;
  sequence result = 0;
  std::memcpy(&result, block() + log * sizeof(sequence), sizeof(result));
  return result;
}

} // namespace herald
