#include "actors/delivery/wire.hpp"
#include "config/version.hpp"
#include "tests/actors/engine_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

namespace herald::test {

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view hub_url = "https://hub.example/hub";

/// A request taken apart as RFC 9112 says, by a parser that forgives nothing.
struct parsed_request {
  std::string line;
  fields all;
  std::string body;

  std::vector<std::string> values(std::string_view name) const {
    std::vector<std::string> result;
    for (auto& [key, value] : all)
      if (key == name)
        result.push_back(value);
    return result;
  }
};

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0
           || std::string_view{"!#$%&'*+-.^_`|~"}.find(c)
                != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

std::optional<fields> parse_fields(std::string_view text) {
  fields result;
  while (!text.empty()) {
    auto end = text.find("\r\n");
    if (end == std::string_view::npos)
      return std::nullopt;
    auto line = text.substr(0, end);
    auto colon = line.find(": ");
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))
        || !is_value(line))
      return std::nullopt;
    result.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    text.remove_prefix(end + 2);
  }
  return result;
}

std::optional<parsed_request> parse_request(std::string_view text) {
  auto blank = text.find("\r\n\r\n");
  auto first = text.find("\r\n");
  if (blank == std::string_view::npos || first == blank)
    return std::nullopt;
  auto all = parse_fields(text.substr(first + 2, blank - first));
  if (!all)
    return std::nullopt;
  return parsed_request{std::string{text.substr(0, first)}, *all,
                        std::string{text.substr(blank + 4)}};
}

/// The request of one attempt, as a transport puts it together.
std::optional<parsed_request> whole_request(const std::string& callback,
                                            const subscription& who,
                                            const event& what) {
  return parse_request(*subscription_head(*parse_target(callback), who)
                       + event_fields(what, hub_url)
                       + attempt_fields(who, what, 1, 1'614'265'330'000)
                       + "\r\n" + what.body);
}

subscription numbered(uint8_t number) {
  subscription result;
  result.id = id_of(number);
  return result;
}

std::string value_of(const fields& all, std::string_view name) {
  for (auto& [key, value] : all)
    if (key == name)
      return value;
  return "(no such field)";
}

std::string link_of(const event& what) {
  auto all = parse_fields(event_fields(what, hub_url));
  return all ? value_of(*all, "Link") : "(not parsed)";
}

event url_event() {
  auto result = event_of("e1", "{}");
  result.topic = "https://blog.example/feed";
  result.content_type = "application/atom+xml; charset=utf-8";
  return result;
}

} // namespace

TEST(wire, head_has_request_line_host_agent_and_subscription_in_that_order) {
  auto to = parse_target("http://sub.example:8081/cb?a=1&b=%20");
  ASSERT_TRUE(to);
  EXPECT_EQ(*subscription_head(*to, numbered(0xab)),
            "POST /cb?a=1&b=%20 HTTP/1.1\r\n"
            "Host: sub.example:8081\r\n"
            "User-Agent: herald/"
              + std::string{version()}
              + "\r\n"
                "Herald-Subscription: abababababababababababababababab\r\n");
}

TEST(wire, headers_of_the_policy_go_out_with_every_delivery) {
  auto who = numbered(1);
  who.policy.headers = {{"X-Tenant", "a\r\nb"}, {"not a name", "c"}};
  auto head = *subscription_head(*parse_target("https://sub.example"), who);
  EXPECT_TRUE(head.ends_with("\r\nX-Tenant: a  b\r\n")) << head;
}

TEST(wire, signature_method_of_the_policy_goes_before_that_of_the_wish) {
  auto who = numbered(1);
  who.secret = "s";
  who.method = signature_method::sha1;
  EXPECT_NE(attempt_fields(who, event_of("e1"), 1, 0).find(": sha1="),
            std::string::npos);
  who.policy.signature = signature_method::sha512;
  EXPECT_NE(attempt_fields(who, event_of("e1"), 1, 0).find(": sha512="),
            std::string::npos);
}

TEST(wire, head_of_a_callback_without_path_asks_for_the_root) {
  auto to = parse_target("https://sub.example");
  ASSERT_TRUE(to);
  EXPECT_TRUE(subscription_head(*to, numbered(1))
                ->starts_with("POST / HTTP/1.1\r\nHost: sub.example\r\n"));
}

TEST(wire, event_of_a_url_links_self_first_then_hub_in_one_header) {
  EXPECT_EQ(event_fields(url_event(), hub_url),
            "Content-Type: application/atom+xml; charset=utf-8\r\n"
            "Content-Length: 2\r\n"
            "Link: <https://blog.example/feed>; rel=\"self\", "
            "<https://hub.example/hub>; rel=\"hub\"\r\n"
            "webhook-id: e1\r\n"
            "Herald-Hops: 1\r\n");
}

