#include "config/log_line.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace herald {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> level_names{"trace", "debug", "info",
                                                      "warn",  "error", "off"};

std::string dump(const json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, json::error_handler_t::replace);
}

json to_json(const log_value& value) {
  return std::visit([](auto x) { return json(x); }, value.get());
}

bool is_plain(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '=' && c != '\\';
}

std::string to_text(const log_value& value) {
  auto text = std::get_if<std::string_view>(&value.get());
  if (text != nullptr && !text->empty()
      && std::all_of(text->begin(), text->end(), is_plain))
    return std::string{*text};
  return dump(to_json(value), true);
}

std::string quoted(std::string_view text) {
  return dump(json(text), false);
}

} // namespace

std::string_view to_string(log_level level) {
  return level_names.at(static_cast<size_t>(level));
}

log_level to_log_level(std::string_view name) {
  auto found = std::find(level_names.begin(), level_names.end(), name);
  if (found == level_names.end())
    return log_level::info;
  return static_cast<log_level>(found - level_names.begin());
}

std::string text_line(log_level level, std::string_view component,
                      std::string_view event, log_fields fields) {
  std::string result{to_string(level)};
  result.append(" ").append(component).append(" ").append(event);
  for (auto& [key, value] : fields)
    result.append(" ").append(key).append("=").append(to_text(value));
  return result;
}

std::string json_members(log_level level, std::string_view component,
                         std::string_view event, log_fields fields) {
  std::string result = "\"level\":" + quoted(to_string(level));
  result.append(",\"component\":").append(quoted(component));
  result.append(",\"event\":").append(quoted(event));
  for (auto& [key, value] : fields) {
    result.append(",").append(quoted(key)).append(":");
    result.append(dump(to_json(value), false));
  }
  return result;
}

} // namespace herald
