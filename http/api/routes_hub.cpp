#include "actors/delivery/wire.hpp"
#include "actors/topics/topic_policy.hpp"
#include "http/api/event_intake.hpp"
#include "http/api/routes.hpp"
#include "http/form.hpp"
#include "storage/target.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

namespace herald {

namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

/// A 400 whose sentence is the field's name and the rule that it broke.
refusal refusal_of_field(std::string_view name, std::string_view rule) {
  auto sentence = std::string{name} + ' ' + std::string{rule};
  return bad_request(std::string{name}, std::move(sentence));
}

/// Reads a subscription request step by step; after the first broken rule the
/// other steps do nothing.
struct intent_form {
  const form& fields;
  const route_options& options;
  intent_request result{};
  std::optional<refusal> broken{};

  void read();

private:
  void refuse_field(std::string_view name, std::string_view rule);
  const std::string* find(std::string_view name);
  const std::string* require(std::string_view name);
  void read_callback();
  void read_topic();
  void read_lease();
  void read_secret();
  void read_method();
  void read_verify_token();
};

void intent_form::refuse_field(std::string_view name, std::string_view rule) {
  if (!broken)
    broken = refusal_of_field(name, rule);
}

const std::string* intent_form::find(std::string_view name) {
  auto* found = broken ? nullptr : fields.find(name);
  if (found == nullptr)
    return nullptr;
  if (found->sound)
    return &found->value;
  refuse_field(name, "must be percent-encoded UTF-8.");
  return nullptr;
}

const std::string* intent_form::require(std::string_view name) {
  auto* found = find(name);
  if (found != nullptr && !found->empty())
    return found;
  refuse_field(name, "is missing.");
  return nullptr;
}

void intent_form::read_callback() {
  auto* text = require("hub.callback");
  if (text == nullptr)
    return;
  if (auto parsed = parse_target(*text); !parsed)
    refuse_field("hub.callback", "is not usable: " + describe(parsed.error()));
  result.callback = *text;
}

void intent_form::read_topic() {
  auto* text = require("hub.topic");
  if (text == nullptr)
    return;
  auto parsed = parse_subscribed_topic(*text);
  if (!parsed)
    return refuse_field("hub.topic",
                        "is not usable: " + describe(parsed.error()));
  if (result.what.subscribe)
    result.denied = denial(*parsed, options.topics);
  result.id
    = make_subscription_id(parsed->key, parsed->is_url, result.callback);
  result.topic = std::move(parsed->text);
  result.topic_key = std::move(parsed->key);
}

// Nothing if `text` is no positive decimal integer; a larger one than fits is
// as good as the largest.
std::optional<int64_t> parse_lease(std::string_view text) {
  int64_t value = 0;
  auto digits = text.find_first_not_of("0123456789");
  if (text.empty() || digits != std::string_view::npos)
    return std::nullopt;
  auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ec != std::errc{})
    return std::numeric_limits<int64_t>::max();
  return value > 0 ? std::optional{value} : std::nullopt;
}

void intent_form::read_lease() {
  auto& lease = options.lease;
  result.what.lease_seconds = lease.by_default.count();
  auto* text = find("hub.lease_seconds");
  if (text == nullptr)
    return;
  auto asked = parse_lease(*text);
  if (!asked)
    return refuse_field("hub.lease_seconds",
                        "must be a positive decimal integer.");
  result.what.lease_seconds
    = std::clamp<int64_t>(*asked, lease.min.count(), lease.max.count());
}

void intent_form::read_secret() {
  auto* text = find("hub.secret");
  if (text == nullptr)
    return;
  if (text->size() > max_secret_bytes) {
    refuse_field("hub.secret", "must be shorter than 200 bytes.");
    broken->limit = max_secret_bytes;
  }
  if (!is_usable_secret(*text))
    refuse_field("hub.secret", std::string{unusable_secret});
  result.what.secret = *text;
}

// Who still sends hub.verify is of the time when there was only sha1.
void intent_form::read_method() {
  result.what.method = fields.find("hub.verify") != nullptr
                         ? signature_method::sha1
                         : signature_method::sha256;
}

// PubSubHubbub 0.3, 6.1.1; its clients confirm only what brings it back.
void intent_form::read_verify_token() {
  auto* text = find("hub.verify_token");
  if (text == nullptr)
    return;
  if (text->size() > max_verify_token)
    refuse_field("hub.verify_token", "must not be longer than "
                                       + std::to_string(max_verify_token)
                                       + " bytes.");
  result.what.verify_token = *text;
}

