#include "http/form.hpp"

#include <algorithm>

namespace herald {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that the two digits after a percent sign name, or -1.
int escaped_byte(std::string_view text) {
  if (text.size() < 3)
    return -1;
  auto high = hex_digit(text[1]);
  auto low = hex_digit(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool decode(std::string_view text, std::string& result) {
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result.push_back(text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    auto byte = escaped_byte(text.substr(i));
    if (byte < 0)
      return false;
    result.push_back(static_cast<char>(byte));
    i += 2;
  }
  return is_utf8(result);
}

form_field decode_pair(std::string_view pair) {
  form_field result;
  auto equals = std::min(pair.find('='), pair.size());
  auto named = decode(pair.substr(0, equals), result.name);
  auto value = pair.substr(std::min(equals + 1, pair.size()));
  result.sound = decode(value, result.value) && named;
  return result;
}

} // namespace

std::optional<form> form::parse(std::string_view text) {
  form result;
  while (!text.empty()) {
    auto end = std::min(text.find('&'), text.size());
    if (end > 0) {
      if (result.fields_.size() == max_form_fields)
        return std::nullopt;
      result.fields_.push_back(decode_pair(text.substr(0, end)));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

const form_field* form::find(std::string_view name) const {
  auto i = std::find_if(fields_.begin(), fields_.end(),
                        [&](const form_field& x) { return x.name == name; });
  return i == fields_.end() ? nullptr : &*i;
}

target_parts split_target(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"})
    if (target.starts_with(scheme)) {
      auto path = target.find_first_of("/?", scheme.size());
      target.remove_prefix(std::min(path, target.size()));
      break;
    }
  auto mark = std::min(target.find('?'), target.size());
  auto path = target.substr(0, mark);
  return {path.empty() ? std::string_view{"/"} : path,
          target.substr(std::min(mark + 1, target.size()))};
}

std::string media_type(std::string_view content_type) {
  return lowered(trimmed(content_type.substr(0, content_type.find(';'))));
}

} // namespace herald
