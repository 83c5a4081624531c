#include "bench/load/http_head.hpp"

#include <charconv>
#include <cstring>

#include <strings.h>

namespace herald::bench {

namespace {

bool has_name(std::string_view line, std::string_view name) {
  return line.size() >= name.size()
         && ::strncasecmp(line.data(), name.data(), name.size()) == 0;
}

size_t number_in(std::string_view text) {
  auto begin = text.find_first_not_of(' ');
  size_t value = 0;
  if (begin != std::string_view::npos)
    std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return value;
}

void note_field(http_head& head, std::string_view line) {
  constexpr std::string_view length = "content-length:";
  auto first = line.front() | 0x20;
  if (first == 'c' && has_name(line, length))
    head.content_length = number_in(line.substr(length.size()));
  else if (first == 't' && has_name(line, "transfer-encoding:"))
    head.chunked = true;
}

http_head with_text(http_head head, std::string_view input) {
  head.text = input.substr(0, head.size);
  return head;
}

} // namespace

std::optional<http_head> parse_head(std::string_view input) {
  http_head head;
  while (head.size < input.size()) {
    const auto* begin = input.data() + head.size;
    const auto* end = static_cast<const char*>(
      std::memchr(begin, '\n', input.size() - head.size));
    if (end == nullptr)
      return std::nullopt;
    std::string_view line{begin, static_cast<size_t>(end - begin)};
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    auto is_first = head.size == 0;
    head.size += static_cast<size_t>(end - begin) + 1;
    if (is_first)
      head.first_line = line;
    else if (line.empty())
      return with_text(head, input);
    else
      note_field(head, line);
  }
  return std::nullopt;
}

std::string_view method_of(std::string_view request_line) {
  auto space = request_line.find(' ');
  return space == std::string_view::npos ? std::string_view{}
                                         : request_line.substr(0, space);
}

std::string_view target_of(std::string_view request_line) {
  auto begin = request_line.find(' ');
  auto end = request_line.rfind(' ');
  if (begin == end)
    return {};
  return request_line.substr(begin + 1, end - begin - 1);
}

int status_of(std::string_view status_line) {
  int status = 0;
  if (status_line.starts_with("HTTP/1.") && status_line.size() >= 12)
    std::from_chars(status_line.data() + 9, status_line.data() + 12, status);
  return status;
}

} // namespace herald::bench
