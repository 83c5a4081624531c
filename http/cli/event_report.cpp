#include "config/errc.hpp"
#include "config/text.hpp"
#include "http/cli/events.hpp"
#include "http/json/slices.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

/// A body may be long, and is not what people look here for.
constexpr size_t max_shown_body = 2000;
constexpr size_t label_width = 12;

void add_line(std::string& to, std::string_view name, std::string_view value) {
  to.append(name);
  to.append(label_width - std::min(label_width - 1, name.size()), ' ');
  to.append(value).append("\n");
}

/// A member of the same type as `otherwise`, or that.
json part_of(const json& item, const char* name, json otherwise) {
  auto i = item.find(name);
  return i != item.end() && i->type() == otherwise.type() ? *i : otherwise;
}

std::string decoded(const std::string& text) {
  std::string result(text.size() / 4 * 3 + 3, '\0');
  auto length
    = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0)
    return {};
  auto padding = text.size() - (text.find_last_not_of('=') + 1);
  result.resize(static_cast<size_t>(length) - padding);
  return result;
}

/// The body as it was sent, or what it is if people cannot read it.
std::string body_text(const std::string& report, const json& what) {
  auto data = json_member(report, "data");
  std::string text{data.value_or("")};
  if (what.contains("damaged"))
    return "(damaged)";
  if (!data)
    text = decoded(part_of(what, "data_base64", ""));
  if (!is_utf8(text) || text.find('\0') != std::string::npos)
    return "(not text)";
  return shortened(printable(text), max_shown_body);
}

std::string due_of(const json& line, std::chrono::sys_seconds now) {
  auto text = text_of(line, "due");
  auto time = parse_time(text);
  if (!time)
    return text;
  return *time <= now ? "now" : rough_duration(*time - now);
}

std::string counts_of(const json& deliveries) {
  std::string result;
  for (auto* name : {"delivered", "pending", "dead"})
    result.append(result.empty() ? "" : ", ")
      .append(grouped(part_of(deliveries, name, 0U).get<uint64_t>()))
      .append(" ")
      .append(name);
  return result;
}

std::string table_of(const json& deliveries, std::chrono::sys_seconds now,
                     size_t width) {
  table shown;
  shown.columns = {{"STATE", false, false},
                   {"SUBSCRIPTION", false, true},
                   {"CALLBACK", false, true},
                   {"ATTEMPTS", true, false},
                   {"DUE IN", true, false}};
  auto items = part_of(deliveries, "items", json::array());
  for (auto& line : items)
    shown.rows.push_back({text_of(line, "state"), text_of(line, "subscription"),
                          text_of(line, "callback"), text_of(line, "attempts"),
                          due_of(line, now)});
  return shown.rows.empty() ? "" : "\n" + shown.format(width);
}

} // namespace

caf::expected<std::string> event_report_text(const std::string& body,
                                             std::chrono::sys_seconds now,
                                             size_t width) {
  auto what = json::parse(body, nullptr, false);
  if (!what.is_object() || !what.contains("id"))
    return fail(errc::invalid, "the node's answer is not an event");
  std::string result;
  add_line(result, "event", text_of(what, "id"));
  add_line(result, "topic", text_of(what, "topic"));
  add_line(result, "accepted", text_of(what, "accepted_at"));
  add_line(result, "place",
           "log " + text_of(what, "log") + ", sequence "
             + text_of(what, "sequence"));
  add_line(result, "type",
           text_of(what, "content_type") + ", " + text_of(what, "size")
             + " bytes");
  auto fields = part_of(what, "fields", json::object());
  for (auto& [name, value] : fields.items())
    add_line(result, printable(name), text_of(fields, name.c_str()));
  add_line(result, "body", body_text(body, what));
  auto deliveries = part_of(what, "deliveries", json::object());
  add_line(result, "deliveries", counts_of(deliveries));
  result += table_of(deliveries, now, width);
  if (deliveries.contains("more"))
    result += "There are more.\n";
  return result;
}

} // namespace herald
