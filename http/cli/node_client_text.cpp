#include "config/units.hpp"
#include "http/cli/node_client.hpp"
#include "http/cli/terminal.hpp"
#include "http/problem.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace herald {

namespace {

std::string_view value_of(const http_response& answer, std::string_view name) {
  for (auto& [key, value] : answer.fields)
    if (key == name)
      return value;
  return {};
}

/// The sentence of an RFC 9457 problem or of intergov's errors.
std::string detail_of(const std::string& body) {
  auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object())
    return {};
  for (auto* name : {"detail", "title"})
    if (auto i = parsed.find(name); i != parsed.end() && i->is_string())
      return i->get<std::string>();
  return {};
}

} // namespace

std::string form_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != plain.npos)
      result += c;
    else
      result.append("%")
        .append(1, digits[byte >> 4])
        .append(1, digits[byte & 15]);
  }
  return result;
}

std::string form_of(const std::vector<field>& parameters) {
  std::string result;
  for (auto& [name, value] : parameters)
    if (!value.empty())
      result.append(result.empty() ? "" : "&")
        .append(name)
        .append("=")
        .append(form_encoded(value));
  return result;
}

std::string query_of(const std::vector<field>& parameters) {
  auto result = form_of(parameters);
  return result.empty() ? result : "?" + result;
}

std::string explain(const http_response& answer) {
  constexpr size_t max_shown = 500;
  auto text = detail_of(answer.body);
  if (text.empty())
    text = answer.body;
  text.erase(text.find_last_not_of(" \r\n") + 1);
  if (text.empty())
    text = reason_phrase(answer.status);
  return std::to_string(answer.status) + ": "
         + shortened(printable(text), max_shown);
}

std::chrono::milliseconds retry_after(const http_response& answer,
                                      std::chrono::milliseconds otherwise) {
  constexpr uint64_t max_seconds = 60;
  auto seconds = parse_count(value_of(answer, "retry-after"), 0, UINT32_MAX);
  if (!seconds)
    return otherwise;
  return std::chrono::seconds{std::min(*seconds, max_seconds)};
}

bool is_transient(const http_response& answer) {
  return answer.status == 429 || answer.status == 503;
}

} // namespace herald