TEST(wire, event_of_a_predicate_links_the_hub_only_and_names_the_topic) {
  EXPECT_EQ(event_fields(event_of("e1"), hub_url),
            "Content-Type: text/plain\r\n"
            "Content-Length: 5\r\n"
            "Link: <https://hub.example/hub>; rel=\"hub\"\r\n"
            "Herald-Topic: shop.order\r\n"
            "webhook-id: e1\r\n"
            "Herald-Hops: 1\r\n");
}

TEST(wire, canonical_url_of_the_topic_replaces_it_as_self) {
  auto what = url_event();
  what.self = "https://blog.example/canonical";
  EXPECT_EQ(link_of(what), "<https://blog.example/canonical>; rel=\"self\", "
                           "<https://hub.example/hub>; rel=\"hub\"");
}

TEST(wire, predicate_topic_is_percent_encoded_where_it_is_not_ascii) {
  auto what = event_of("e1");
  what.topic = "caf\xc3\xa9.\xe2\x82\xac";
  auto all = parse_fields(event_fields(what, hub_url));
  ASSERT_TRUE(all);
  EXPECT_EQ(value_of(*all, "Herald-Topic"), "caf%C3%A9.%E2%82%AC");
}

TEST(wire, fields_that_travel_with_an_event_are_passed_on_in_order) {
  auto what = event_of("e1");
  what.fields = {{"traceparent", "00-ab-cd-01"}, {"ce-type", "shop.order"}};
  EXPECT_TRUE(
    event_fields(what, hub_url)
      .ends_with("traceparent: 00-ab-cd-01\r\nce-type: shop.order\r\n"));
}

TEST(wire, content_length_is_the_size_of_the_body_even_when_it_is_empty) {
  auto what = event_of("e1", "");
  auto all = parse_fields(event_fields(what, hub_url));
  ASSERT_TRUE(all);
  EXPECT_EQ(value_of(*all, "Content-Length"), "0");
}

TEST(wire, attempt_without_a_secret_has_no_signature) {
  auto who = subscription_of('a');
  auto all = parse_fields(attempt_fields(who, event_of("e1"), 7, 1000));
  ASSERT_TRUE(all);
  EXPECT_EQ(value_of(*all, "Herald-Attempt"), "7");
  EXPECT_EQ(value_of(*all, "X-Hub-Signature"), "(no such field)");
  EXPECT_EQ(value_of(*all, "webhook-signature"), "(no such field)");
}

