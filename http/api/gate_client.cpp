#include "config/text.hpp"
#include "config/units.hpp"
#include "http/api/gate.hpp"

#include <algorithm>
#include <optional>

namespace herald {

namespace {

/// The addresses that proxies wrote, the nearest last; what is none is nothing.
using written_addresses = std::vector<std::optional<ip_address>>;

bool is_port(std::string_view text) {
  return !text.empty()
         && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// `192.0.2.1`, `192.0.2.1:81`, `[2001:db8::1]:81` or `2001:db8::1`, and
/// nothing behind it: a client may have written the beginning.
std::optional<ip_address> parse_node(std::string_view text) {
  if (text.starts_with('"') && text.ends_with('"') && text.size() > 1)
    text = text.substr(1, text.size() - 2);
  auto colon = text.find(':');
  if (text.starts_with('[')) {
    auto end = text.find(']');
    auto behind = text.substr(std::min(end, text.size() - 1) + 1);
    if (end == std::string_view::npos
        || (!behind.empty()
            && (behind[0] != ':' || !is_port(behind.substr(1)))))
      return std::nullopt;
    text = text.substr(1, end - 1);
  } else if (colon != std::string_view::npos && colon == text.rfind(':')) {
    if (!is_port(text.substr(colon + 1)))
      return std::nullopt;
    text = text.substr(0, colon);
  }
  return ip_address::parse(text);
}

/// The value of `for` in one element of Forwarded.
std::optional<ip_address> forwarded_for(const std::string& element) {
  for (std::string_view rest = element; !rest.empty();) {
    auto pair = trimmed(rest.substr(0, rest.find(';')));
    rest.remove_prefix(std::min(rest.find(';'), rest.size() - 1) + 1);
    if (lowered(pair.substr(0, 4)) == "for=")
      return parse_node(pair.substr(4));
  }
  return std::nullopt;
}

/// The elements of a list that are not empty (RFC 9110, 5.6.1). Quotes hide no
/// comma: no address holds one, and a client's quote that does not end would
/// hide what the proxy wrote behind it.
std::vector<std::string> elements_of(std::string_view line) {
  auto result = split_list(line);
  std::erase(result, "");
  return result;
}

std::vector<std::string_view> lines_of(const http_request& request,
                                       std::string_view name) {
  std::vector<std::string_view> result;
  for (auto& [key, value] : request.fields)
    if (key == name)
      result.push_back(value);
  return result;
}

written_addresses written_by_proxies(const http_request& request) {
  written_addresses result;
  for (auto line : lines_of(request, "forwarded"))
    for (auto& element : elements_of(line))
      result.push_back(forwarded_for(element));
  if (!result.empty())
    return result;
  for (auto line : lines_of(request, "x-forwarded-for"))
    for (auto& element : elements_of(line))
      result.push_back(parse_node(element));
  return result;
}

bool is_within(const std::vector<ip_network>& blocks, const ip_address& what) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](auto& block) { return block.contains(what); });
}

/// Whoever has one IPv6 address has a whole network of them.
std::string name_of(const ip_address& from) {
  if (from.is_v4())
    return from.to_string();
  ip_network network{from, 64};
  std::fill(network.base.bytes.begin() + 8, network.base.bytes.end(), 0);
  return network.to_string();
}

} // namespace

std::string client_of(const http_request& request,
                      const std::vector<ip_network>& proxies) {
  auto result = request.peer;
  if (proxies.empty() || !is_within(proxies, result))
    return name_of(result);
  auto known = written_by_proxies(request);
  for (auto i = known.rbegin(); i != known.rend() && *i; ++i) {
    result = **i;
    if (!is_within(proxies, result))
      break;
  }
  return name_of(result);
}

} // namespace herald
