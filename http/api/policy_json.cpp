#include "http/api/policy_json.hpp"

#include "config/errc.hpp"
#include "config/option_codecs.hpp"
#include "config/text.hpp"
#include "http/json/slices.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace herald {

namespace {

using json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr size_t max_delays = 64;
constexpr milliseconds year = 365 * 24h;
constexpr uint64_t max_in_flight = 10'000;
constexpr double max_rate = 1e6;

/// The rule that a value breaks, to stand behind the member's name; empty:
/// none.
using broken_rule = std::string;

constexpr std::array<std::pair<signature_method, std::string_view>, 4> methods{
  {{signature_method::sha1, "sha1"},
   {signature_method::sha256, "sha256"},
   {signature_method::sha384, "sha384"},
   {signature_method::sha512, "sha512"}}};

broken_rule read_duration(const json& value, duration_codec range,
                          std::optional<milliseconds>& into) {
  auto rule = " must be a duration from " + print_duration(range.min) + " to "
              + print_duration(range.max) + ", e.g. \"30s\".";
  if (!value.is_string())
    return rule;
  auto read = range.parse(value.get_ref<const std::string&>(), 1ms);
  if (!read)
    return rule;
  into = *read;
  return {};
}

broken_rule read_schedule(const json& value, delivery_policy& into) {
  if (!value.is_array() || value.empty() || value.size() > max_delays)
    return " must be an array of 1 to 64 durations, e.g. [\"5s\",\"1m\"].";
  for (auto& each : value) {
    std::optional<milliseconds> delay;
    if (auto rule = read_duration(each, {1ms, year}, delay); !rule.empty())
      return ": each" + rule;
    into.retry_schedule.push_back(*delay);
  }
  return {};
}

broken_rule read_max_age(const json& value, delivery_policy& into) {
  return read_duration(value, {0ms, year}, into.retry_max_age);
}

broken_rule read_timeout(const json& value, delivery_policy& into) {
  return read_duration(value, {1ms, 1h}, into.timeout);
}

broken_rule read_in_flight(const json& value, delivery_policy& into) {
  auto accepted = value.is_number_unsigned() && value.get<uint64_t>() >= 1
                  && value.get<uint64_t>() <= max_in_flight;
  if (!accepted)
    return " must be an integer in 1..10000.";
  into.in_flight = value.get<uint32_t>();
  return {};
}

broken_rule read_rate(const json& value, delivery_policy& into) {
  auto accepted = value.is_number() && value.get<double>() > 0
                  && value.get<double>() <= max_rate;
  if (!accepted)
    return " must be a number of deliveries per second, above 0 and at most "
           "1000000.";
  into.rate = value.get<double>();
  return {};
}

broken_rule read_ordered(const json& value, delivery_policy& into) {
  if (!value.is_boolean())
    return " must be true or false.";
  into.ordered = value.get<bool>();
  return {};
}

broken_rule read_signature(const json& value, delivery_policy& into) {
  auto found = std::find_if(methods.begin(), methods.end(), [&](auto& each) {
    return value == json(each.second);
  });
  if (found == methods.end())
    return " must be sha1, sha256, sha384 or sha512.";
  into.signature = found->first;
  return {};
}

bool is_field_value(std::string_view text) {
  std::string without_tabs{text};
  std::erase(without_tabs, '\t');
  return text.size() <= max_header_value && trimmed(text) == text
         && !holds_control(without_tabs);
}

bool has_header(const delivery_policy& what, std::string_view name) {
  return std::any_of(
    what.headers.begin(), what.headers.end(),
    [&](const field& x) { return lowered(x.first) == lowered(name); });
}

broken_rule read_header(const std::string& name, const json& value,
                        delivery_policy& into) {
  auto about = ": " + json(name).dump();
  if (name.size() > max_header_name || !is_token(name))
    return about + " is not the name of a header.";
  if (is_own_header(name))
    return about + " is set by herald, or speaks of the connection.";
  if (has_header(into, name))
    return about + " is given twice.";
  if (!value.is_string()
      || !is_field_value(value.get_ref<const std::string&>()))
    return about
           + " must be a string of at most 4096 bytes without control "
             "characters and without blanks at its ends.";
  if (value == json(masked_value))
    return about
           + " is what stands for a value that is not shown; give the "
             "value itself.";
  into.headers.emplace_back(name, value.get<std::string>());
  return {};
}

broken_rule read_headers(const json& value, delivery_policy& into) {
  if (!value.is_object() || value.size() > max_policy_headers)
    return " must be an object of at most 16 headers, name to value.";
  for (auto& [name, text] : value.items())
    if (auto rule = read_header(name, text, into); !rule.empty())
      return rule;
  return {};
}

struct policy_rule {
  std::string_view name;
  policy_member member;
  broken_rule (*read)(const json&, delivery_policy&);
};

constexpr std::array<policy_rule, 8> rules{{
  {"retry_schedule", policy_retry_schedule, read_schedule},
  {"retry_max_age", policy_retry_max_age, read_max_age},
  {"timeout", policy_timeout, read_timeout},
  {"in_flight", policy_in_flight, read_in_flight},
  {"rate", policy_rate, read_rate},
  {"ordered", policy_ordered, read_ordered},
  {"signature", policy_signature, read_signature},
  {"headers", policy_headers, read_headers},
}};

refusal bad_body(const std::string& rule) {
  refusal result;
  result.sentence = "The body " + rule;
  return result;
}

refusal about(const std::string& member, const std::string& rule) {
  refusal result;
  result.field = member;
  result.sentence = member + rule;
  return result;
}

refusal unknown(const std::string& member, std::string_view accepted) {
  return about(member, " is unknown; accepted: " + std::string{accepted} + ".");
}

/// An object's members, one after the other; stops at the first that is
/// refused.
template <class F>
std::optional<refusal> each_member(const json& object, F read) {
  for (auto& [name, value] : object.items())
    if (auto broken = read(name, value))
      return broken;
  return std::nullopt;
}

std::optional<refusal> read_policy_member(const std::string& name,
                                          const json& value,
                                          subscription_patch& into) {
  auto rule = std::find_if(rules.begin(), rules.end(),
                           [&](auto& each) { return each.name == name; });
  auto path = "policy." + name;
  if (rule == rules.end())
    return unknown(path, "retry_schedule, retry_max_age, timeout, in_flight, "
                         "rate, ordered, signature, headers");
  into.given |= rule->member;
  auto broken = value.is_null() ? "" : rule->read(value, into.policy);
  if (broken.empty())
    return std::nullopt;
  return about(path, broken);
}

std::optional<refusal> read_policy(const json& value,
                                   subscription_patch& into) {
  if (value.is_null())
    for (auto& each : rules)
      into.given |= each.member;
  else if (!value.is_object())
    return about("policy", " must be an object, or null.");
  return each_member(value, [&](const std::string& name, const json& member) {
    return read_policy_member(name, member, into);
  });
}

std::optional<refusal> read_paused(const json& value,
                                   subscription_patch& into) {
  if (!value.is_boolean())
    return about("paused", " must be true or false.");
  into.paused = value.get<bool>();
  return std::nullopt;
}

std::optional<refusal> read_member(const std::string& name, const json& value,
                                   subscription_patch& into) {
  if (name == "paused")
    return read_paused(value, into);
  if (name == "policy")
    return read_policy(value, into);
  return unknown(name, "paused, policy");
}

} // namespace

