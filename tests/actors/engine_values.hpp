#pragma once

#include "storage/model.hpp"
#include "storage/target.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace herald::test {

/// Small values for tests of the engine: subscribers are named by a letter,
/// events by their sequence.

inline subscription_id id_of(uint8_t letter) {
  subscription_id id;
  id.bytes.fill(letter);
  return id;
}

inline subscription subscription_of(uint8_t letter) {
  subscription result;
  result.id = id_of(letter);
  result.topic = result.topic_key = "shop.order";
  result.callback = "http://sub.example/" + std::string(1, char(letter));
  result.active = true;
  result.expires_at = unix_ms{1} << 50;
  return result;
}

inline subscription_ptr subscriber_named(uint8_t letter) {
  return std::make_shared<const subscription>(subscription_of(letter));
}

inline event event_of(std::string id, std::string body = "hello") {
  event result;
  result.id = std::move(id);
  result.topic = "shop.order";
  result.content_type = "text/plain";
  result.body = std::move(body);
  result.body_size = static_cast<uint32_t>(result.body.size());
  return result;
}

inline event_ptr event_at(sequence seq, size_t body_size = 5) {
  auto result
    = event_of("e" + std::to_string(seq), std::string(body_size, 'x'));
  result.seq = seq;
  return std::make_shared<const event>(std::move(result));
}

} // namespace herald::test
