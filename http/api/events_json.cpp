#include "http/api/events_json.hpp"

#include "http/api/answer_json.hpp"
#include "http/form.hpp"
#include "http/json/slices.hpp"
#include "http/json/text.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

/// How much asks for attention comes first.
constexpr std::array shown_order{delivery_fate::kind::dead,
                                 delivery_fate::kind::pending,
                                 delivery_fate::kind::delivered};

std::string_view name_of(delivery_fate::kind how) {
  switch (how) {
    case delivery_fate::kind::dead:
      return "dead";
    case delivery_fate::kind::pending:
      return "pending";
    case delivery_fate::kind::delivered:
      break;
  }
  return "delivered";
}

std::string base64(std::string_view data) {
  std::string result(4 * ((data.size() + 2) / 3) + 1, '\0');
  auto length
    = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(data.data()),
                      static_cast<int>(data.size()));
  result.resize(static_cast<size_t>(length));
  return result;
}

bool is_json(const event& what) {
  auto type = media_type(what.content_type);
  return (type == "application/json" || type.ends_with("+json"))
         && !json_fault(what.body);
}

json meta_of(const event_meta& what) {
  json result;
  result["id"] = what.id;
  result["topic"] = what.topic;
  result["log"] = what.log;
  result["sequence"] = what.seq;
  result["accepted_at"] = rfc3339(what.accepted_at);
  result["content_type"] = what.content_type;
  result["size"] = what.body_size;
  return result;
}

json fields_of(const event_meta& what) {
  auto result = json::object();
  for (auto& [name, value] : what.fields)
    result[name] = value;
  return result;
}

/// An object's text with one more member, whose value is JSON already: it goes
/// out as it came.
std::string with_member(std::string object, std::string_view name,
                        std::string_view value) {
  object.pop_back();
  return object.append(",\"").append(name).append("\":").append(value).append(
    "}");
}

json line_json(const delivery_line& line) {
  json result;
  result["subscription"] = line.sub.to_string();
  result["callback"] = line.callback;
  result["state"] = name_of(line.fate.how);
  auto& [how, attempts, due] = line.fate;
  result["attempts"] = attempts > 0 ? json(attempts) : json(nullptr);
  result["due"] = due > 0 ? json(rfc3339(due)) : json(nullptr);
  return result;
}

size_t count_of(const std::vector<delivery_line>& lines,
                delivery_fate::kind how) {
  return static_cast<size_t>(std::count_if(
    lines.begin(), lines.end(), [how](auto& x) { return x.fate.how == how; }));
}

json shown_lines(const std::vector<delivery_line>& lines) {
  auto result = json::array();
  for (auto how : shown_order)
    for (auto& line : lines)
      if (line.fate.how == how && result.size() < max_shown_deliveries)
        result.push_back(line_json(line));
  return result;
}

} // namespace

std::string event_json(const event_meta& what) {
  return dump(meta_of(what));
}

std::string whole_event_json(const event_meta& what, const event* read) {
  auto result = meta_of(what);
  result["fields"] = fields_of(what);
  if (read == nullptr) {
    result["damaged"] = true;
    return dump(result);
  }
  if (is_json(*read))
    return with_member(dump(result), "data", read->body);
  result["data_base64"] = base64(read->body);
  return dump(result);
}

std::string deliveries_json(const std::vector<delivery_line>& lines,
                            bool more) {
  json result;
  for (auto how : {delivery_fate::kind::delivered, delivery_fate::kind::pending,
                   delivery_fate::kind::dead})
    result[std::string{name_of(how)}] = count_of(lines, how);
  result["items"] = shown_lines(lines);
  if (more || lines.size() > max_shown_deliveries)
    result["more"] = true;
  return dump(result);
}

std::string event_report_json(const event& what, std::string_view deliveries) {
  return with_member(whole_event_json(what, &what), "deliveries", deliveries);
}

std::string event_page_json(const std::vector<std::string>& items,
                            std::string_view cursor, bool at_end) {
  auto result = page_json(items, at_end ? std::string_view{} : cursor);
  return with_member(std::move(result), "cursor", dump(json(cursor)));
}

} // namespace herald
