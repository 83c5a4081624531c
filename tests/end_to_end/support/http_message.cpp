#include "tests/end_to_end/support/http_message.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>

#include <strings.h>

namespace herald::end_to_end {

namespace {

constexpr std::string_view head_end = "\r\n\r\n";

bool same_name(const std::string& x, std::string_view y) {
  return x.size() == y.size()
         && ::strncasecmp(x.data(), y.data(), y.size()) == 0;
}

std::pair<std::string, std::string> parse_field(const std::string& line) {
  auto colon = line.find(':');
  auto begin = line.find_first_not_of(" \t", colon + 1);
  return {line.substr(0, colon),
          begin == std::string::npos ? "" : line.substr(begin)};
}

http_message parse_head(const std::string& head) {
  http_message result;
  std::istringstream in{head};
  std::string line;
  for (bool first = true; std::getline(in, line); first = false) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (first)
      result.start = line;
    else
      result.fields.push_back(parse_field(line));
  }
  return result;
}

int hex_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c))
           ? c - '0'
           : std::toupper(static_cast<unsigned char>(c)) - 'A' + 10;
}

std::string percent_decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      result += static_cast<char>(hex_digit(text[i + 1]) * 16
                                  + hex_digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

std::string hmac(const std::string& algorithm, std::string_view key,
                 std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_get_digestbyname(algorithm.c_str()), key.data(),
       static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
       &length);
  return {reinterpret_cast<char*>(digest), length};
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (auto c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

} // namespace

std::string http_message::field(std::string_view name) const {
  for (auto& [key, value] : fields)
    if (same_name(key, name))
      return value;
  return "";
}

size_t http_message::count(std::string_view name) const {
  auto n = std::count_if(fields.begin(), fields.end(),
                         [&](auto& x) { return same_name(x.first, name); });
  return static_cast<size_t>(n);
}

std::string http_message::word(size_t index) const {
  std::istringstream in{start};
  std::string result;
  for (size_t i = 0; i <= index; ++i)
    in >> result;
  return in ? result : "";
}

int http_message::status() const {
  return std::atoi(word(1).c_str());
}

std::optional<http_message> take_message(std::string& bytes) {
  auto end = bytes.find(head_end);
  if (end == std::string::npos)
    return std::nullopt;
  auto result = parse_head(bytes.substr(0, end));
  auto length
    = std::strtoul(result.field("content-length").c_str(), nullptr, 10);
  auto begin = end + head_end.size();
  if (bytes.size() < begin + length)
    return std::nullopt;
  result.body = bytes.substr(begin, length);
  bytes.erase(0, begin + length);
  return result;
}

std::vector<std::pair<std::string, std::string>>
parse_form(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> result;
  while (!text.empty()) {
    auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    auto key = part.substr(0, part.find('='));
    auto value = part.substr(std::min(key.size() + 1, part.size()));
    result.emplace_back(percent_decode(key), percent_decode(value));
  }
  return result;
}

std::string form_value(std::string_view form, std::string_view name) {
  for (auto& [key, value] : parse_form(form))
    if (key == name)
      return value;
  return "";
}

std::string percent_encode(std::string_view text) {
  std::string result;
  for (auto c : text)
    if (std::isalnum(static_cast<unsigned char>(c)))
      result += c;
    else
      result += "%" + hex(std::string_view{&c, 1});
  return result;
}

std::string hmac_hex(const std::string& algorithm, std::string_view key,
                     std::string_view text) {
  return hex(hmac(algorithm, key, text));
}

std::string hmac_base64(const std::string& algorithm, std::string_view key,
                        std::string_view text) {
  auto digest = hmac(algorithm, key, text);
  std::string result(4 * ((digest.size() + 2) / 3) + 1, '\0');
  auto n
    = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(digest.data()),
                      static_cast<int>(digest.size()));
  result.resize(static_cast<size_t>(n));
  return result;
}

} // namespace herald::end_to_end
