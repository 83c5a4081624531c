#include "bench/load/event_body.hpp"

#include <cassert>

namespace herald::bench {

namespace {

constexpr std::string_view magic = "HB1 ";
constexpr size_t time_at = 4;
constexpr size_t time_digits = 20;
constexpr size_t number_at = time_at + time_digits + 1;
constexpr size_t number_digits = 12;

void write_digits(char* at, size_t digits, uint64_t value) {
  for (auto i = digits; i-- > 0; value /= 10)
    at[i] = static_cast<char>('0' + value % 10);
}

uint64_t read_digits(const char* at, size_t digits) {
  uint64_t value = 0;
  for (size_t i = 0; i < digits; ++i)
    value = value * 10 + static_cast<uint64_t>(at[i] - '0');
  return value;
}

} // namespace

size_t body_size_of(size_t size, uint64_t number) {
  if (size != mixed_sizes)
    return size;
  auto place = (number * 37 + number / 100 + number / 10'000) % 100;
  if (place < 40)
    return 100;
  if (place < 70)
    return 1024;
  if (place < 90)
    return size_t{10} * 1024;
  return place < 99 ? size_t{100} * 1024 : largest_body;
}

std::string make_body(size_t size, event_stamp stamp) {
  assert(size >= stamp_size);
  std::string body(size, 'x');
  body.replace(0, magic.size(), magic);
  body[number_at - 1] = ' ';
  body[stamp_size - 1] = ' ';
  write_stamp(body.data(), stamp);
  return body;
}

void write_stamp(char* body, event_stamp stamp) {
  write_digits(body + time_at, time_digits, stamp.published_ns);
  write_digits(body + number_at, number_digits, stamp.number);
}

std::optional<event_stamp> read_stamp(std::string_view body) {
  if (body.starts_with('"'))
    body.remove_prefix(1);
  if (body.size() < stamp_size || !body.starts_with(magic)
      || body[stamp_size - 1] != ' ')
    return std::nullopt;
  return event_stamp{read_digits(body.data() + time_at, time_digits),
                     read_digits(body.data() + number_at, number_digits)};
}

} // namespace herald::bench
