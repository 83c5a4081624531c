#include "http/api/cloud_event_types.hpp"
#include "http/api/cloud_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

using namespace herald;
using nlohmann::json;
using ::testing::HasSubstr;

namespace {

const json good{
  {"specversion", "1.0"}, {"id", "1"}, {"source", "/s"}, {"type", "a.b"}};

/// The example with the member `name` set to `value`.
std::string with(const std::string& name, json value) {
  auto result = good;
  result[name] = std::move(value);
  return result.dump();
}

std::string without(const std::string& name) {
  auto result = good;
  result.erase(name);
  return result.dump();
}

/// The field that is refused; empty if the event is fine.
std::string broken(const std::string& text, const std::string& place = "") {
  auto read = read_cloud_event(text, place);
  auto* why = std::get_if<refusal>(&read);
  if (why != nullptr) {
    EXPECT_TRUE(why->sentence.starts_with(why->field + ' ')) << why->sentence;
    EXPECT_EQ(why->status, 400U);
  }
  return why != nullptr ? why->field : "";
}

http_request binary(std::vector<field> more = {}) {
  http_request result;
  result.fields = {{"ce-specversion", "1.0"},
                   {"ce-id", "1"},
                   {"ce-source", "/s"},
                   {"ce-type", "a.b"}};
  for (auto& one : more) {
    std::erase_if(result.fields,
                  [&](const field& x) { return x.first == one.first; });
    result.fields.push_back(std::move(one));
  }
  return result;
}

std::string broken_field(const http_request& request) {
  auto read = read_binary_cloud_event(request);
  auto* why = std::get_if<refusal>(&read);
  return why != nullptr ? why->field : "";
}

} // namespace

// -- values -------------------------------------------------------------------

TEST(a_timestamp, is_that_of_rfc_3339) {
  for (auto* text :
       {"2026-01-31T12:00:00Z", "2024-02-29t23:59:60z",
        "2026-01-31T12:00:00.123456789+05:30", "0000-01-01T00:00:00-23:59"})
    EXPECT_TRUE(is_timestamp(text)) << text;
  for (auto* text : {"",
                     "2026-01-31",
                     "2026-01-31T12:00:00",
                     "2026-01-31 12:00:00Z",
                     "2026-02-29T12:00:00Z",
                     "2026-13-01T12:00:00Z",
                     "2026-00-01T12:00:00Z",
                     "2026-01-00T12:00:00Z",
                     "2026-01-31T24:00:00Z",
                     "2026-01-31T12:60:00Z",
                     "2026-01-31T12:00:61Z",
                     "2026-01-31T12:00:00.Z",
                     "2026-01-31T12:00Z",
                     "2026-01-31T12:00:00+0530",
                     "2026-01-31T12:00:00+24:00",
                     "2026-01-31T12:00:00Zx",
                     "26-01-31T12:00:00Z",
                     "2026-1-31T12:00:00Z",
                     "-026-01-31T12:00:00Z",
                     "1769860800"})
    EXPECT_FALSE(is_timestamp(text)) << text;
}

TEST(a_uri, is_that_of_rfc_3986) {
  for (auto* text : {"/s", "s", "?q", "#f", "https://h/p?q#f", "//h/p",
                     "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66",
                     "mailto:a@b.c", "cloudevents/spec/pull/123", "a%20b",
                     "//10.0.0.1.nip.io/x", "https://10.0.0.1.nip.io:80"})
    EXPECT_TRUE(is_uri_reference(text)) << text;
  for (auto* text : {"", "a b", "\xc3\xa4", "%", "%zz", "a\"b", "<a>", "1:2",
                     "http://[", "a\\b"})
    EXPECT_FALSE(is_uri_reference(text)) << text;
  for (auto* text : {"http://h/p?q", "urn:a:b", "x:", "http://h/#f", "urn:a#"})
    EXPECT_TRUE(is_uri(text)) << text;
  for (auto* text :
       {"", "/p", "p", "//h/p", "#f", "?q", "a b:c", "http://h/#f#"})
    EXPECT_FALSE(is_uri(text)) << text;
}

