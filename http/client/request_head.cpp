#include "http/client/request_head.hpp"

#include <algorithm>
#include <string_view>

#include <strings.h>

namespace herald {

namespace {

void append_line(std::string_view name, std::string_view value,
                 std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool is_accept(const field& f) {
  return strcasecmp(f.first.c_str(), "accept") == 0;
}

bool is_clean(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3})
         == std::string_view::npos;
}

} // namespace

void append_head(const post_request& what, std::string& out) {
  out.append(*what.head)
    .append(what.what->wire)
    .append(what.fields)
    .append("\r\n");
}

void append_request(const fetch_request& what, const std::string& user_agent,
                    std::string& out) {
  const auto& path = what.path.empty() ? what.to->path : what.path;
  out.append("GET ").append(path).append(" HTTP/1.1\r\n");
  append_line("Host", what.to->authority, out);
  if (!user_agent.empty())
    append_line("User-Agent", user_agent, out);
  if (std::none_of(what.fields.begin(), what.fields.end(), is_accept))
    append_line("Accept", "*/*", out);
  append_line("Accept-Encoding", "identity", out);
  for (const auto& [name, value] : what.fields)
    if (is_clean(name) && is_clean(value))
      append_line(name, value, out);
  out += "\r\n";
}

} // namespace herald
