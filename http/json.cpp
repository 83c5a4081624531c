#include "http/json.hpp"

#include "config/errc.hpp"
#include "http/problem.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

std::string quote(std::string_view text) {
  return dump(json(text));
}

json time_or_null(unix_ms time) {
  return time > 0 ? json(rfc3339(time)) : json(nullptr);
}

/// Finds the predicate without building a tree: an event may be large.
class predicate_finder : public nlohmann::json_sax<nlohmann::json> {
public:
  std::optional<std::string> top;
  std::optional<std::string> nested;
  bool not_text = false; ///< A predicate that is no string.
  bool not_object = false;
  std::string broken;

  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t) override { return other(); }
  bool number_unsigned(number_unsigned_t) override { return other(); }
  bool number_float(number_float_t, const string_t&) override {
    return other();
  }
  bool binary(binary_t&) override { return other(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool string(string_t& text) override;
  bool start_object(std::size_t) override;
  bool start_array(std::size_t) override;
  bool key(string_t& name) override;
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception&) override;

private:
  bool at_top() const { return depth_ == 1; }
  bool in_message() const { return depth_ == 2 && message_; }
  bool wanted() const { return is_predicate_ && (at_top() || in_message()); }
  bool other();
  bool open();
  bool close();

  size_t depth_ = 0;
  bool message_ = false;      ///< Within the member `message` of the top.
  bool is_predicate_ = false; ///< The last key was `predicate`.
  bool is_message_ = false;   ///< The last key of the top was `message`.
};

bool predicate_finder::other() {
  not_object = not_object || depth_ == 0;
  if (wanted())
    not_text = true;
  is_predicate_ = false;
  return true;
}

bool predicate_finder::open() {
  if (depth_ == max_json_depth) {
    broken = "it is nested deeper than " + std::to_string(max_json_depth);
    return false;
  }
  ++depth_;
  return true;
}

bool predicate_finder::close() {
  --depth_;
  message_ = message_ && depth_ > 1;
  is_predicate_ = false;
  return true;
}

bool predicate_finder::string(string_t& text) {
  if (wanted())
    (at_top() ? top : nested) = std::move(text);
  else
    return other();
  is_predicate_ = false;
  return true;
}

bool predicate_finder::start_object(std::size_t) {
  if (wanted())
    not_text = true;
  message_ = message_ || (at_top() && is_message_);
  is_predicate_ = false;
  return open();
}

bool predicate_finder::start_array(std::size_t) {
  other();
  return open();
}

bool predicate_finder::key(string_t& name) {
  is_predicate_ = name == "predicate";
  if (at_top())
    is_message_ = name == "message";
  return true;
}

bool predicate_finder::parse_error(std::size_t position, const std::string&,
                                   const nlohmann::json::exception&) {
  broken = "it breaks off or is wrong at byte " + std::to_string(position);
  return false;
}

} // namespace

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string rfc3339(unix_ms time) {
  auto ms = (time % 1000 + 1000) % 1000;
  std::time_t seconds = (time - ms) / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  auto length = std::strftime(text.data(), text.size(), "%FT%T", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                static_cast<int>(ms));
  return std::string(text.data(), length) + fraction.data();
}

caf::expected<std::string> find_predicate(std::string_view body) {
  predicate_finder finder;
  if (!nlohmann::json::sax_parse(body, &finder))
    return fail(errc::invalid, "The body is not JSON: " + finder.broken + ".");
  if (finder.not_object)
    return fail(errc::invalid, "The body must be a JSON object.");
  if (finder.not_text)
    return fail(errc::invalid, "predicate must be a string.");
  if (finder.top)
    return std::move(*finder.top);
  if (finder.nested)
    return std::move(*finder.nested);
  return fail(errc::invalid,
              "predicate is missing: name the topic in the query or in the "
              "member predicate or message.predicate.");
}

// By hand around the one part that needs escaping: it is made per publish.
std::string acceptance_json(const receipt& what, const append_result& how) {
  auto& topic = how.duplicate && !how.topic.empty() ? how.topic : what.topic;
  std::string result = "{\"id\":\"";
  result.append(what.id).append("\",\"topic\":").append(quote(topic));
  result.append(",\"log\":").append(std::to_string(what.log));
  result.append(",\"sequence\":").append(std::to_string(how.seq));
  result.append(how.duplicate ? ",\"duplicate\":true}"
                              : ",\"duplicate\":false}");
  return result;
}

std::string_view subscription_state(const subscription& what,
                                    const subscriber_status& status,
                                    unix_ms now) {
  if (!what.active)
    return "pending";
  if (what.expires_at <= now)
    return "expired";
  if (what.paused)
    return "paused";
  return status.failing ? "failing" : "active";
}

std::string subscription_json(const subscription& what,
                              const subscriber_status& status, unix_ms now) {
  auto wished = !what.active && what.pending;
  json result;
  result["id"] = what.id.to_string();
  result["topic"] = what.topic;
  result["callback"] = what.callback;
  result["state"] = subscription_state(what, status, now);
  result["lease_seconds"]
    = wished ? what.pending->lease_seconds : what.lease_seconds;
  result["expires_at"] = time_or_null(what.active ? what.expires_at : 0);
  result["created_at"] = time_or_null(what.created_at);
  result["policy"] = json::object();
  result["pending"] = status.pending;
  result["last_attempt"] = time_or_null(status.last_attempt);
  return dump(result);
}

std::string page_json(const std::vector<std::string>& items,
                      std::string_view next) {
  std::string result = "{\"items\":[";
  for (auto& item : items)
    result.append(&item == &items.front() ? "" : ",").append(item);
  result.append("],\"next\":").append(next.empty() ? "null" : quote(next));
  return result + '}';
}

http_response intergov_error(unsigned status, std::string_view code,
                             std::string_view title, std::string_view detail,
                             std::string_view source) {
  json one;
  one["status"] = reason_phrase(status);
  one["code"] = code;
  one["title"] = title;
  one["detail"] = detail;
  one["source"] = json::parse(source);
  json body;
  body["errors"] = json::array({one});
  return {status, {{"Content-Type", "application/json"}}, dump(body)};
}

} // namespace herald