TEST(an_attribute, has_a_name_of_small_letters_and_digits) {
  for (auto* text : {"a", "9", "a9", "comexampleextension1", "datas"})
    EXPECT_TRUE(is_attribute_name(text)) << text;
  for (auto* text : {"", "A", "a-b", "a_b", "a.b", "\xc3\xa4", "data"})
    EXPECT_FALSE(is_attribute_name(text)) << text;
}

TEST(an_attribute, is_text_without_controls_and_noncharacters) {
  using namespace std::string_view_literals;
  for (auto text : {""sv, "a b"sv, "\xc3\xa4"sv, "\xc2\xa0"sv, "\xef\xbf\xbd"sv,
                    "\xf0\x9f\x98\x80"sv, "\xef\xb7\xb0"sv})
    EXPECT_TRUE(is_attribute_text(text)) << text;
  for (auto text : {"\0"sv, "\t"sv, "a\nb"sv, "\x7f"sv, "\xc2\x80"sv,
                    "\xc2\x9f"sv, "\xef\xb7\x90"sv, "\xef\xbf\xbe"sv,
                    "\xf0\x9f\xbf\xbf"sv, "\xff"sv, "\xed\xa0\x80"sv})
    EXPECT_FALSE(is_attribute_text(text)) << text;
}

TEST(a_media_type, has_two_tokens) {
  for (auto* text :
       {"a/b", "application/x+json; charset=utf-8", "A/b ;x=\"y\""})
    EXPECT_TRUE(is_media_type(text)) << text;
  for (auto* text : {"", "a", "/b", "a/", "a b/c", "a/b/c", ";a/b", "a/b c"})
    EXPECT_FALSE(is_media_type(text)) << text;
}

TEST(base64, has_its_padding) {
  for (auto* text : {"", "QQ==", "QUI=", "QUJD", "+/+/"})
    EXPECT_TRUE(is_base64(text)) << text;
  for (auto* text :
       {"QQ", "QUI", "Q===", "====", "QQ==QQ==", "QU I", "-_-_", "QUJD\n", "="})
    EXPECT_FALSE(is_base64(text)) << text;
}

TEST(an_attribute, is_decoded_from_a_field) {
  auto decoded = [](std::string_view text) {
    auto read = read_attribute(text);
    return read ? std::optional{read->decoded} : std::nullopt;
  };
  EXPECT_EQ(decoded("a b"), "a b");
  EXPECT_EQ(decoded("Euro%20%E2%82%AC%20%f0%9f%98%80"),
            "Euro \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(decoded("%41+%2541"), "A+%41");
  EXPECT_EQ(decoded(R"("a \"b\" \\ %41")"), "a \"b\" \\ A");
  EXPECT_EQ(decoded(R"(a\b)"), R"(a\b)");
  EXPECT_EQ(decoded(""), "");
  for (auto* text : {"%C0%A0", "%ff", "\xff", "\"a", "\"a\\\""})
    EXPECT_EQ(decoded(text), std::nullopt) << text;
}

// Many libraries escape nothing.
TEST(an_attribute, keeps_a_percent_sign_that_begins_no_escape) {
  for (auto* text : {"%", "%4", "%zz", "100%", "%%", "5% of 7%", "%4z", "%g1"})
    EXPECT_EQ(read_attribute(text)->decoded, text) << text;
  EXPECT_EQ(read_attribute("100%25")->decoded, "100%");
  EXPECT_EQ(read_attribute("%%41%")->decoded, "%A%");
  EXPECT_EQ(read_attribute("\"50%\"")->decoded, "50%");
}

TEST(an_attribute, is_kept_as_the_field_has_it_without_quotes) {
  EXPECT_EQ(read_attribute("a%20b")->raw, "a%20b");
  EXPECT_EQ(read_attribute(R"("a \"%41\"")")->raw, "a \"%41\"");
  EXPECT_EQ(read_attribute(R"("a \"%41\"")")->decoded, "a \"A\"");
}

// -- the JSON format ----------------------------------------------------------

TEST(a_cloud_event, is_read) {
  auto read = read_cloud_event(
    R"({"specversion":"1.0","id":"\u0041","source":"urn:s","type":"T.x",
        "time":null,"subject":"s","datacontenttype":"text/xml",
        "dataschema":"http://h/s","extension":"","count":-2147483648,
        "flag":true,"gone":null,"data":{"A-B":[1.5]},"data_base64":null})",
    "");
  auto* what = std::get_if<cloud_event>(&read);
  ASSERT_NE(what, nullptr) << std::get<refusal>(read).sentence;
  EXPECT_EQ(what->id, "A");
  EXPECT_EQ(what->source, "urn:s");
  EXPECT_EQ(what->type, "T.x");
}

