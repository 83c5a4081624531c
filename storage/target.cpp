#include "storage/target.hpp"

#include "config/errc.hpp"
#include "config/text.hpp"
#include "config/uri.hpp"

#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace herald {

namespace {

namespace urls = boost::urls;

constexpr uint16_t http_port = 80;
constexpr uint16_t https_port = 443;

caf::error bad_url(std::string rule) {
  return fail(errc::invalid, "The URL " + std::move(rule) + ".");
}

bool is_blank_or_control(char c) {
  return c == ' ' || is_control(c);
}

bool is_web(const urls::url_view& url) {
  return url.scheme_id() == urls::scheme::http
         || url.scheme_id() == urls::scheme::https;
}

/// A percent sign in a host is a zone or an escape: neither names a public
/// host, and both have fooled address policies.
bool has_plain_host(const urls::url_view& url) {
  auto host = url.encoded_host();
  return url.host_type() != urls::host_type::ipvfuture
         && std::find(host.begin(), host.end(), '%') == host.end();
}

/// The port's digits are read here: `port_number` of Boost.URL 1.81 overflows
/// silently. Of what is no digit the URL's parser makes a path without a slash.
bool has_bad_port(const urls::url_view& url) {
  if (!url.encoded_path().empty() && url.encoded_path().front() != '/')
    return true;
  if (!url.has_port() || url.port().empty())
    return false;
  auto digits = url.port();
  uint16_t number = 0;
  auto end = digits.data() + digits.size();
  auto [stop, err] = std::from_chars(digits.data(), end, number);
  return err != std::errc{} || stop != end || number == 0;
}

/// The rules that need no parser; they have the clearest sentences.
caf::error check_bytes(std::string_view text) {
  if (text.size() > max_url_bytes)
    return bad_url("must not be longer than " + std::to_string(max_url_bytes)
                   + " bytes");
  if (std::any_of(text.begin(), text.end(), is_blank_or_control))
    return bad_url("must not contain spaces or control characters");
  if (text.find('#') != std::string_view::npos)
    return bad_url("must not contain a fragment");
  return {};
}

caf::error check_parts(const urls::url_view& url) {
  if (!is_web(url))
    return bad_url("must begin with http:// or https://");
  if (!url.has_authority() || url.encoded_host().empty())
    return bad_url("must contain a host");
  if (url.has_userinfo())
    return bad_url("must not contain user information");
  if (!has_plain_host(url))
    return bad_url("must contain a plain host name or address");
  if (has_bad_port(url))
    return bad_url("must have a port between 1 and 65535");
  return {};
}

/// Brackets and bars are common in the queries of callbacks, though RFC 3986
/// wants them percent-encoded. Puts letters in their place, for the parser.
std::string tolerated(std::string_view text) {
  std::string result{text};
  auto query = std::find(result.begin(), result.end(), '?');
  std::replace_if(
    query, result.end(),
    [](char c) { return c == '[' || c == ']' || c == '|'; }, 'x');
  return result;
}

/// Everything after the authority of `text`, byte for byte.
std::string request_target(const urls::url_view& url, std::string_view text) {
  std::string path{url.encoded_path().data(), url.encoded_path().size()};
  if (path.empty())
    path = "/";
  if (url.has_query())
    path += text.substr(text.find('?'));
  return path;
}

/// The characters of one part of a URL that stand for themselves.
using plain_set = std::array<bool, 256>;

constexpr plain_set plain(std::string_view others) {
  plain_set result{};
  for (auto [first, last] :
       {std::pair{'a', 'z'}, std::pair{'A', 'Z'}, std::pair{'0', '9'}})
    for (auto c = first; c <= last; ++c)
      result[static_cast<uint8_t>(c)] = true;
  for (auto c : others)
    result[static_cast<uint8_t>(c)] = true;
  return result;
}

constexpr auto in_host = plain("-.");
constexpr auto in_path = plain("-._~!$&'()*+,;=:@/?"); // RFC 3986, 3.3 and 3.4

/// How many characters at the beginning of `text` are in the set.
size_t span(std::string_view text, const plain_set& of) {
  auto end = std::find_if_not(text.begin(), text.end(), [&](char c) {
    return of[static_cast<uint8_t>(c)];
  });
  return static_cast<size_t>(end - text.begin());
}

/// Removes a port, if there is one. False if it is none.
bool take_port(std::string_view& text) {
  if (!text.starts_with(':'))
    return true;
  uint16_t number = 0;
  auto [stop, err]
    = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  return err == std::errc{} && number != 0;
}

/// True only for what the parser takes too; most URLs are like this.
bool is_plain_url(std::string_view text) {
  constexpr std::string_view scheme = "http";
  if (text.size() > max_url_bytes || !text.starts_with(scheme))
    return false;
  text.remove_prefix(scheme.size());
  text.remove_prefix(text.starts_with('s') ? 1 : 0);
  if (!text.starts_with("://"))
    return false;
  text.remove_prefix(3);
  auto host = text.substr(0, span(text, in_host));
  text.remove_prefix(host.size());
  if (host.empty() || !take_port(text))
    return false;
  return text.empty()
         || ((text[0] == '/' || text[0] == '?')
             && span(text, in_path) == text.size());
}

target make_target(const urls::url_view& url, std::string_view text) {
  target result;
  result.tls = url.scheme_id() == urls::scheme::https;
  result.authority = std::string{url.encoded_host_and_port().data(),
                                 url.encoded_host_and_port().size()};
  auto address = url.encoded_host_address();
  result.host = lowered({address.data(), address.size()});
  result.port = url.port_number();
  if (result.port == 0)
    result.port = result.tls ? https_port : http_port;
  auto host = url.encoded_host();
  result.origin = (result.tls ? "https://" : "http://")
                  + lowered({host.data(), host.size()}) + ":"
                  + std::to_string(result.port);
  result.path = request_target(url, text);
  return result;
}

} // namespace

caf::error check_target(std::string_view text) {
  if (is_plain_url(text))
    return {};
  auto parsed = parse_target(text);
  return parsed ? caf::error{} : std::move(parsed.error());
}

caf::expected<target> parse_target(std::string_view text) {
  if (auto err = check_bytes(text))
    return err;
  auto parsed = tolerated(text);
  auto url = parse_uri(parsed);
  if (!url)
    return bad_url("must be absolute, with every special character "
                   "percent-encoded");
  if (auto err = check_parts(*url))
    return err;
  return make_target(*url, text);
}

} // namespace herald
