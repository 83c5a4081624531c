#include "config/port_set.hpp"

#include "config/errc.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace herald {

namespace {

constexpr uint16_t first_unprivileged = 1024;
constexpr uint16_t last_port = 65535;

// https://fetch.spec.whatwg.org/#port-blocking, from 1024 on.
constexpr uint16_t bad_ports[]
  = {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000,
     6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};

std::optional<uint16_t> to_port(std::string_view text) {
  uint16_t result = 0;
  auto end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, result);
  if (code != std::errc{} || rest != end || result == 0)
    return std::nullopt;
  return result;
}

} // namespace

port_set port_set::usual() {
  port_set result;
  result.ranges_ = {{80, 80}, {443, 443}};
  uint16_t from = first_unprivileged;
  for (auto bad : bad_ports) {
    if (from < bad)
      result.ranges_.emplace_back(from, bad - 1);
    from = bad + 1;
  }
  result.ranges_.emplace_back(from, last_port);
  return result;
}

caf::error port_set::add(std::string_view text) {
  auto dash = text.find('-');
  auto from = to_port(text.substr(0, dash));
  auto to
    = dash == std::string_view::npos ? from : to_port(text.substr(dash + 1));
  if (!from || !to || *from > *to)
    return fail(errc::invalid,
                "\"" + std::string{text}
                  + "\" is not accepted: expected a port or a range of them "
                    "within 1 to 65535, e.g. 443 or 8000-8999");
  add(range{*from, *to});
  return caf::none;
}

/// Joins it with those that it touches.
void port_set::add(range what) {
  std::vector<range> result;
  for (auto& each : ranges_)
    if (each.second + 1 < what.first || what.second + 1 < each.first)
      result.push_back(each);
    else
      what = {std::min(what.first, each.first),
              std::max(what.second, each.second)};
  result.insert(std::lower_bound(result.begin(), result.end(), what), what);
  ranges_ = std::move(result);
}

bool port_set::contains(uint16_t port) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const range& each) {
    return each.first <= port && port <= each.second;
  });
}

std::vector<std::string> port_set::words() const {
  std::vector<std::string> result;
  for (auto& [from, to] : ranges_)
    result.push_back(from == to
                       ? std::to_string(from)
                       : std::to_string(from) + "-" + std::to_string(to));
  return result;
}

} // namespace herald