TEST(a_cloud_event, has_four_required_attributes) {
  EXPECT_EQ(broken(good.dump()), "");
  for (auto* name : {"specversion", "id", "source", "type"}) {
    EXPECT_EQ(broken(without(name)), name);
    for (auto& value : {json(nullptr), json(""), json(1), json(true),
                        json::array({"1.0"}), json("\n")})
      EXPECT_EQ(broken(with(name, value)), name) << value;
  }
  EXPECT_EQ(broken(with("specversion", "0.3")), "specversion");
  EXPECT_EQ(broken(with("source", "a b")), "source");
}

TEST(a_cloud_event, has_optional_attributes_that_are_checked) {
  struct {
    const char* name;
    json value;
  } wrong[]{{"datacontenttype", "json"}, {"datacontenttype", 1},
            {"dataschema", "/s"},        {"dataschema", ""},
            {"dataschema", "#f"},        {"subject", ""},
            {"subject", "a\x01"},        {"subject", 7},
            {"time", "today"},           {"time", 1'769'860'800}};
  for (auto& [name, value] : wrong)
    EXPECT_EQ(broken(with(name, value)), name) << value;
  for (auto* name : {"datacontenttype", "dataschema", "subject", "time"})
    EXPECT_EQ(broken(with(name, nullptr)), "");
  EXPECT_EQ(broken(with("dataschema", "http://h/s#f")), "");
}

TEST(a_cloud_event, has_extensions_of_simple_values) {
  for (auto& value :
       {json("x"), json(""), json(0), json(2147483647), json(false)})
    EXPECT_EQ(broken(with("ext1", value)), "") << value;
  for (auto& value :
       {json(2147483648), json(1.5), json::array(), json::object(), json("\t")})
    EXPECT_EQ(broken(with("ext1", value)), "ext1") << value;
  for (auto* name : {"Ext", "a-b", "a_b", ""})
    EXPECT_EQ(broken(with(name, "x")), name);
  EXPECT_EQ(broken(with(std::string(1000, 'X'), "x")), std::string(64, 'X'));
}

TEST(a_cloud_event, has_data_of_one_kind) {
  for (auto& value : {json(nullptr), json("x"), json(1), json::array({1})})
    EXPECT_EQ(broken(with("data", value)), "") << value;
  EXPECT_EQ(broken(with("data_base64", "QUI=")), "");
  for (auto& value : {json("QUI"), json("?"), json(1), json::object()})
    EXPECT_EQ(broken(with("data_base64", value)), "data_base64") << value;
  auto both = good;
  both["data"] = 1;
  both["data_base64"] = "QUI=";
  EXPECT_EQ(broken(both.dump()), "data_base64");
}

TEST(a_cloud_event, of_repeated_members_takes_the_last) {
  auto read = read_cloud_event(
    R"({"specversion":"9","type":7,"id":"1","source":"/s","type":"a",
        "specversion":"1.0","ext":[],"ext":1,"id":"2"})",
    "");
  ASSERT_TRUE(std::holds_alternative<cloud_event>(read))
    << std::get<refusal>(read).sentence;
  EXPECT_EQ(std::get<cloud_event>(read).id, "2");
  EXPECT_EQ(broken(R"({"specversion":"1.0","id":"1","source":"/s","type":"a",
                       "type":null})"),
            "type");
}

TEST(a_cloud_event, in_a_batch_says_where_it_is_wrong) {
  EXPECT_EQ(broken(without("type"), "[3]"), "[3].type");
  EXPECT_EQ(broken(with("A", 1), "[3]"), "[3].A");
  EXPECT_EQ(broken(with("data_base64", 1), "[3]"), "[3].data_base64");
}

// -- binary mode --------------------------------------------------------------

