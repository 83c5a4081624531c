#pragma once

#include "config/text.hpp"
#include "config/text_hash.hpp"
#include "storage/topic.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace herald {

inline size_t layer_hash(std::string_view key) {
  prefix_hash hash;
  for (char c : key)
    hash.add(c);
  return hash.value();
}

/// The `topic::key` of a published `topic::text`; may be a view into `buffer`.
std::string_view published_key_in(std::string_view topic, std::string& buffer);

/// Calls `f(key, hash)` for every key that covers a published one: those of
/// `topic_layers`, without making strings of them, `*` first and then the
/// longer ones after the shorter.
template <class F>
void each_layer(std::string_view published_key, F f) {
  constexpr std::string_view all = "*";
  if (published_key == ping_topic)
    return;
  if (is_url_key(published_key))
    return f(published_key, layer_hash(published_key));
  if (!is_own_topic(published_key))
    f(all, layer_hash(all));
  prefix_hash hash;
  for (size_t i = 0; i < published_key.size(); ++i) {
    if (published_key[i] == '.')
      f(published_key.substr(0, i), hash.value());
    hash.add(published_key[i]);
  }
  f(published_key, hash.value());
}

} // namespace herald