void intent_form::read() {
  auto* mode = require("hub.mode");
  auto asked = mode != nullptr ? lowered(*mode) : std::string{};
  if (asked != "subscribe" && asked != "unsubscribe")
    refuse_field("hub.mode", "must be subscribe or unsubscribe.");
  result.what.subscribe = asked == "subscribe";
  result.what.from = entrance::hub;
  read_callback();
  read_topic();
  read_verify_token();
  if (result.what.subscribe) {
    read_lease();
    read_secret();
    read_method();
  }
}

bool is_mode(const form& fields, std::string_view mode) {
  auto* found = fields.find("hub.mode");
  return found != nullptr && lowered(found->value) == mode;
}

bool names_a_topic(const form_field& what) {
  for (std::string_view name :
       {"hub.url", "hub.topic", "hub.url[]", "hub.topic[]"})
    if (what.name == name)
      return true;
  return false;
}

/// Takes the next URL off the front of a list: a comma divides only where a URL
/// begins behind it, since URLs may hold commas. Over the whole list that is
/// one pass.
std::string_view take_url(std::string_view& list) {
  auto comma = list.find(',');
  while (comma != std::string_view::npos) {
    auto behind = list.substr(comma + 1);
    if (behind.starts_with("http://") || behind.starts_with("https://"))
      break;
    comma = list.find(',', comma + 1);
  }
  auto result = list.substr(0, comma);
  list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
  return result;
}

/// Reads the topics of a light ping.
struct ping_request {
  const route_options& options;
  std::set<std::string> seen{};
  size_t named = 0; ///< With those that are named again.
  ping_command result{};
  std::optional<refusal> broken{};

  void read(const form_field& from) {
    if (!from.sound) {
      broken = refusal_of_field(from.name, "must be percent-encoded UTF-8.");
      return;
    }
    std::string_view rest = from.value;
    do
      add(from.name, take_url(rest));
    while (!rest.empty() && !broken);
  }

private:
  void add(const std::string& name, std::string_view url) {
    if (auto err = check_target(url))
      broken = refusal_of_field(name, "is not usable: " + describe(err));
    else if (seen.emplace(url).second)
      result.topics[static_cast<log_id>(topic_log(url, options.logs))]
        .emplace_back(url);
    if (++named <= max_pinged_topics)
      return;
    broken = refusal_of_field(name, "must not name more than "
                                      + std::to_string(max_pinged_topics)
                                      + " topics together.");
    broken->limit = max_pinged_topics;
  }
};

decision light_publish(const http_request& request, const form& fields,
                       const route_options& options) {
  ping_request asked{options};
  asked.broken = check_hops(request);
  asked.result.hops = hops_of(request);
  for (auto& each : fields.fields())
    if (names_a_topic(each) && !asked.broken)
      asked.read(each);
  if (!asked.broken && asked.seen.empty())
    asked.broken
      = refusal_of_field("hub.url", "is missing: name the topics that "
                                    "changed, in hub.url or hub.topic.");
  if (asked.broken)
    return text_response(*asked.broken);
  return std::move(asked.result);
}

decision fat_publish(http_request& request, const route_options& options,
                     const form_field& topic) {
  if (auto why = check_hops(request))
    return text_response(*why);
  if (!topic.sound)
    return text_response(
      refusal_of_field("hub.topic", "must be percent-encoded UTF-8."));
  auto made = make_event(request, options, topic.value, true, "hub.topic");
  if (auto* why = std::get_if<refusal>(&made))
    return text_response(*why);
  publish_command result;
  result.fat = true;
  result.events.push_back(std::move(std::get<event>(made)));
  return result;
}

decision hub_form(http_request& request, const route_options& options) {
  if (auto why = make_readable(request, options.events.max_body))
    return text_response(*why);
  auto fields = form::parse(request.body);
  if (!fields) {
    auto why = refusal_of_field("The form", "has too many fields.");
    why.limit = max_form_fields;
    return text_response(why);
  }
  if (is_mode(*fields, "publish"))
    return light_publish(request, *fields, options);
  intent_form asked{*fields, options};
  asked.read();
  if (asked.broken)
    return text_response(*asked.broken);
  return intent_command{std::move(asked.result)};
}

} // namespace

decision route_hub(http_request& request, const route_options& options) {
  auto query = form::parse(split_target(request.target).query);
  if (query && is_mode(*query, "publish"))
    if (auto* topic = query->find("hub.topic"))
      return fat_publish(request, options, *topic);
  if (media_type(request.value("content-type")) == form_type)
    return hub_form(request, options);
  refusal why;
  why.status = 415;
  why.sentence = "Content-Type must be " + std::string{form_type} + '.';
  return text_response(why);
}

} // namespace herald
