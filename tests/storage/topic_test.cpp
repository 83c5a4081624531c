#include "config/errc.hpp"
#include "storage/topic.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace herald {

namespace {

std::string subscribed(std::string_view text, bool allow_url = true) {
  auto result = parse_subscribed_topic(text, allow_url);
  return result ? result->key : "! " + describe(result.error());
}

std::string published(std::string_view text, bool allow_url = true) {
  auto result = parse_published_topic(text, allow_url);
  return result ? result->key : "! " + describe(result.error());
}

bool refused(const std::string& answer) {
  return answer.starts_with("! ");
}

bool match(std::string_view subscription, std::string_view event) {
  return topic_matches(subscribed(subscription), published(event));
}

const std::string too_many
  = "! Predicate may contain only one wildcard and only as the last element";
const std::string not_last
  = "! Only last element of a predicate can be a wildcard";
const std::string too_short
  = "! Predicates shorter than 4 elements must include wildcard as the last "
    "element";
const std::string empty_part = "! Predicate must not contain empty elements";
const std::string nothing = "! Predicate must not be empty";

} // namespace

// The table in docs/http-api.md, "Topics", row by row.
TEST(topic, a_predicate_matches_as_a_prefix_of_parts) {
  EXPECT_TRUE(
    match("UN.CEFACT.TRADE.CO.CREATED", "un.cefact.Trade.co.created"));
  EXPECT_TRUE(match("UN.CEFACT.*", "UN.CEFACT.TRADE.CO.CREATED"));
  EXPECT_TRUE(match("UN.CEFACT.*", "UN.CEFACT"));
  EXPECT_FALSE(match("UN.CEFACT.*", "UN.CEFACTS.TRADE.X"));
  EXPECT_TRUE(match("aaa.bbb", "aaa.bbb.ccc"));
  EXPECT_FALSE(match("aaa.bbb.ccc", "aaa.bbb"));
  EXPECT_FALSE(match("aaa.b", "aaa.bb"));
  EXPECT_TRUE(match("message.1e6c", "message.1e6c.status"));
}

TEST(topic, what_is_no_url_does_not_hide_behind_an_empty_part) {
  for (auto text : {".https:C+=", ".http:x", "..HTTP:.a"}) {
    EXPECT_FALSE(parse_published_topic(text)) << text;
    EXPECT_FALSE(parse_subscribed_topic(text)) << text;
  }
}

TEST(topic, a_star_matches_all_predicates_and_no_url) {
  EXPECT_EQ(subscribed("*"), "*");
  EXPECT_TRUE(match("*", "anything.at.all"));
  EXPECT_FALSE(match("*", "http://example.com/"));
}

TEST(topic, a_url_matches_byte_for_byte) {
  EXPECT_TRUE(match("http://example.com/a", "http://example.com/a"));
  EXPECT_FALSE(match("http://example.com/a", "http://example.com/A"));
  EXPECT_FALSE(match("http://example.com/a", "http://example.com/a.b"));
  EXPECT_FALSE(match("http://example.com/a", "http://example.com/a/"));
}

TEST(topic, subscribed_predicates_break_rules_in_the_order_of_intergov) {
  EXPECT_EQ(subscribed(""), nothing);
  EXPECT_EQ(subscribed("a..b"), empty_part);
  EXPECT_EQ(subscribed(".a"), empty_part);
  EXPECT_EQ(subscribed("."), empty_part);
  EXPECT_EQ(subscribed("a.."), empty_part);
  EXPECT_EQ(subscribed("*..*"), empty_part);
  EXPECT_EQ(subscribed("CEFACT.*.*"), too_many);
  EXPECT_EQ(subscribed("*.a.*"), too_many);
  EXPECT_EQ(subscribed("UN.*.*"), too_many);
  EXPECT_EQ(subscribed("CEFACT.TRADE.*.CO"), not_last);
  EXPECT_EQ(subscribed("a.b*"), not_last);
  EXPECT_EQ(subscribed("a*.b"), not_last);
  EXPECT_EQ(subscribed("UN.CEFACT"), too_short);
  EXPECT_EQ(subscribed("UN.CEFACT.TRADE"), too_short);
  EXPECT_EQ(subscribed("UN.CEFACT."), too_short);
}

