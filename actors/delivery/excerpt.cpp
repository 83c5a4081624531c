#include "actors/delivery/excerpt.hpp"

#include "actors/delivery/wire.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace herald {

namespace {

constexpr std::string_view stars = "********";

// Shorter ones are no secrets, and would be found in any text.
constexpr size_t least_secret = 4;

void add_secret(std::vector<std::string>& to, std::string_view what) {
  if (what.size() >= least_secret)
    to.emplace_back(what);
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
  return result;
}

// -- reading it as its reader would -------------------------------------------

/// A text, and where in the answer each of its bytes begins.
struct reading {
  std::string text;
  std::vector<size_t> places;

  void add(std::string_view bytes, size_t place) {
    text += bytes;
    places.insert(places.end(), bytes.size(), place);
  }
};

reading as_it_is(std::string_view answer) {
  reading result;
  for (size_t i = 0; i < answer.size(); ++i)
    result.add(answer.substr(i, 1), i);
  return result;
}

std::string utf8(uint32_t code) {
  auto byte = [](uint32_t x) { return static_cast<char>(x); };
  if (code < 0x80)
    return {byte(code)};
  if (code < 0x800)
    return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
  if (code < 0x10000)
    return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)),
            byte(0x80 | (code & 0x3f))};
  return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)),
          byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

/// The number of `digits` hexadecimal digits at the beginning of `text`.
std::optional<uint32_t> hex_number(std::string_view text, size_t digits) {
  uint32_t result = 0;
  if (text.size() < digits)
    return std::nullopt;
  auto [stop, code]
    = std::from_chars(text.data(), text.data() + digits, result, 16);
  if (code != std::errc{} || stop != text.data() + digits)
    return std::nullopt;
  return result;
}

/// Reads `\uXXXX`, of a pair both (RFC 8259, 7). The bytes that it takes; 0 if
/// it is none.
size_t read_unicode(std::string_view text, uint32_t& code) {
  constexpr size_t size = 6;
  auto first = hex_number(text.substr(2), 4);
  if (!first)
    return 0;
  code = *first;
  auto behind = text.substr(size);
  if ((code & 0xfc00U) != 0xd800 || !behind.starts_with("\\u"))
    return size;
  auto second = hex_number(behind.substr(2), 4);
  if (!second || (*second & 0xfc00U) != 0xdc00)
    return size;
  code = 0x10000 + ((code & 0x3ffU) << 10) + (*second & 0x3ffU);
  return 2 * size;
}

/// With the escapes of JSON undone, up to one that breaks off.
reading as_json(std::string_view answer) {
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view meanings = "\b\f\n\r\t";
  reading result;
  for (size_t i = 0; i < answer.size();) {
    auto rest = answer.substr(i);
    if (rest[0] != '\\') {
      result.add(rest.substr(0, 1), i++);
      continue;
    }
    auto is_unicode = rest.substr(1).starts_with('u');
    if (rest.size() < (is_unicode ? 6 : 2))
      break;
    uint32_t code = 0;
    auto size = is_unicode ? read_unicode(rest, code) : 0;
    auto letter = letters.find(rest[1]);
    if (size > 0)
      result.add(utf8(code), i);
    else
      result.add(letter == std::string_view::npos ? rest.substr(1, 1)
                                                  : meanings.substr(letter, 1),
                 i);
    i += std::max<size_t>(size, 2);
  }
  return result;
}

/// With percent-encoding undone, and that of forms.
reading as_form(std::string_view answer) {
  reading result;
  for (size_t i = 0; i < answer.size(); ++i) {
    auto is_code = answer[i] == '%';
    if (is_code && answer.size() - i < 3)
      break;
    auto byte = is_code ? hex_number(answer.substr(i + 1), 2) : std::nullopt;
    if (byte) {
      auto decoded = static_cast<char>(*byte);
      result.add({&decoded, 1}, i);
      i += 2;
    } else {
      result.add(answer[i] == '+' ? " " : answer.substr(i, 1), i);
    }
  }
  return result;
}

// -- hiding -------------------------------------------------------------------

/// From the first byte to behind the last one.
using span_of_bytes = std::pair<size_t, size_t>;

/// Where `secret` stands, or begins and breaks off: only the start of the
/// answer was received.
void find_secret(std::vector<span_of_bytes>& into, const reading& where,
                 std::string_view secret, size_t end) {
  auto& text = where.text;
  auto place
    = [&](size_t i) { return i < text.size() ? where.places[i] : end; };
  for (auto i = text.find(secret); i != std::string::npos;
       i = text.find(secret, i + secret.size()))
    into.emplace_back(place(i), place(i + secret.size()));
  auto longest = std::min(secret.size() - 1, text.size());
  for (auto size = longest; size >= least_secret; --size)
    if (text.ends_with(secret.substr(0, size))) {
      into.emplace_back(place(text.size() - size), end);
      return;
    }
}

/// `answer` with stars in place of secrets, however they are written.
std::string mask(std::string_view answer, const subscription& of) {
  auto secrets = secrets_of(of);
  if (secrets.empty())
    return std::string{answer};
  std::vector<span_of_bytes> found;
  for (auto& each : {as_it_is(answer), as_json(answer), as_form(answer)})
    for (auto& secret : secrets)
      find_secret(found, each, secret, answer.size());
  std::sort(found.begin(), found.end());
  std::string result;
  size_t done = 0;
  for (auto [begin, end] : found) {
    if (end <= done)
      continue;
    // What overlaps is one.
    if (begin >= done)
      result.append(answer.substr(done, begin - done)).append(stars);
    done = end;
  }
  return result.append(answer.substr(done));
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
  auto text = mask(answer, of);
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