TEST(a_binary_cloud_event, is_told_by_one_of_the_required_fields) {
  for (auto* name : {"ce-specversion", "ce-id", "ce-source", "ce-type"}) {
    http_request request;
    request.fields = {{name, ""}};
    EXPECT_TRUE(is_binary_cloud_event(request)) << name;
  }
  http_request other;
  other.fields = {{"ce-subject", "x"}, {"cex", "y"}, {"id", "1"}};
  EXPECT_FALSE(is_binary_cloud_event(other));
}

TEST(a_binary_cloud_event, is_decoded) {
  auto request = binary({{"ce-id", "\"a b\""}, {"ce-source", "/%73"}});
  auto read = read_binary_cloud_event(request);
  ASSERT_TRUE(std::holds_alternative<cloud_event>(read));
  EXPECT_EQ(std::get<cloud_event>(read).id, "a b");
  EXPECT_EQ(std::get<cloud_event>(read).source, "/s");
  EXPECT_EQ(std::get<cloud_event>(read).type, "a.b");
}

TEST(a_binary_cloud_event, is_checked_like_any) {
  EXPECT_EQ(broken_field(binary()), "");
  EXPECT_EQ(broken_field(binary({{"ce-ext", ""}, {"ce-n", "99999999999"}})),
            "");
  for (auto* name : {"ce-specversion", "ce-id", "ce-source", "ce-type"}) {
    auto request = binary();
    std::erase_if(request.fields, [&](auto& x) { return x.first == name; });
    EXPECT_EQ(broken_field(request), name);
    for (auto* value : {"", "%C0%A0", "\x01"})
      EXPECT_EQ(broken_field(binary({{name, value}})), name) << value;
  }
  for (auto& [name, value] : std::vector<field>{{"ce-specversion", "0.3"},
                                                {"ce-time", "today"},
                                                {"ce-subject", ""},
                                                {"ce-dataschema", "s"},
                                                {"ce-datacontenttype", "s"},
                                                {"ce-ext", "%C0%A0"},
                                                {"ce-ext", "%7f"},
                                                {"ce-a-b", "x"},
                                                {"ce-data", "x"},
                                                {"ce-", "x"}})
    EXPECT_EQ(broken_field(binary({{name, value}})), name) << value;
}

TEST(a_binary_cloud_event, may_escape_nothing) {
  for (auto& [name, value] : std::vector<field>{{"ce-id", "%"},
                                                {"ce-id", "50%"},
                                                {"ce-type", "a%zz"},
                                                {"ce-subject", "100% wool"},
                                                {"ce-ext", "%zz"}})
    EXPECT_EQ(broken_field(binary({{name, value}})), "") << value;
  auto read = read_binary_cloud_event(binary({{"ce-id", "50%"}}));
  EXPECT_EQ(std::get<cloud_event>(read).id, "50%");
}

TEST(a_binary_cloud_event, has_the_raw_source_where_decoding_spoils_it) {
  auto source_of = [](std::string value) {
    auto read
      = read_binary_cloud_event(binary({{"ce-source", std::move(value)}}));
    auto* what = std::get_if<cloud_event>(&read);
    return what != nullptr ? what->source : "refused";
  };
  EXPECT_EQ(source_of("/a%20b"), "/a%20b");
  EXPECT_EQ(source_of("/%73"), "/s");
  EXPECT_EQ(source_of("/%25"), "/%25");
  EXPECT_EQ(source_of("/%C3%A4"), "/%C3%A4");
  EXPECT_EQ(source_of("/a b"), "refused");
  EXPECT_EQ(source_of("/50%"), "refused");
}

TEST(a_binary_cloud_event, has_each_attribute_once) {
  auto request = binary();
  request.fields.emplace_back("ce-id", "2");
  EXPECT_EQ(broken_field(request), "ce-id");
}

TEST(a_binary_cloud_event, keeps_its_fields) {
  auto request = binary({{"ce-ext", "%41"}, {"content-type", "a/b"}});
  auto kept = cloud_event_fields(request);
  EXPECT_EQ(kept.size(), 5U);
  EXPECT_EQ(kept.back(), (field{"ce-ext", "%41"}));
}