TEST(wire, attempt_with_a_secret_carries_both_signatures_and_its_time) {
  auto who = subscription_of('a');
  who.secret = "Jefe";
  auto what = event_of("e1", "what do ya want for nothing?");
  auto all = parse_fields(attempt_fields(who, what, 1, 1'614'265'330'999));
  ASSERT_TRUE(all);
  EXPECT_EQ(value_of(*all, "X-Hub-Signature"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b9"
            "64ec3843");
  EXPECT_EQ(value_of(*all, "webhook-timestamp"), "1614265330");
  EXPECT_EQ(value_of(*all, "webhook-signature"),
            standard_signature("Jefe", "e1", 1'614'265'330, what.body));
}

TEST(wire, signature_uses_the_method_of_the_subscription) {
  auto who = subscription_of('a');
  who.secret = "Jefe";
  who.method = signature_method::sha1;
  auto what = event_of("e1", "what do ya want for nothing?");
  auto all = parse_fields(attempt_fields(who, what, 1, 1000));
  ASSERT_TRUE(all);
  EXPECT_EQ(value_of(*all, "X-Hub-Signature"),
            "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

// RFC 2202 and RFC 4231, test case 2.
TEST(wire, hub_signature_gives_the_known_hmac_vectors) {
  auto sign = [](signature_method method) {
    return hub_signature(method, "Jefe", "what do ya want for nothing?");
  };
  EXPECT_EQ(sign(signature_method::sha1),
            "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(sign(signature_method::sha256),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b9"
            "64ec3843");
  EXPECT_EQ(sign(signature_method::sha384),
            "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec373"
            "6322445e8e2240ca5e69e2c78b3239ecfab21649");
  EXPECT_EQ(sign(signature_method::sha512),
            "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7"
            "ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e07"
            "0a38bce737");
}

// RFC 4231, test cases 1 and 6: binary and very long keys.
TEST(wire, hub_signature_takes_binary_and_long_secrets) {
  EXPECT_EQ(hub_signature(signature_method::sha256, std::string(20, '\x0b'),
                          "Hi There"),
            "sha256=b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c"
            "2e32cff7");
  EXPECT_EQ(hub_signature(signature_method::sha256, std::string(131, '\xaa'),
                          "Test Using Larger Than Block-Size Key - Hash Key "
                          "First"),
            "sha256=60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f"
            "0ee37f54");
}

TEST(wire, hub_signature_uses_the_bytes_of_a_whole_whsec_secret) {
  EXPECT_EQ(hub_signature(signature_method::sha1, "whsec_SmVmZQ==", ""),
            "sha1=2d51d775bfad6b8472f35928930d934b9208845b");
}

// The example of the Standard Webhooks specification.
TEST(wire, standard_signature_gives_the_vector_of_its_specification) {
  EXPECT_EQ(standard_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                               "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330,
                               R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(wire, standard_signature_of_another_secret_uses_its_bytes) {
  EXPECT_EQ(standard_signature("Jefe", "e1", 1, "x"),
            standard_signature("whsec_SmVmZQ==", "e1", 1, "x"));
}

TEST(wire, standard_signature_does_without_padding) {
  for (auto secret : {"whsec_SmVmZQ", "whsec_SmVmZQ=="})
    EXPECT_EQ(standard_signature(secret, "e1", 1, "x"),
              standard_signature("Jefe", "e1", 1, "x"));
}

TEST(wire, standard_signature_of_bad_base64_means_the_whole_secret) {
  // Each beside the base64 of the whole text, which leaves nothing to guess.
  const std::pair<const char*, const char*> secrets[] = {
    {"whsec_a!b", "whsec_d2hzZWNfYSFi"},
    {"whsec_", "whsec_d2hzZWNf"},
    {"whsec_====", "whsec_d2hzZWNfPT09PQ=="},
    {"whsec_ab=c", "whsec_d2hzZWNfYWI9Yw=="},
    {"whsec_abcde", "whsec_d2hzZWNfYWJjZGU="},
    {" whsec_SmVmZQ==", "whsec_IHdoc2VjX1NtVm1aUT09"},
  };
  for (auto& [secret, as_base64] : secrets)
    EXPECT_EQ(standard_signature(secret, "e1", 1, "x"),
              standard_signature(as_base64, "e1", 1, "x"))
      << secret;
}

TEST(wire, percent_encoding_leaves_nothing_that_ends_a_field_or_a_link) {
  EXPECT_EQ(percent_encode_field("a\r\nb \"<>\t\x7f\xc3\xa9"),
            "a%0D%0Ab%20%22%3C%3E%09%7F%C3%A9");
  EXPECT_EQ(percent_encode_field("https://x/?a=1&b=%20#"),
            "https://x/?a=1&b=%20#");
}

TEST(wire, parts_of_a_request_make_a_valid_one) {
  auto who = subscription_of('a');
  who.secret = "s3cret";
  auto what = url_event();
  what.fields = {{"traceparent", "00-ab-cd-01"}};
  auto request = whole_request("https://[::1]:8443/cb?x=y", who, what);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->line, "POST /cb?x=y HTTP/1.1");
  EXPECT_EQ(request->values("Host"), std::vector<std::string>{"[::1]:8443"});
  EXPECT_EQ(request->values("Content-Length"), std::vector<std::string>{"2"});
  EXPECT_EQ(request->body, what.body);
  for (auto name : {"User-Agent", "Content-Type", "Link", "webhook-id",
                    "webhook-timestamp", "webhook-signature", "X-Hub-Signature",
                    "Herald-Subscription", "Herald-Attempt", "traceparent"})
    EXPECT_EQ(request->values(name).size(), 1u) << name;
}

TEST(wire, body_may_hold_anything) {
  auto what = event_of("e1", std::string{"\0\r\n\r\nPOST / HTTP/1.1\r\n", 22});
  auto request
    = whole_request("http://sub.example/", subscription_of('a'), what);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->body, what.body);
}

TEST(wire, no_part_of_an_event_can_inject_a_header_or_end_the_head) {
  const std::vector<std::string> attacks{
    "\r\nEvil: 1",
    "x\r\nEvil: 1\r\n",
    "x\nEvil: 1",
    "x\rEvil: 1",
    "\r\n\r\nbody",
    std::string{"x\0y", 3},
    ">; rel=\"self\", <http://evil/",
  };
  for (auto& attack : attacks)
    for (int place = 0; place < 6; ++place) {
      SCOPED_TRACE(attack + " at " + std::to_string(place));
      auto what = place < 3 ? url_event() : event_of("e1");
      what.fields = {{"traceparent", "00"}};
      std::string* const places[]
        = {&what.content_type,    &what.self,
           &what.topic,           &what.topic,
           &what.fields[0].first, &what.fields[0].second};
      *places[place] += attack;
      auto request
        = whole_request("http://sub.example/", subscription_of('a'), what);
      ASSERT_TRUE(request);
      EXPECT_EQ(request->body, what.body);
      EXPECT_TRUE(request->values("Evil").empty());
      EXPECT_EQ(request->values("Link").size(), 1u);
      EXPECT_THAT(request->values("Link").at(0),
                  testing::Not(testing::HasSubstr("<http://evil/")));
    }
}

} // namespace herald::test