TEST(topic, subscribed_predicates_that_are_fine) {
  EXPECT_EQ(subscribed("UN.CEFACT.TRADE.CO"), "un.cefact.trade.co");
  EXPECT_EQ(subscribed("UN.*"), "un");
  EXPECT_EQ(subscribed("UN"), "un");
  EXPECT_EQ(subscribed("CEFACT.*"), "cefact");
  EXPECT_EQ(subscribed("a.b."), "a.b");
  EXPECT_EQ(subscribed("M\xc3\x9c.x"), "m\xc3\x9c.x");
}

TEST(topic, the_text_of_a_subscription_is_as_given) {
  EXPECT_EQ(parse_subscribed_topic("UN.Cefact.*")->text, "UN.Cefact.*");
  EXPECT_FALSE(parse_subscribed_topic("UN.Cefact.*")->is_url);
  EXPECT_TRUE(parse_subscribed_topic("https://a/")->is_url);
}

TEST(topic, the_intergov_entrance_takes_no_slash) {
  EXPECT_TRUE(refused(subscribed("a/b", false)));
  EXPECT_TRUE(refused(subscribed("http://example.com/", false)));
  EXPECT_EQ(subscribed("a.b", false), "a.b");
  EXPECT_TRUE(refused(published("http://example.com/", false)));
}

TEST(topic, urls_are_absolute_http_without_fragment) {
  EXPECT_EQ(subscribed("http://Example.com/a?b=c%20d"),
            "http://Example.com/a?b=c%20d");
  EXPECT_EQ(subscribed("https://[::1]:8080"), "https://[::1]:8080");
  for (auto text :
       {"http://example.com/#x", "ftp://example.com/", "/a/b", "a/b", "http://",
        "http:///path", "http:foo", "https:", "//example.com/", "http://[",
        "http://exa mple.com/", "http://example.com/%zz"})
    EXPECT_TRUE(refused(subscribed(text))) << text;
}

TEST(topic, control_characters_spaces_and_broken_utf8_are_refused) {
  using namespace std::string_view_literals;
  for (auto text : {"a\nb"sv, "a\0b"sv, "a\x7f"sv, "a b"sv, "\xff"sv, "a\xc3"sv,
                    "\xed\xa0\x80"sv, "\xc0\x80"sv, "\xf4\x90\x80\x80"sv,
                    "http://x/\r\ny"sv}) {
    EXPECT_TRUE(refused(subscribed(text))) << text;
    EXPECT_TRUE(refused(published(text))) << text;
  }
  EXPECT_EQ(published("\xe2\x82\xac.\xf0\x9f\x98\x80"),
            "\xe2\x82\xac.\xf0\x9f\x98\x80");
}

TEST(topic, the_length_is_bounded) {
  EXPECT_FALSE(refused(subscribed(std::string(max_topic_bytes, 'a'))));
  EXPECT_TRUE(refused(subscribed(std::string(max_topic_bytes + 1, 'a'))));
  EXPECT_TRUE(refused(published(std::string(max_topic_bytes + 1, 'a'))));
}

TEST(topic, published_predicates_lose_their_empty_parts) {
  EXPECT_EQ(published("A..B."), "a.b");
  EXPECT_EQ(parse_published_topic(".A..B.")->text, "A.B");
  EXPECT_EQ(published("a.b.*"), "a.b");
  EXPECT_EQ(published("a.b.*."), "a.b");
  EXPECT_EQ(parse_published_topic("a.b.*")->text, "a.b");
}

