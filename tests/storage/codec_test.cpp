#include "storage/codec.hpp"

#include <gtest/gtest.h>

#include <random>

namespace herald {

namespace {

event_meta some_event() {
  event_meta result;
  result.id = "01HX";
  result.topic = std::string{"a\0b", 3};
  result.content_type = "text/plain";
  result.fields = {{"traceparent", "00-ab"}, {"", ""}};
  result.self = "http://example.com/";
  result.accepted_at = -1;
  return result;
}

delivery_policy some_policy() {
  delivery_policy result;
  result.retry_schedule = {std::chrono::milliseconds{5}, std::chrono::hours{8}};
  result.retry_max_age = std::chrono::hours{1};
  result.timeout = std::chrono::seconds{2};
  result.in_flight = 3;
  result.rate = 0.25;
  result.ordered = true;
  result.signature = signature_method::sha1;
  result.headers = {{"X-Tenant", "a"}, {"Authorization", "b"}};
  return result;
}

subscription some_subscription() {
  subscription result;
  result.id.bytes[3] = 9;
  result.topic = "A.*";
  result.topic_key = "a";
  result.callback = "http://example.com/";
  result.active = true;
  result.secret = std::string(199, '\xff');
  result.method = signature_method::sha384;
  result.starts = {1, ~sequence{0}};
  result.policy = some_policy();
  result.pending = intent{};
  result.pending->topic = "a.*";
  result.revision = 77;
  return result;
}

/// Of a program that knows more members than this one.
subscription some_later_subscription() {
  auto result = some_subscription();
  result.pending->verify_token = "t";
  result.later = {{7, std::string{"\0x", 2}}, {65535, ""}};
  return result;
}

std::vector<std::string> records() {
  return {codec::encode(some_event(), 5),
          codec::encode(some_subscription()),
          codec::encode(some_later_subscription()),
          codec::encode(some_later_subscription().later),
          codec::encode(codec::revision_row{{}, true}),
          codec::encode(job{{}, 3, -9}),
          codec::encode(attempt_record{{}, 1, 2, 3, 200, failure::tls, "x"}),
          codec::encode(dead_letter{{}, 8, 9, 1, failure::status, 410}),
          codec::encode(some_policy()),
          codec::encode(lag{{}, 0, 1, 2, 3}),
          codec::encode(condition{{}, 1, 2, 3, 4, 5}),
          codec::encode(ping{{}, 1, 2, 3}),
          codec::encode(ping{{}, 1, 2, 3, 4, true}),
          codec::encode(codec::event_place{5, std::string(32, 'd')}),
          codec::encode(topic_content{{}, 1, "e", "l", "d", "s"}),
          codec::encode(store_shape{2, 3}),
          codec::encode_number(12)};
}

// What each decoder says to the same bytes: none for a value, or the code.
std::vector<std::optional<errc>> decode_all(std::string_view record) {
  std::vector<std::optional<errc>> result;
  auto note = [&](const auto& decoded) {
    result.push_back(decoded ? std::optional<errc>{}
                             : code_of(decoded.error()));
  };
  note(codec::decode_event(record));
  note(codec::decode_subscription(record));
  note(codec::decode_members(record));
  note(codec::decode_policy(record));
  note(codec::decode_lag(record));
  note(codec::decode_condition(record));
  note(codec::decode_place(record));
  note(codec::decode_revision(record));
  note(codec::decode_job(record));
  note(codec::decode_attempt(record));
  note(codec::decode_dead(record));
  note(codec::decode_ping(record));
  note(codec::decode_content(record));
  note(codec::decode_shape(record));
  note(codec::decode_number(record));
  note(codec::decode_body(record));
  return result;
}

void expect_total(std::string_view record) {
  for (auto answer : decode_all(record))
    EXPECT_TRUE(!answer || *answer == errc::corrupt
                || *answer == errc::incompatible);
}

} // namespace

TEST(codec, events_read_back) {
  auto sent = some_event();
  auto got = codec::decode_event(codec::encode(sent, 4'000'000'000));
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->topic, sent.topic);
  EXPECT_EQ(got->content_type, sent.content_type);
  EXPECT_EQ(got->fields, sent.fields);
  EXPECT_EQ(got->self, sent.self);
  EXPECT_EQ(got->accepted_at, -1);
  EXPECT_EQ(got->body_size, 4'000'000'000u);
}

TEST(codec, subscriptions_read_back) {
  auto sent = some_subscription();
  auto got = codec::decode_subscription(codec::encode(sent));
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(codec::encode(*got), codec::encode(sent));
  EXPECT_EQ(got->starts, sent.starts);
  EXPECT_EQ(got->policy, sent.policy);
  EXPECT_EQ(got->pending, sent.pending);
  EXPECT_EQ(got->secret, sent.secret);
  EXPECT_EQ(got->method, signature_method::sha384);
  sent.pending.reset();
  EXPECT_FALSE(codec::decode_subscription(codec::encode(sent))->pending);
}

TEST(codec, subscriptions_keep_members_that_are_not_known) {
  auto sent = some_later_subscription();
  auto got = codec::decode_subscription(codec::encode(sent));
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->pending, sent.pending);
  EXPECT_EQ(got->pending->verify_token, "t");
  EXPECT_EQ(got->later, sent.later);
  EXPECT_EQ(codec::encode(*got), codec::encode(sent));
  EXPECT_EQ(*codec::decode_members(codec::encode(sent.later)), sent.later);
}

// What ended with the intent: no members by tag.
TEST(codec, subscriptions_of_the_first_version_are_read) {
  for (auto with_intent : {true, false}) {
    auto sent = some_subscription();
    if (!with_intent)
      sent.pending.reset();
    auto record = codec::encode(sent);
    ASSERT_EQ(record.front(), '\x02');
    record.resize(record.size() - 4);
    record.front() = '\x01';
    auto got = codec::decode_subscription(record);
    ASSERT_TRUE(got) << describe(got.error());
    EXPECT_EQ(codec::encode(*got), codec::encode(sent));
    EXPECT_EQ(got->pending, sent.pending);
    EXPECT_TRUE(got->later.empty());
    EXPECT_FALSE(codec::decode_subscription(record + std::string(4, '\0')));
  }
}

TEST(codec, pings_of_publishers_are_as_short_as_ever) {
  EXPECT_EQ(codec::encode(ping{{}, 1, 2, 3}).size(), 21u);
  for (auto& owed :
       {ping{{}, 1, 2, 3, 4, true}, ping{{}, 1, 2, 3, 0, true},
        ping{{}, -1, 2, -3, ~uint32_t{0}, false}, ping{{}, 1, 2, 3}})
    EXPECT_EQ(*codec::decode_ping(codec::encode(owed)), owed);
  auto cut = codec::encode(ping{{}, 1, 2, 3, 4, true});
  cut.pop_back();
  EXPECT_EQ(code_of(codec::decode_ping(cut).error()), errc::corrupt);
}

TEST(codec, places_of_events_may_have_a_digest) {
  for (auto& digest : {std::string{}, std::string(32, '\0')}) {
    auto got
      = codec::decode_place(codec::encode(codec::event_place{5, digest}));
    ASSERT_TRUE(got) << describe(got.error());
    EXPECT_EQ(got->seq, 5u);
    EXPECT_EQ(got->digest, digest);
  }
}

TEST(codec, small_records_read_back) {
  EXPECT_EQ(*codec::decode_job(codec::encode(job{{}, 3, -9})),
            (job{{}, 3, -9}));
  attempt_record attempt{{}, 0, 0, 3, 200, failure::tls, "x"};
  EXPECT_EQ(*codec::decode_attempt(codec::encode(attempt)), attempt);
  dead_letter dead{{}, 8, 9, -1, failure::status, 410};
  EXPECT_EQ(*codec::decode_dead(codec::encode(dead)), dead);
  lag behind{{}, 0, 1, ~sequence{0}, 3};
  EXPECT_EQ(*codec::decode_lag(codec::encode(behind)), behind);
  condition failing{{}, 1, -2, 3, 4, 5};
  EXPECT_EQ(*codec::decode_condition(codec::encode(failing)), failing);
  EXPECT_EQ(*codec::decode_policy(codec::encode(delivery_policy{})),
            delivery_policy{});
  ping owed{{}, -5, 6, 7};
  EXPECT_EQ(*codec::decode_ping(codec::encode(owed)), owed);
  topic_content content{{},    8, "\"etag\"", "date", std::string("\0d", 2),
                        "self"};
  EXPECT_EQ(*codec::decode_content(codec::encode(content)), content);
  EXPECT_EQ(*codec::decode_number(codec::encode_number(~uint64_t{0})),
            ~uint64_t{0});
  EXPECT_EQ(codec::decode_shape(codec::encode(store_shape{2, 3}))->partitions,
            3u);
  EXPECT_TRUE(
    codec::decode_revision(codec::encode(codec::revision_row{{}, true}))
      ->dropped);
  EXPECT_EQ(*codec::decode_body(std::string{codec::body_prefix()} + "text"),
            "text");
}

// What its page said of its own URL was not kept: the page is read once more.
TEST(codec, an_older_topics_validators_do_not_count) {
  auto record = codec::encode(topic_content{{}, 8, "e", "l", "d", ""});
  auto older = record.substr(0, record.size() - 4);
  EXPECT_EQ(*codec::decode_content(older),
            (topic_content{{}, 8, "", "", "d", ""}));
}

TEST(codec, every_record_begins_with_the_version) {
  size_t of_subscriptions = 0;
  for (const auto& record : records()) {
    auto is_one = codec::decode_subscription(record).engaged();
    of_subscriptions += is_one ? 1 : 0;
    EXPECT_EQ(record.front(), is_one ? '\x02' : '\x01');
  }
  EXPECT_EQ(of_subscriptions, 2u);
  EXPECT_EQ(codec::body_prefix(), "\x01");
}

TEST(codec, an_unknown_version_is_incompatible_and_says_which) {
  for (auto record : records()) {
    record.front() = '\x07';
    for (auto answer : decode_all(record))
      EXPECT_EQ(answer, errc::incompatible);
  }
  auto text = describe(codec::decode_number("\x07").error());
  EXPECT_NE(text.find("version 7"), std::string::npos) << text;
  text = describe(codec::decode_subscription("\x07").error());
  EXPECT_NE(text.find("reads version 1 to 2"), std::string::npos) << text;
  EXPECT_EQ(code_of(codec::decode_number("\x02").error()), errc::incompatible);
}

TEST(codec, nothing_and_version_zero_are_corrupt) {
  for (auto answer : decode_all(""))
    EXPECT_EQ(answer, errc::corrupt);
  for (auto answer : decode_all(std::string(30, '\0')))
    EXPECT_EQ(answer, errc::corrupt);
}

TEST(codec, cut_or_longer_records_are_corrupt) {
  auto whole = codec::encode(some_later_subscription());
  for (size_t size = 1; size < whole.size(); ++size)
    EXPECT_EQ(
      code_of(codec::decode_subscription(whole.substr(0, size)).error()),
      errc::corrupt)
      << size;
  EXPECT_FALSE(codec::decode_subscription(whole + "x"));
  EXPECT_FALSE(codec::decode_number(codec::encode_number(1) + "x"));
}

TEST(codec, values_out_of_their_range_are_corrupt) {
  auto record = codec::encode(attempt_record{});
  record[7] = '\x63';
  EXPECT_EQ(code_of(codec::decode_attempt(record).error()), errc::corrupt);
}

TEST(codec, a_huge_count_asks_for_no_memory) {
  auto record = codec::encode(event_meta{}, 0);
  for (size_t i = record.size() - 4; i < record.size(); ++i)
    record[i] = '\xff';
  EXPECT_EQ(code_of(codec::decode_event(record).error()), errc::corrupt);
  record = codec::encode(some_subscription());
  for (size_t i = record.size() - 4; i < record.size(); ++i)
    record[i] = '\xff';
  EXPECT_EQ(code_of(codec::decode_subscription(record).error()), errc::corrupt);
}

TEST(codec, decoding_is_total_over_damaged_records) {
  std::mt19937 random{7};
  for (const auto& whole : records())
    for (int i = 0; i < 2000; ++i) {
      auto record = whole;
      for (auto hits = random() % 3 + 1; hits > 0; --hits)
        record[random() % record.size()] = static_cast<char>(random());
      record.resize(random() % 4 == 0 ? random() % record.size()
                                      : record.size());
      expect_total(record);
    }
}

TEST(codec, decoding_is_total_over_random_bytes) {
  std::mt19937 random{8};
  for (int i = 0; i < 20'000; ++i) {
    std::string record(random() % 200, '\0');
    for (auto& byte : record)
      byte = static_cast<char>(random());
    if (!record.empty() && i % 2 == 0)
      record.front() = i % 4 == 0 ? '\x01' : '\x02';
    expect_total(record);
  }
}

} // namespace herald
