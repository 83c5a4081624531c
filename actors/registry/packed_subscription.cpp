#include "actors/registry/packed_subscription.hpp"

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

/// Members of a later version are rarer still.
std::string later_record(const subscription& what) {
  return what.later.empty() ? std::string{} : codec::encode(what.later);
}

char* append(char* to, const void* what, size_t size) {
  if (size > 0)
    std::memcpy(to, what, size);
  return to + size;
}

} // namespace

packed_subscription::packed_subscription(const subscription& from)
  : id_(from.id), created_at_(from.created_at), expires_at_(from.expires_at),
    revision_(from.revision), lease_seconds_(bounded_lease(from.lease_seconds)),
    key_size_(size_of(from.topic_key)), callback_size_(size_of(from.callback)),
    starts_(static_cast<uint16_t>(from.starts.size())), method_(from.method),
    from_(from.from), active_(from.active), paused_(from.paused),
    topic_is_key_(from.topic == from.topic_key) {
  // nop
}

// The block: the object, the starts, then the texts.
struct packed_subscription::parts {
  std::string policy;
  std::string later;
  std::array<std::string_view, extras> more;
  size_t more_size = 0;

  explicit parts(const subscription& from)
    : policy(policy_record(from.policy)),
      later(later_record(from)), more{from.topic == from.topic_key
                                        ? std::string_view{}
                                        : from.topic,
                                      from.secret, policy, later} {
    for (auto text : more)
      more_size += text.size();
    if (more_size > 0)
      more_size += extras * sizeof(uint16_t);
  }

  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
};

// With room for a start, which a subscription gets when it is verified.
size_t packed_subscription::block_size(size_t starts, size_t texts) {
  return sizeof(packed_subscription)
         + std::max<size_t>(starts, 1) * sizeof(sequence) + texts;
}

std::unique_ptr<packed_subscription>
packed_subscription::make(const subscription& from) {
  static_assert(sizeof(packed_subscription) == 56);
  parts what{from};
  auto size
    = block_size(from.starts.size(),
                 from.topic_key.size() + from.callback.size() + what.more_size);
  std::unique_ptr<packed_subscription> result{new (allocate_apart(size))
                                                packed_subscription{from}};
  result->write_texts(from, what);
  return result;
}

bool packed_subscription::assign(const subscription& from) {
  size_t texts_now = key_size_ + callback_size_;
  if (has_extras_) {
    auto last = extra_texts().back();
    texts_now = static_cast<size_t>(last.data() + last.size() - texts());
  }
  parts what{from};
  if (block_size(from.starts.size(),
                 from.topic_key.size() + from.callback.size() + what.more_size)
      > block_size(starts_, texts_now))
    return false;
  new (this) packed_subscription{from};
  write_texts(from, what);
  return true;
}

void packed_subscription::write_texts(const subscription& from,
                                      const parts& what) {
  auto to = const_cast<char*>(block());
  to = append(to, from.starts.data(), from.starts.size() * sizeof(sequence));
  to = append(to, from.topic_key.data(), from.topic_key.size());
  to = append(to, from.callback.data(), from.callback.size());
  has_extras_ = what.more_size > 0;
  if (!has_extras_)
    return;
  for (auto text : what.more) {
    auto length = size_of(text);
    to = append(to, &length, sizeof(length));
  }
  for (auto text : what.more)
    to = append(to, text.data(), text.size());
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
  if (auto record = more[later_text]; !record.empty())
    if (auto later = codec::decode_members(record))
      result.later = std::move(*later);
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
