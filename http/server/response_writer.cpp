#include "http/server/response_writer.hpp"

#include "http/problem.hpp"

#include <array>
#include <cassert>

namespace herald {

namespace {

// No answer is for a cache, or to be taken for a script or a page.
constexpr std::string_view always = "X-Content-Type-Options: nosniff\r\n"
                                    "Cache-Control: no-store\r\n";

void append_field(std::string& to, std::string_view name,
                  std::string_view value) {
  assert(value.find_first_of("\r\n") == std::string_view::npos);
  to.append(name).append(": ").append(value).append("\r\n");
}

// RFC 9110, 8.6: none of these has a length.
bool has_length(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string_view connection_of(framing how) {
  if (how.close)
    return "close";
  return how.http_1_0 ? "keep-alive" : "";
}

} // namespace

void write_response(std::string& to, const http_response& response, framing how,
                    std::string_view date) {
  to.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  to.append(reason_phrase(response.status)).append("\r\n");
  append_field(to, "Date", date);
  to.append(always);
  for (auto& [name, value] : response.fields)
    append_field(to, name, value);
  if (has_length(response.status))
    append_field(to, "Content-Length", std::to_string(response.body.size()));
  if (auto connection = connection_of(how); !connection.empty())
    append_field(to, "Connection", connection);
  to.append("\r\n");
  if (!how.head_only && has_length(response.status))
    to.append(response.body);
}

std::string_view date_cache::at(std::time_t now) {
  if (now == time_)
    return text_;
  time_ = now;
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  // The C locale's names, which are the ones HTTP wants: nobody sets another.
  auto length
    = std::strftime(text.data(), text.size(), "%a, %d %b %Y %T GMT", &parts);
  text_.assign(text.data(), length);
  return text_;
}

} // namespace herald