std::variant<subscription_patch, refusal> parse_patch(std::string_view body) {
  if (auto fault = json_fault(body))
    return bad_body("is not JSON: " + *fault + ".");
  auto parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object())
    return bad_body("must be a JSON object.");
  subscription_patch result;
  auto broken
    = each_member(parsed, [&](const std::string& name, const json& value) {
        return read_member(name, value, result);
      });
  if (broken)
    return std::move(*broken);
  return result;
}

json policy_json(const delivery_policy& what) {
  auto result = json::object();
  for (auto& delay : what.retry_schedule)
    result["retry_schedule"].push_back(print_duration(delay));
  if (what.retry_max_age)
    result["retry_max_age"] = print_duration(*what.retry_max_age);
  if (what.timeout)
    result["timeout"] = print_duration(*what.timeout);
  if (what.in_flight)
    result["in_flight"] = *what.in_flight;
  if (what.rate)
    result["rate"] = *what.rate;
  if (what.ordered)
    result["ordered"] = true;
  for (auto& [method, name] : methods)
    if (what.signature == method)
      result["signature"] = name;
  for (auto& each : what.headers)
    result["headers"][each.first] = masked_value;
  return result;
}

bool is_own_header(std::string_view name) {
  constexpr std::array<std::string_view, 17> own{"host",
                                                 "content-length",
                                                 "content-type",
                                                 "transfer-encoding",
                                                 "connection",
                                                 "link",
                                                 "user-agent",
                                                 "x-hub-signature",
                                                 "keep-alive",
                                                 "te",
                                                 "trailer",
                                                 "upgrade",
                                                 "expect",
                                                 "traceparent",
                                                 "tracestate",
                                                 "proxy-connection",
                                                 "content-encoding"};
  auto folded = lowered(name);
  return std::find(own.begin(), own.end(), folded) != own.end()
         || folded.starts_with("webhook-") || folded.starts_with("herald-")
         || folded.starts_with("ce-");
}

} // namespace herald
