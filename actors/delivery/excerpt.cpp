#include "actors/delivery/excerpt.hpp"

#include "actors/delivery/wire.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <vector>

namespace herald {

namespace {

constexpr std::string_view stars = "********";

// Shorter ones are no secrets, and would be found in any text.
constexpr size_t least_secret = 4;

/// As JSON writes it; some writers escape the slash as well.
std::string escaped(std::string_view text, std::string_view which) {
  std::string result;
  for (auto c : text) {
    if (which.find(c) != std::string_view::npos)
      result += '\\';
    result += c;
  }
  return result;
}

void add_secret(std::vector<std::string>& to, std::string_view what) {
  if (what.size() < least_secret)
    return;
  to.emplace_back(what);
  for (std::string_view which : {"\"\\", "\"\\/"})
    if (auto text = escaped(what, which); text != to.back())
      to.push_back(std::move(text));
}

/// Name and password as the endpoint reads them (RFC 7617, 2).
void add_basic(std::vector<std::string>& to, std::string_view value) {
  constexpr std::string_view scheme = "basic ";
  if (lowered(value.substr(0, scheme.size())) != scheme)
    return;
  auto pair = decode_base64(trimmed(value.substr(scheme.size())));
  auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos)
    return;
  add_secret(to, *pair);
  add_secret(to, std::string_view{*pair}.substr(colon + 1));
}

/// The longest first, so that none is found within another.
std::vector<std::string> secrets_of(const subscription& of) {
  constexpr std::string_view prefix = "whsec_";
  std::vector<std::string> result;
  add_secret(result, of.secret);
  if (of.secret.starts_with(prefix))
    add_secret(result, std::string_view{of.secret}.substr(prefix.size()));
  for (auto& [name, value] : of.policy.headers) {
    add_secret(result, value);
    if (auto blank = value.rfind(' '); blank != std::string::npos)
      add_secret(result, std::string_view{value}.substr(blank + 1));
    add_basic(result, value);
  }
  std::sort(result.begin(), result.end(),
            [](auto& x, auto& y) { return x.size() > y.size(); });
  return result;
}

void mask(std::string& text, const std::string& secret) {
  for (auto i = text.find(secret); i != std::string::npos;
       i = text.find(secret, i + stars.size()))
    text.replace(i, secret.size(), stars);
}

/// What was received may break off within a secret.
void mask_end(std::string& text, const std::string& secret) {
  auto longest = std::min(secret.size() - 1, text.size());
  for (auto size = longest; size >= least_secret; --size)
    if (text.ends_with(std::string_view{secret}.substr(0, size))) {
      text.replace(text.size() - size, size, stars);
      return;
    }
}

/// The number of bytes of the character at the beginning of `text`, which is
/// not empty; 0 if they are no UTF-8. `code` is the character.
size_t next_character(std::string_view text, uint32_t& code) {
  auto first = static_cast<unsigned char>(text[0]);
  size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || size > text.size())
    return 0;
  code = size == 1 ? first : first & (0x7fU >> size);
  for (size_t i = 1; i < size; ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80)
      return 0;
    code = code << 6 | (byte & 0x3fU);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  auto is_surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least[size] || is_surrogate || code > 0x10ffff ? 0 : size;
}

/// Control characters, and those that turn the direction of text or hide it.
bool can_be_seen(uint32_t code) {
  auto is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  auto is_format = code == 0xad || (code >= 0x200b && code <= 0x200f)
                   || (code >= 0x2028 && code <= 0x202e)
                   || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff
                   || (code >= 0xe0000 && code <= 0xe0fff);
  return !is_control && !is_format;
}

} // namespace

std::string excerpt_of(std::string_view answer, const subscription& of,
                       size_t max) {
  if (max == 0)
    return {};
  std::string text{answer};
  for (auto& secret : secrets_of(of)) {
    mask(text, secret);
    mask_end(text, secret);
  }
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    uint32_t code = 0;
    auto size = next_character(rest, code);
    auto shown = size == 0           ? std::string_view{"?"}
                 : can_be_seen(code) ? rest.substr(0, size)
                                     : std::string_view{" "};
    if (result.size() + shown.size() > max)
      break;
    result += shown;
    rest.remove_prefix(std::max<size_t>(size, 1));
  }
  return result;
}

} // namespace herald
