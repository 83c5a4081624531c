#include "http/api/cloud_events.hpp"

#include "http/api/cloud_event_types.hpp"
#include "http/json/slices.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

namespace herald {

namespace {

constexpr std::string_view field_prefix = "ce-";

/// No more of a name is shown: a client may send anything for one.
constexpr size_t max_shown_name = 64;

struct attribute {
  enum class kind {
    text,
    other,  ///< A boolean or an integer.
    unsound ///< Not what the mode writes values as.
  };

  kind what = kind::unsound;
  std::string text;
};

using attributes = std::map<std::string, attribute, std::less<>>;

/// What the modes say in words of their own.
struct mode {
  std::string prefix; ///< Before an attribute's name.
  std::string_view not_text;
  std::string_view not_value;
};

/// An attribute that CloudEvents defines; all of them are strings.
struct known_attribute {
  std::string_view name;
  bool required;
  bool (*is_sound)(std::string_view);
  std::string_view rule;
};

bool is_1_0(std::string_view text) {
  return text == "1.0";
}

bool is_not_empty(std::string_view text) {
  return !text.empty();
}

constexpr std::array known{
  known_attribute{"specversion", true, is_1_0, "must be 1.0."},
  known_attribute{"id", true, is_not_empty, "must not be empty."},
  known_attribute{"source", true, is_uri_reference,
                  "must be a URI-reference and not empty."},
  known_attribute{"type", true, is_not_empty, "must not be empty."},
  known_attribute{"datacontenttype", false, is_media_type,
                  "must be a media type."},
  known_attribute{"dataschema", false, is_uri,
                  "must be a URI with its scheme."},
  known_attribute{"subject", false, is_not_empty, "must not be empty."},
  known_attribute{"time", false, is_timestamp,
                  "must be a time as in RFC 3339."},
};

refusal broken(const mode& how, std::string_view name, std::string_view rule) {
  refusal result;
  result.field = how.prefix;
  result.field.append(name.substr(0, max_shown_name));
  result.sentence = result.field + ' ';
  result.sentence.append(rule);
  return result;
}

std::optional<refusal> check_text(const mode& how, std::string_view name,
                                  const attribute& what) {
  if (what.what != attribute::kind::text || is_attribute_text(what.text))
    return std::nullopt;
  return broken(how, name,
                "must not contain control characters or noncharacters.");
}

std::optional<refusal> check_known(const mode& how, const attributes& all,
                                   const known_attribute& rule) {
  auto found = all.find(rule.name);
  if (found == all.end())
    return rule.required ? std::optional{broken(how, rule.name, "is missing.")}
                         : std::nullopt;
  auto& what = found->second;
  if (what.what != attribute::kind::text)
    return broken(how, rule.name, how.not_text);
  if (auto why = check_text(how, rule.name, what))
    return why;
  if (!rule.is_sound(what.text))
    return broken(how, rule.name, rule.rule);
  return std::nullopt;
}

std::optional<refusal> check_other(const mode& how, std::string_view name,
                                   const attribute& what) {
  if (!is_attribute_name(name))
    return broken(how, name,
                  "is no attribute: names are of lower-case letters and "
                  "digits, and data is reserved.");
  if (what.what == attribute::kind::unsound)
    return broken(how, name, how.not_value);
  return check_text(how, name, what);
}

bool is_known(std::string_view name) {
  return std::any_of(known.begin(), known.end(),
                     [&](auto& rule) { return rule.name == name; });
}

std::optional<refusal> check(const mode& how, const attributes& all) {
  for (auto& rule : known)
    if (auto why = check_known(how, all, rule))
      return why;
  for (auto& [name, what] : all)
    if (!is_known(name))
      if (auto why = check_other(how, name, what))
        return why;
  return std::nullopt;
}

std::variant<cloud_event, refusal> finish(const mode& how, attributes& all) {
  if (auto why = check(how, all))
    return std::move(*why);
  auto text = [&](std::string_view name) {
    return std::move(all.find(name)->second.text);
  };
  return cloud_event{text("id"), text("source"), text("type")};
}

// -- the JSON format ----------------------------------------------------------

// An Integer has 32 bits; a fraction or an exponent is none.
bool is_integer(std::string_view text) {
  int32_t value = 0;
  auto end = text.data() + text.size();
  auto [stop, err] = std::from_chars(text.data(), end, value);
  return err == std::errc{} && stop == end;
}

attribute json_attribute(std::string_view value) {
  if (auto text = json_string(value))
    return {attribute::kind::text, std::move(*text)};
  if (value == "true" || value == "false" || is_integer(value))
    return {attribute::kind::other, {}};
  return {};
}

// What is null is not there (JSON format, 2.2).
std::map<std::string, std::string_view> present_members(std::string_view text) {
  std::map<std::string, std::string_view> result;
  for (json_walk walk{text}; walk.next();)
    result.insert_or_assign(walk.name(), walk.value());
  std::erase_if(result, [](auto& x) { return x.second == "null"; });
  return result;
}

std::optional<refusal> check_encoded_data(const mode& how,
                                          std::string_view value) {
  auto text = json_string(value);
  if (text && is_base64(*text))
    return std::nullopt;
  return broken(how, "data_base64", "must be a string in base64.");
}

} // namespace

std::variant<cloud_event, refusal> read_cloud_event(std::string_view text,
                                                    const std::string& place) {
  mode how{place.empty() ? place : place + '.', "must be a string.",
           "must be a string, a boolean or an integer of 32 bits."};
  auto members = present_members(text);
  auto data = members.extract("data");
  auto encoded = members.extract("data_base64");
  attributes all;
  for (auto& [name, value] : members)
    all.emplace(name, json_attribute(value));
  auto result = finish(how, all);
  if (std::holds_alternative<refusal>(result) || encoded.empty())
    return result;
  if (!data.empty())
    return broken(how, "data_base64", "must not stand beside data.");
  if (auto why = check_encoded_data(how, encoded.mapped()))
    return std::move(*why);
  return result;
}

// -- binary mode --------------------------------------------------------------

bool is_binary_cloud_event(const http_request& request) {
  auto means_it = [](const field& x) {
    return x.first == "ce-specversion" || x.first == "ce-id"
           || x.first == "ce-source" || x.first == "ce-type";
  };
  return std::any_of(request.fields.begin(), request.fields.end(), means_it);
}

namespace {

// Some libraries escape nothing, so that what looks escaped is the value: seen
// where decoding spoils a source.
attribute binary_attribute(std::string_view name, std::string_view value) {
  auto read = read_attribute(value);
  if (!read)
    return {attribute::kind::unsound, {}};
  auto is_raw = name == "source" && !is_uri_reference(read->decoded)
                && is_uri_reference(read->raw);
  return {attribute::kind::text, std::move(is_raw ? read->raw : read->decoded)};
}

} // namespace

std::variant<cloud_event, refusal>
read_binary_cloud_event(const http_request& request) {
  constexpr std::string_view rule = "must be percent-encoded UTF-8.";
  mode how{std::string{field_prefix}, rule, rule};
  attributes all;
  for (auto& [name, value] : cloud_event_fields(request)) {
    auto [at, added] = all.try_emplace(
      name.substr(field_prefix.size()),
      binary_attribute(name.substr(field_prefix.size()), value));
    if (!added)
      return broken(how, at->first, "must be given once.");
  }
  return finish(how, all);
}

std::vector<field> cloud_event_fields(const http_request& request) {
  std::vector<field> result;
  for (auto& one : request.fields)
    if (one.first.starts_with(field_prefix))
      result.push_back(one);
  return result;
}

} // namespace herald
