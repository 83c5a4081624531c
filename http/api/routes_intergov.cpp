#include "actors/delivery/wire.hpp"
#include "actors/topics/topic_policy.hpp"
#include "http/api/answer_json.hpp"
#include "http/api/event_intake.hpp"
#include "http/api/routes.hpp"
#include "http/form.hpp"
#include "http/json/text.hpp"
#include "storage/target.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr int64_t default_lease_s = 432'000;
constexpr int64_t min_lease_s = 3600;
constexpr int64_t max_lease_s = 31'536'000;
constexpr std::array<std::string_view, 3> required{"hub.topic", "hub.callback",
                                                   "hub.mode"};

http_response error(std::string_view code, std::string_view title,
                    std::string_view detail, const json& source) {
  return intergov_error(400, code, title, detail, dump(source));
}

http_response missing_attributes(const std::vector<std::string>& names) {
  std::string list;
  for (auto& name : names)
    list.append(list.empty() ? "'" : ", '").append(name).append("'");
  return error("missing-attributes-error", "Missing Attributes Error",
               "Missing required attributes: [" + list + "].", names);
}

http_response bad_topic(std::string_view reason) {
  return error("topic-validation-error", "Topic Validation Error",
               R"("hub.topic" attribute is invalid)", json::array({reason}));
}

http_response bad_callback(std::string_view reason) {
  return error("callback-url-validation-error", "Callback URL Validation Error",
               R"("hub.callback" attribute is invalid)", json::array({reason}));
}

http_response bad_lease(std::string_view value) {
  json source{{"value", value}, {"min", min_lease_s}, {"max", max_lease_s}};
  return error("lease-seconds-validation-error",
               "Lease Seconds Validation Error",
               "\"hub.lease_seconds\" attribute is invalid. Must be integer in "
               "range 3600-31536000",
               json::array({source}));
}

http_response bad_secret(std::string_view reason) {
  return error("secret-validation-error", "Secret Validation Error",
               R"("hub.secret" attribute is invalid)", json::array({reason}));
}

http_response bad_mode(std::string_view value) {
  json source{{"key", "hub.mode"},
              {"value", value},
              {"expected", {"subscribe", "unsubscribe"}}};
  return error("unknown-mode-error", "Unknown Mode Error",
               "Uknown \"hub.mode\" attribute value: \"" + std::string{value}
                 + "\". Accepted:['subscribe', 'unsubscribe'].",
               json::array({source}));
}

http_response bad_type(std::string_view value) {
  json source{{"value", value},
              {"include", json::array({form_type})},
              {"exclude", json::array()}};
  return intergov_error(415, "generic-http-error", reason_phrase(415),
                        "Unsupported mimetype. Value: \"" + std::string{value}
                          + "\". Value must be one of ['"
                          + std::string{form_type} + "'].",
                        dump(source));
}

bool is_scheme(std::string_view text) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+'
           || c == '-' || c == '.';
  };
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z'
         && std::all_of(text.begin(), text.end(), fits);
}

// What the original says about a callback; its rules are looser than ours, so
// what passes them may still be refused in our own words.
std::string callback_fault(const std::string& callback) {
  auto colon = callback.find(':');
  auto scheme = colon == std::string::npos ? std::string{}
                                           : lowered(callback.substr(0, colon));
  if (!is_scheme(scheme))
    return "URL must contain scheme";
  if (scheme != "http" && scheme != "https")
    return "Unsupported url scheme: \"" + scheme
           + "\". Must be one of: ['http', 'https'].";
  auto rest = std::string_view{callback}.substr(colon + 1);
  if (!rest.starts_with("//") || rest.find_first_of("/?#", 2) == 2
      || rest.size() == 2)
    return "URL must contain domain or ip";
  auto parsed = parse_target(callback);
  return parsed ? std::string{} : describe(parsed.error());
}

std::optional<int64_t> parse_lease(std::string_view text) {
  int64_t value = 0;
  auto end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end || value < min_lease_s
      || value > max_lease_s)
    return std::nullopt;
  return value;
}

/// Reads the form in the original's order of validation: missing attributes,
/// callback, topic, lease, mode.
struct intergov_request {
  const form& fields;
  const route_options& options;
  intent_request result{};
  std::optional<http_response> broken{};

