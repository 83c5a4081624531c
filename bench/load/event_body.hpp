#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace herald::bench {

/// Every published body begins with this text, then filler:
/// `HB1 NNNNNNNNNNNNNNNNNNNN MMMMMMMMMMMM ` where N is the publish time
/// (`monotonic_ns`, 20 digits) and M the running number of the event. Where it
/// has to be JSON, all of it is one string, in quotes.
struct event_stamp {
  uint64_t published_ns = 0;
  uint64_t number = 0;

  bool operator==(const event_stamp&) const = default;
};

/// Bytes of the stamp, hence the smallest body.
constexpr size_t stamp_size = 4 + 20 + 1 + 12 + 1;

constexpr size_t largest_body = size_t{1024} * 1024;

/// Stands for the mix of sizes in place of one size.
constexpr size_t mixed_sizes = 0;

/// Bytes of the body of event `number`, where bodies have `size` bytes. In the
/// mix of 100 events in a row 40 have 100 B, 30 1 KiB, 20 10 KiB, 9 100 KiB and
/// one 1 MiB, in an order that a topic sees differently in each round.
size_t body_size_of(size_t size, uint64_t number);

/// A body of `size` bytes (at least `stamp_size`) that carries `stamp`.
std::string make_body(size_t size, event_stamp stamp);

/// Overwrites the stamp of a body made by `make_body`.
void write_stamp(char* body, event_stamp stamp);

/// The stamp of a received body, or nothing if it does not begin with one.
std::optional<event_stamp> read_stamp(std::string_view body);

} // namespace herald::bench
