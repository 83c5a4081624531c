#include "actors/delivery/wire.hpp"
#include "http/cli/demo/demo_stage.hpp"
#include "http/cli/publish.hpp"
#include "http/cli/receive.hpp"
#include "http/cli/receive_report.hpp"
#include "http/cli/subscribe.hpp"

#include <gtest/gtest.h>

using namespace herald;

namespace {

constexpr unix_ms now = 1'769'860'800'000; // 2026-01-31T12:00:00Z

http_request delivery(const std::string& secret, int64_t age_s = 0) {
  http_request result;
  result.method = "POST";
  result.target = "/hook?x=1";
  result.body = "body";
  auto stamp = now / 1000 - age_s;
  result.fields
    = {{"link", "<http://t/1>; rel=\"self\", <http://h/hub>; rel=\"hub\""},
       {"webhook-id", "id1"},
       {"herald-attempt", "2"},
       {"x-hub-signature",
        hub_signature(signature_method::sha256, secret, "body")},
       {"webhook-timestamp", std::to_string(stamp)},
       {"webhook-signature",
        "v1,AAAA " + standard_signature(secret, "id1", stamp, "body")}};
  return result;
}

http_request get(std::string target) {
  http_request result;
  result.method = "GET";
  result.target = std::move(target);
  return result;
}

received seen(const http_request& request, const std::string& secret = "s") {
  return take_apart(request, secret, now);
}

} // namespace

TEST(receive, reads_a_delivery) {
  auto what = seen(delivery("s"));
  EXPECT_EQ(what.kind, received_kind::delivery);
  EXPECT_EQ(what.path, "/hook");
  EXPECT_EQ(what.topic, "http://t/1");
  EXPECT_EQ(line_of(what, paint{false}),
            "12:00:00.000  delivery  /hook  topic http://t/1  id id1  attempt "
            "2  4 bytes  signature ok  answered 200\n");
}

TEST(receive, knows_good_and_bad_signatures) {
  EXPECT_EQ(seen(delivery("s")).signature, signature_verdict::ok);
  EXPECT_EQ(seen(delivery("other")).signature, signature_verdict::bad);
  EXPECT_EQ(seen(delivery("s", 301)).signature, signature_verdict::bad);
  EXPECT_EQ(seen(delivery("s"), "").signature, signature_verdict::unchecked);
  auto changed = delivery("s");
  changed.body += "!";
  EXPECT_EQ(seen(changed).signature, signature_verdict::bad);
  changed.fields.clear();
  EXPECT_EQ(seen(changed).signature, signature_verdict::none);
}

TEST(receive, needs_both_signatures_to_be_right) {
  auto what = delivery("s");
  what.fields[5].second = "v1,AAAA";
  EXPECT_EQ(seen(what).signature, signature_verdict::bad);
  what = delivery("s");
  what.fields[3].second = "md5=00";
  EXPECT_EQ(seen(what).signature, signature_verdict::bad);
}

TEST(receive, reads_challenges_and_denials) {
  auto asked = seen(get("/c?hub.mode=subscribe&hub.topic=a%2Fb&hub.challenge=k"
                        "&hub.lease_seconds=60"));
  EXPECT_EQ(asked.kind, received_kind::verification);
  EXPECT_EQ(asked.challenge, "k");
  EXPECT_EQ(asked.topic, "a/b");
  auto denied = seen(get("/c?hub.mode=denied&hub.topic=t&hub.reason=no"));
  EXPECT_EQ(denied.kind, received_kind::denial);
  EXPECT_EQ(seen(get("/")).kind, received_kind::other);
}

TEST(receive, finds_self_among_links) {
  EXPECT_EQ(self_link("<h>; rel=hub, <t>; rel=self"), "t");
  EXPECT_EQ(self_link("<h>; rel=\"hub\""), "");
  EXPECT_EQ(self_link("<h"), "");
}

TEST(receive, counts_duplicates_but_not_retries) {
  receive_counts counts;
  auto what = seen(delivery("s"));
  what.status = 503;
  counts.add(what, true);
  what.status = 200;
  counts.add(what, true);
  EXPECT_FALSE(what.duplicate);
  counts.add(what, true);
  EXPECT_TRUE(what.duplicate);
  auto forged = seen(delivery("other"));
  counts.add(forged, true);
  EXPECT_EQ(counts.summary(), "4 deliveries, 1 distinct, 1 duplicates, 1 bad "
                              "signatures, 1 answered with an error\n");
}

TEST(receive, reads_its_own_json) {
  auto what = seen(delivery("s"));
  auto read = parse_sighting("A", json_of(what));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kind, "delivery");
  EXPECT_EQ(read->id, "id1");
  EXPECT_EQ(read->attempt, 2U);
  EXPECT_EQ(read->signature, "ok");
  EXPECT_FALSE(parse_sighting("A", "herald receiving"));
}

TEST(answer_rule, is_used_up) {
  auto rule = parse_answer_rule("503:2");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->next(), 503U);
  EXPECT_EQ(rule->next(), 503U);
  EXPECT_EQ(rule->next(), 200U);
  for (auto* text : {"", "x", "199", "600", "503:", "503:0", "503:x"})
    EXPECT_FALSE(parse_answer_rule(text)) << text;
}

TEST(subscribe, encodes_the_form) {
  subscribe_wish wish;
  wish.topic = "http://t/?a=1&b=é";
  wish.callback = "http://c/";
  wish.lease = std::chrono::seconds{60};
  EXPECT_EQ(hub_request(wish).body,
            "hub.mode=subscribe&hub.topic=http%3A%2F%2Ft%2F%3Fa%3D1%26b%3D%C3%"
            "A9&hub.callback=http%3A%2F%2Fc%2F&hub.lease_seconds=60");
}

TEST(subscribe, reads_lines_of_a_file) {
  subscribe_wish otherwise;
  otherwise.secret = "default";
  auto wish = parse_wish(" t  http://c\tsecret", otherwise);
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->topic, "t");
  EXPECT_EQ(wish->callback, "http://c");
  EXPECT_EQ(wish->secret, "secret");
  EXPECT_EQ(parse_wish("t c", otherwise)->secret, "default");
  EXPECT_FALSE(parse_wish("t", otherwise));
  EXPECT_FALSE(parse_wish("t c s more", otherwise));
}

TEST(subscribe, finds_the_state_of_a_callback) {
  auto listing = R"({"items":[{"callback":"x","state":"pending"},)"
                 R"({"callback":"y","state":"active"}]})";
  EXPECT_EQ(listed_state(listing, "y"), "active");
  EXPECT_EQ(listed_state(listing, "z"), "");
  EXPECT_EQ(listed_state("nonsense", "z"), "");
}

TEST(publish, guesses_types) {
  EXPECT_EQ(guessed_type(" {\"a\":1}"), "application/json");
  EXPECT_EQ(guessed_type("{a"), "text/plain; charset=utf-8");
  EXPECT_EQ(guessed_type("\xff"), "application/octet-stream");
}

TEST(node_answers, are_explained) {
  http_response answer;
  answer.status = 503;
  answer.fields = {{"retry-after", "3"}};
  answer.body = R"({"title":"Busy","detail":"Try later."})";
  EXPECT_EQ(explain(answer), "503: Try later.");
  EXPECT_EQ(retry_after(answer, {}), std::chrono::seconds{3});
  answer.fields = {{"retry-after", "99999"}};
  EXPECT_EQ(retry_after(answer, {}), std::chrono::seconds{60});
  answer.fields.clear();
  EXPECT_EQ(retry_after(answer, std::chrono::milliseconds{7}),
            std::chrono::milliseconds{7});
}