TEST(topic, published_topics_that_are_refused) {
  EXPECT_EQ(published(""), nothing);
  EXPECT_EQ(published("."), nothing);
  EXPECT_EQ(published("..."), nothing);
  EXPECT_TRUE(refused(published("*")));
  EXPECT_TRUE(refused(published(".*.")));
  EXPECT_EQ(published("a.b*"), not_last);
  EXPECT_EQ(published("a*b"), not_last);
  EXPECT_EQ(published("a.*.b"), not_last);
}

TEST(topic, a_short_predicate_may_be_published) {
  EXPECT_EQ(published("UN.CEFACT"), "un.cefact");
}

TEST(topic, every_refusal_is_invalid) {
  EXPECT_EQ(code_of(parse_subscribed_topic("").error()), errc::invalid);
  EXPECT_EQ(code_of(parse_published_topic("*").error()), errc::invalid);
}

TEST(topic, parts_of_a_key) {
  using parts = std::vector<std::string_view>;
  EXPECT_EQ(predicate_parts("un.cefact"), (parts{"un", "cefact"}));
  EXPECT_EQ(predicate_parts("un"), (parts{"un"}));
  EXPECT_EQ(predicate_parts("*"), parts{});
}

TEST(topic, layers_of_a_key_are_the_subscriptions_that_match_it) {
  using layers = std::vector<std::string>;
  EXPECT_EQ(topic_layers("a.b.c"), (layers{"a.b.c", "a.b", "a", "*"}));
  EXPECT_EQ(topic_layers("a"), (layers{"a", "*"}));
  EXPECT_EQ(topic_layers("http://h/a.b"), layers{"http://h/a.b"});
  EXPECT_EQ(topic_layers(ping_topic), layers{});
  EXPECT_EQ(topic_layers("herald.dead"), (layers{"herald.dead", "herald"}));
  EXPECT_EQ(topic_layers("herald.x"), (layers{"herald.x", "herald", "*"}));
  for (auto& layer : topic_layers("un.cefact.trade"))
    EXPECT_TRUE(topic_matches(layer, "un.cefact.trade")) << layer;
}

TEST(topic, of_the_node_itself_is_not_for_publishers) {
  for (auto own : {"herald.dead", "Herald.Subscription", "herald..ping",
                   "herald.subscription.failing", "herald.dead.*"})
    EXPECT_FALSE(parse_published_topic(own)) << own;
  for (auto free : {"herald", "herald.pingback", "herald.deadline",
                    "herald.subscriptions", "herald.dead.end"}) {
    auto parsed = parse_published_topic(free);
    ASSERT_TRUE(parsed) << free;
    EXPECT_TRUE(topic_matches("*", parsed->key)) << free;
  }
  for (auto own : {"herald", "herald.dead", "herald.subscription.failing"})
    EXPECT_TRUE(wants_own_topics(own)) << own;
  EXPECT_FALSE(wants_own_topics("herald.x"));
  EXPECT_FALSE(wants_own_topics("*"));
}

TEST(topic, key_of_what_was_published_is_that_of_its_topic) {
  for (auto text : {"UN.Cefact", "a", "http://h/A.b", "herald.x"})
    EXPECT_EQ(published_key(text), parse_published_topic(text)->key) << text;
}

// Stored data depends on these numbers.
TEST(topic, the_log_of_a_topic_is_stable) {
  EXPECT_EQ(topic_log("un.cefact", 1), 0u);
  EXPECT_EQ(topic_log("un.cefact", 1000), 749u);
  EXPECT_EQ(topic_log("http://example.com/feed", 1000), 962u);
}

TEST(topic, logs_are_used_evenly) {
  std::map<unsigned, int> uses;
  for (int i = 0; i < 8000; ++i)
    ++uses[topic_log("topic." + std::to_string(i), 8)];
  ASSERT_EQ(uses.size(), 8u);
  for (auto [log, count] : uses)
    EXPECT_NEAR(count, 1000, 200) << log;
}

} // namespace herald