  /// The sound value of a field; unsound ones count as garbage bytes.
  std::string text(std::string_view name) const {
    auto* found = fields.find(name);
    return found != nullptr ? found->value : std::string{};
  }

  bool is_sound(std::string_view name) const {
    auto* found = fields.find(name);
    return found == nullptr || found->sound;
  }

  void read_required();
  void read_callback();
  void read_topic();
  void read_lease();
  void read_mode();
  void read_secret();
  void read_verify_token();
  void read();
};

void intergov_request::read_required() {
  std::vector<std::string> names;
  for (auto name : required)
    if (fields.find(name) == nullptr)
      names.emplace_back(name);
  if (!names.empty())
    broken = missing_attributes(names);
}

void intergov_request::read_callback() {
  result.callback = text("hub.callback");
  auto fault = is_sound("hub.callback") ? callback_fault(result.callback)
                                        : "URL must be percent-encoded UTF-8";
  if (!fault.empty())
    broken = bad_callback(fault);
}

void intergov_request::read_topic() {
  if (!is_sound("hub.topic")) {
    broken = bad_topic("Predicate must be percent-encoded UTF-8");
    return;
  }
  auto parsed = parse_subscribed_topic(text("hub.topic"), false);
  if (!parsed) {
    broken = bad_topic(describe(parsed.error()));
    return;
  }
  if (result.what.subscribe)
    result.denied = denial(*parsed, options.topics);
  result.id = make_subscription_id(parsed->key, false, result.callback);
  result.topic = std::move(parsed->text);
  result.topic_key = std::move(parsed->key);
}

void intergov_request::read_lease() {
  result.what.lease_seconds = default_lease_s;
  if (!result.what.subscribe || fields.find("hub.lease_seconds") == nullptr)
    return;
  auto asked = text("hub.lease_seconds");
  if (auto lease = parse_lease(asked))
    result.what.lease_seconds = *lease;
  else
    broken = bad_lease(asked);
}

void intergov_request::read_mode() {
  auto mode = text("hub.mode");
  if (mode != "subscribe" && mode != "unsubscribe")
    broken = bad_mode(mode);
}

void intergov_request::read_secret() {
  if (!result.what.subscribe)
    return;
  auto secret = text("hub.secret");
  if (!is_sound("hub.secret"))
    broken = bad_secret("Secret must be percent-encoded UTF-8");
  else if (secret.size() > max_secret_bytes)
    broken = bad_secret("Secret must be shorter than 200 bytes");
  else if (!is_usable_secret(secret))
    broken = bad_secret("Secret " + std::string{unusable_secret});
  result.what.secret = std::move(secret);
}

// What the original does not know; see `/hub`.
void intergov_request::read_verify_token() {
  auto token = text("hub.verify_token");
  if (is_sound("hub.verify_token") && token.size() <= max_verify_token)
    result.what.verify_token = std::move(token);
  else
    broken = intergov_error(400, "generic-http-error", reason_phrase(400),
                            "hub.verify_token must be percent-encoded UTF-8 of "
                            "at most "
                              + std::to_string(max_verify_token) + " bytes.",
                            "[]");
}

void intergov_request::read() {
  // An unknown mode is told last, so until then it counts as a subscription:
  // only an unsubscription leaves the lease alone.
  result.what.subscribe = text("hub.mode") != "unsubscribe";
  result.what.from = entrance::intergov;
  result.skip_verification = !options.intergov.verify;
  result.must_exist = !result.what.subscribe;
  using step = void (intergov_request::*)();
  for (step next :
       {&intergov_request::read_required, &intergov_request::read_callback,
        &intergov_request::read_topic, &intergov_request::read_lease,
        &intergov_request::read_mode, &intergov_request::read_secret,
        &intergov_request::read_verify_token})
    if (!broken)
      (this->*next)();
}

} // namespace

decision route_intergov(http_request& request, const route_options& options) {
  auto type = media_type(request.value("content-type"));
  if (type != form_type)
    return bad_type(type);
  if (auto why = make_readable(request, options.events.max_body))
    return refuse(request, *why);
  auto fields = form::parse(request.body);
  if (!fields) {
    refusal why;
    why.sentence = "The form has too many fields.";
    return refuse(request, why);
  }
  intergov_request asked{*fields, options};
  asked.read();
  if (asked.broken)
    return std::move(*asked.broken);
  return intent_command{std::move(asked.result)};
}

} // namespace herald
