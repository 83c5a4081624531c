#include "config/uri.hpp"

#include "config/network.hpp"

#include <boost/url/parse.hpp>

namespace herald {

namespace {

/// Where the host begins, if the text has an authority without user
/// information.
std::optional<size_t> find_host(std::string_view text) {
  auto slashes = text.find("//");
  auto first = text.find_first_of("/?#");
  if (slashes == std::string_view::npos || first != slashes
      || (slashes > 0 && text[slashes - 1] != ':'))
    return std::nullopt;
  auto authority = text.substr(slashes + 2);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos)
    return std::nullopt;
  return slashes + 2;
}

/// Where a name begins like an IPv4 address, which the parser would stumble
/// over.
std::optional<size_t> find_misread_name(std::string_view text) {
  auto begin = find_host(text);
  if (!begin || *begin >= text.size() || text[*begin] < '0'
      || text[*begin] > '9')
    return std::nullopt;
  auto host = text.substr(*begin);
  host = host.substr(0, host.find_first_of("/?#:"));
  if (ip_address::parse(host))
    return std::nullopt;
  return begin;
}

/// For the parser the name begins with a letter.
template <class Parse>
std::optional<boost::urls::url_view> parse_by(Parse parse, std::string& text) {
  auto place = find_misread_name(text);
  auto first = place ? text[*place] : '\0';
  if (place)
    text[*place] = 'x';
  auto result = parse(boost::urls::string_view{text});
  if (place)
    text[*place] = first;
  if (!result)
    return std::nullopt;
  return *result;
}

} // namespace

std::optional<boost::urls::url_view> parse_uri(std::string& text) {
  return parse_by(boost::urls::parse_uri, text);
}

std::optional<boost::urls::url_view> parse_uri_reference(std::string& text) {
  return parse_by(boost::urls::parse_uri_reference, text);
}

} // namespace herald
