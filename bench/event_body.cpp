#include "bench/event_body.hpp"

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

std::string make_body(size_t size, event_stamp stamp) {
  assert(size >= stamp_size);
  std::string body(size, 'x');
  body.replace(0, magic.size(), magic);
  body[number_at - 1] = ' ';
  body[stamp_size - 1] = '\n';
  write_stamp(body.data(), stamp);
  return body;
}

void write_stamp(char* body, event_stamp stamp) {
  write_digits(body + time_at, time_digits, stamp.published_ns);
  write_digits(body + number_at, number_digits, stamp.number);
}

std::optional<event_stamp> read_stamp(std::string_view body) {
  if (body.size() < stamp_size || !body.starts_with(magic)
      || body[stamp_size - 1] != '\n')
    return std::nullopt;
  return event_stamp{read_digits(body.data() + time_at, time_digits),
                     read_digits(body.data() + number_at, number_digits)};
}

} // namespace herald::bench
