#include "config/errc.hpp"
#include "config/network.hpp"
#include "config/text.hpp"
#include "config/units.hpp"
#include "config/uri.hpp"

#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace herald {

namespace {

constexpr uint16_t http_port = 80;
constexpr uint16_t https_port = 443;
constexpr uint16_t max_port = 65535;

caf::error bad(std::string_view text, std::string_view rest) {
  std::string sentence = "\"";
  sentence.append(text).append("\" is not ").append(rest);
  return fail(errc::invalid, std::move(sentence));
}

caf::error not_an_endpoint(std::string_view text) {
  return bad(text, "an address to listen on: expected ADDR:PORT with a literal "
                   "address, e.g. 127.0.0.1:8080 or [::1]:8080");
}

caf::error not_a_base_url(std::string_view text) {
  return bad(text, "a base URL: expected http://HOST[:PORT][/PATH] or https, "
                   "without trailing slash, query, fragment or credentials");
}

std::optional<uint16_t> to_number(std::string_view text, uint16_t max) {
  uint16_t result = 0;
  auto end = text.data() + text.size();
  auto [rest, code] = std::from_chars(text.data(), end, result);
  if (code != std::errc{} || rest != end || result > max)
    return std::nullopt;
  return result;
}

/// Splits `[::1]:80` or `1.2.3.4:80`; IPv6 only counts inside brackets.
bool split_endpoint(std::string_view text, std::string_view& host,
                    std::string_view& port) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon < 2)
    return false;
  host = text.substr(0, colon);
  port = text.substr(colon + 1);
  auto bracketed = host.front() == '[' && host.back() == ']';
  if (bracketed)
    host = host.substr(1, host.size() - 2);
  return bracketed == (host.find(':') != std::string_view::npos);
}

/// Boost reads `http://x:70000:1` as port 70000 and path `:1`.
bool has_sane_port(const boost::urls::url_view& url) {
  auto path = url.encoded_path();
  auto port = to_number({url.port().data(), url.port().size()}, 65535);
  return (!url.has_port() || port.value_or(0) > 0)
         && (path.empty() || path.front() == '/');
}

bool is_base_url(const boost::urls::url_view& url) {
  auto scheme = url.scheme_id();
  auto known = scheme == boost::urls::scheme::http
               || scheme == boost::urls::scheme::https;
  return known && url.has_authority() && !url.encoded_host().empty()
         && has_sane_port(url) && !url.has_userinfo() && !url.has_query()
         && !url.has_fragment() && !url.encoded_path().ends_with('/');
}

} // namespace

caf::expected<std::string> parse_host_name(std::string_view text) {
  auto result = lowered(text);
  if (result.ends_with('.'))
    result.pop_back();
  auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_' || c == '.';
  };
  auto has_empty_part = result.starts_with('.') || result.ends_with('.')
                        || result.find("..") != std::string::npos;
  if (result.empty() || has_empty_part
      || !std::all_of(result.begin(), result.end(), is_part))
    return bad(text,
               "the name of a host: expected one such as hub.example.org, "
               "without scheme, port or wildcard");
  return result;
}

caf::expected<std::string> parse_origin(std::string_view text) {
  std::string copy{text};
  auto url = parse_uri(copy);
  if (!url || !is_base_url(*url) || !url->encoded_path().empty())
    return bad(text, "an origin: expected http://HOST[:PORT] or https, without "
                     "a path");
  auto is_https = url->scheme_id() == boost::urls::scheme::https;
  std::string result{is_https ? "https://" : "http://"};
  auto host = lowered({url->encoded_host().data(), url->encoded_host().size()});
  if (host.starts_with('['))
    if (auto address = ip_address::parse(host.substr(1, host.size() - 2)))
      host = '[' + address->to_string(true) + ']';
  result += host;
  auto port = to_number({url->port().data(), url->port().size()}, max_port);
  if (port && *port != (is_https ? https_port : http_port))
    result += ':' + std::to_string(*port);
  return result;
}

caf::expected<endpoint> parse_endpoint(std::string_view text) {
  std::string_view host;
  std::string_view port;
  if (!split_endpoint(text, host, port))
    return not_an_endpoint(text);
  auto address = ip_address::parse(host);
  auto number = to_number(port, 65535);
  if (!address || !number)
    return not_an_endpoint(text);
  auto v6 = host.find(':') != std::string_view::npos;
  return endpoint{address->to_string(v6), *number};
}

caf::expected<std::string> parse_base_url(std::string_view text) {
  std::string result{text};
  auto url = parse_uri(result);
  if (!url || !is_base_url(*url))
    return not_a_base_url(text);
  return result;
}

} // namespace herald
