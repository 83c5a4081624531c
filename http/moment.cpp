#include "http/moment.hpp"

#include "config/errc.hpp"
#include "config/units.hpp"

#include <charconv>
#include <chrono>

namespace herald {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes a text apart from its start; once something is not there, all that
/// follows is not either.
struct reader {
  std::string_view rest;
  bool sound = true;

  bool accept(std::string_view any_of) {
    if (!sound || rest.empty() || any_of.find(rest[0]) == any_of.npos)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  void expect(std::string_view any_of) { sound = accept(any_of); }

  /// So many digits, of a number up to `max`.
  int number(size_t digits, int max) {
    auto text = rest.substr(0, digits);
    int value = 0;
    auto [end, code]
      = std::from_chars(text.data(), text.data() + text.size(), value);
    sound = sound && text.size() == digits && is_digit(text[0])
            && code == std::errc{} && end == text.data() + digits
            && value <= max;
    rest.remove_prefix(text.size());
    return value;
  }
};

std::chrono::milliseconds take_time(reader& in) {
  std::chrono::hours hour{in.number(2, 23)};
  in.expect(":");
  std::chrono::minutes minute{in.number(2, 59)};
  in.expect(":");
  return hour + minute + std::chrono::seconds{in.number(2, 60)};
}

std::chrono::milliseconds take_fraction(reader& in) {
  if (!in.accept("."))
    return {};
  int unit = 100;
  int result = 0;
  in.sound = in.sound && !in.rest.empty() && is_digit(in.rest[0]);
  for (; !in.rest.empty() && is_digit(in.rest[0]); unit /= 10) {
    result += unit * (in.rest[0] - '0');
    in.rest.remove_prefix(1);
  }
  return std::chrono::milliseconds{result};
}

std::chrono::minutes take_offset(reader& in) {
  if (in.accept("Zz"))
    return {};
  auto sign = in.accept("-") ? -1 : 1;
  if (sign > 0)
    in.expect("+");
  std::chrono::hours hour{in.number(2, 23)};
  in.expect(":");
  std::chrono::minutes minute{in.number(2, 59)};
  return sign * (hour + minute);
}

} // namespace

std::optional<unix_ms> parse_rfc3339(std::string_view text) {
  reader in{text};
  std::chrono::year year{in.number(4, 9999)};
  in.expect("-");
  std::chrono::month month{static_cast<unsigned>(in.number(2, 12))};
  in.expect("-");
  std::chrono::day day{static_cast<unsigned>(in.number(2, 31))};
  in.expect("Tt");
  auto time = take_time(in);
  time += take_fraction(in);
  time -= take_offset(in);
  std::chrono::year_month_day date{year, month, day};
  if (!in.sound || !in.rest.empty() || !date.ok())
    return std::nullopt;
  return (std::chrono::sys_days{date} + time).time_since_epoch().count();
}

caf::expected<moment> parse_moment(std::string_view text) {
  if (auto time = parse_rfc3339(text))
    return moment{false, *time};
  if (auto back = parse_duration(text))
    return moment{true, back->count()};
  return fail(errc::invalid,
              "\"" + std::string{text}
                + "\" is not a time: expected RFC 3339, e.g. "
                  "2026-01-31T12:00:00Z, or how long ago, e.g. 2h");
}

} // namespace herald
