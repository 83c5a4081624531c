#include "actors/fetcher/url_reference.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr size_t npos = std::string_view::npos;

/// A URL cut in pieces; none lacks its delimiter, so they concatenate.
struct url_parts {
  std::string_view root; ///< `scheme://authority`.
  std::string_view path;
  std::string_view query; ///< With `?`, or empty.
};

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

bool is_in_scheme(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-'
         || c == '.';
}

/// The length of `scheme:` at the front, 0 if there is none.
size_t scheme_length(std::string_view text) {
  auto end = std::find_if_not(text.begin(), text.end(), is_in_scheme);
  if (end == text.end() || *end != ':' || !is_letter(text.front()))
    return 0;
  return static_cast<size_t>(end - text.begin()) + 1;
}

url_parts split(std::string_view url) {
  url = url.substr(0, url.find('#'));
  auto authority = scheme_length(url);
  if (url.substr(authority).starts_with("//"))
    authority += 2;
  auto path = std::min(url.find_first_of("/?", authority), url.size());
  auto query = std::min(url.find('?', path), url.size());
  return {url.substr(0, path), url.substr(path, query - path),
          url.substr(query)};
}

void drop_last_segment(std::string& path) {
  auto slash = path.rfind('/');
  path.erase(slash == npos ? 0 : slash);
}

/// RFC 3986, 5.2.4, for a path that begins with a slash.
std::string without_dots(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    auto end = std::min(path.find('/', 1), path.size());
    auto segment = path.substr(0, end);
    path.remove_prefix(end);
    if (segment == "/..")
      drop_last_segment(result);
    if (segment != "/." && segment != "/..")
      result += segment;
    else if (path.empty())
      result += '/';
  }
  return result;
}

std::string merged(const url_parts& base, std::string_view path) {
  auto folder = base.path.substr(0, base.path.rfind('/') + 1);
  return std::string{folder.empty() ? "/" : folder}.append(path);
}

std::string resolve_path(const url_parts& base, std::string_view reference) {
  auto tail = std::min(reference.find_first_of("?#"), reference.size());
  auto path = reference.substr(0, tail);
  auto whole = path.starts_with('/') ? std::string{path} : merged(base, path);
  return std::string{base.root}
    .append(without_dots(whole))
    .append(reference.substr(tail));
}

std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && c != ' ')
      result += c;
    else
      result.append("%")
        .append(1, digits[byte >> 4])
        .append(1, digits[byte & 15]);
  }
  return result;
}

} // namespace

std::string resolve_reference(std::string_view base,
                              std::string_view reference) {
  auto ref = encoded(reference);
  auto parts = split(base);
  if (scheme_length(ref) > 0)
    return ref;
  if (ref.starts_with("//"))
    return std::string{base.substr(0, scheme_length(base))} + ref;
  auto page = std::string{parts.root}.append(parts.path);
  if (ref.starts_with('?'))
    return page + ref;
  if (ref.empty() || ref.starts_with('#'))
    return page.append(parts.query) + ref;
  return resolve_path(parts, ref);
}

} // namespace herald
