#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::bench {

/// Every published body begins with this text, then filler:
/// `HB1 NNNNNNNNNNNNNNNNNNNN MMMMMMMMMMMM\n` where N is the publish time
/// (`monotonic_ns`, 20 digits) and M the running number of the event.
struct event_stamp {
  uint64_t published_ns = 0;
  uint64_t number = 0;

  bool operator==(const event_stamp&) const = default;
};

/// Bytes of the stamp, hence the smallest body.
constexpr size_t stamp_size = 4 + 20 + 1 + 12 + 1;

/// A body of `size` bytes (at least `stamp_size`) that carries `stamp`.
std::string make_body(size_t size, event_stamp stamp);

/// Overwrites the stamp of a body made by `make_body`.
void write_stamp(char* body, event_stamp stamp);

/// The stamp of a received body, or nothing if it does not begin with one.
std::optional<event_stamp> read_stamp(std::string_view body);

} // namespace herald::bench
