#include "actors/registry/packed_subscription.hpp"
#include "storage/codec.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace herald {
namespace {

using namespace std::chrono_literals;

subscription plain_subscription() {
  subscription result;
  result.id.bytes.fill(7);
  result.topic_key = "https://a.example/t";
  result.topic = result.topic_key;
  result.callback = "https://b.example/hook?x=1";
  result.created_at = 1'700'000'000'000;
  return result;
}

// Every member has another value than that of a fresh subscription, so that one
// that is forgotten shows.
subscription full_subscription() {
  auto result = plain_subscription();
  result.topic = "HTTPS://A.example:443/t";
  result.active = true;
  result.paused = true;
  result.secret = "a secret";
  result.method = signature_method::sha512;
  result.lease_seconds = 864'000;
  result.expires_at = 1'700'864'000'000;
  result.from = entrance::intergov;
  result.starts = {3, 0, 5'000'000'000};
  result.policy = {.retry_schedule = {1s, 5min},
                   .retry_max_age = 72h,
                   .timeout = 9s,
                   .in_flight = 4,
                   .rate = 2.5,
                   .ordered = true,
                   .signature = signature_method::sha384,
                   .headers = {{"Authorization", "Bearer x"}}};
  result.revision = 42;
  result.later = {{7, "x"}, {65535, ""}};
  return result;
}

// A record holds all of a subscription: two are the same if theirs are.
std::string record_of(const subscription& row) {
  return codec::encode(row);
}

TEST(packed_subscription, gives_back_what_it_was_made_of) {
  for (auto& sent : {plain_subscription(), full_subscription()}) {
    auto packed = packed_subscription::make(sent);
    auto got = packed->unpack();
    EXPECT_EQ(record_of(got), record_of(sent));
    EXPECT_EQ(got.revision, sent.revision);
  }
}

TEST(packed_subscription, answers_from_the_block_as_if_unpacked) {
  auto sent = full_subscription();
  auto packed = packed_subscription::make(sent);
  EXPECT_EQ(packed->id(), sent.id);
  EXPECT_TRUE(packed->active());
  EXPECT_EQ(packed->expires_at(), sent.expires_at);
  EXPECT_EQ(packed->topic_key(), sent.topic_key);
  EXPECT_EQ(packed->callback(), sent.callback);
  EXPECT_EQ(packed->start(2), sent.starts[2]);
  // A log that the subscription knows nothing of: from its beginning.
  EXPECT_EQ(packed->start(3), 0u);
}

TEST(packed_subscription, leaves_out_the_pending_intent) {
  auto sent = full_subscription();
  sent.pending = intent{};
  EXPECT_FALSE(packed_subscription::make(sent)->unpack().pending);
}

TEST(packed_subscription, keeps_members_that_are_not_known) {
  auto sent = plain_subscription();
  sent.later = {{9, std::string{"\0z", 2}}};
  EXPECT_EQ(packed_subscription::make(sent)->unpack().later, sent.later);
  auto packed = packed_subscription::make(full_subscription());
  ASSERT_TRUE(packed->assign(sent));
  EXPECT_EQ(packed->unpack().later, sent.later);
}

TEST(packed_subscription, becomes_another_state_that_fits) {
  auto packed = packed_subscription::make(full_subscription());
  auto changed = full_subscription();
  changed.secret = "another";
  changed.policy = {};
  changed.starts = {9};
  ASSERT_TRUE(packed->assign(changed));
  EXPECT_EQ(record_of(packed->unpack()), record_of(changed));
}

TEST(packed_subscription, has_room_for_the_start_that_verification_brings) {
  auto changed = plain_subscription();
  auto packed = packed_subscription::make(changed);
  changed.active = true;
  changed.starts = {17};
  ASSERT_TRUE(packed->assign(changed));
  EXPECT_EQ(record_of(packed->unpack()), record_of(changed));
}

TEST(packed_subscription, stays_as_it_is_where_a_change_does_not_fit) {
  auto packed = packed_subscription::make(plain_subscription());
  EXPECT_FALSE(packed->assign(full_subscription()));
  EXPECT_EQ(record_of(packed->unpack()), record_of(plain_subscription()));
}

TEST(packed_subscription, keeps_the_longest_lease_that_it_can) {
  auto sent = plain_subscription();
  sent.lease_seconds = int64_t{1} << 40;
  EXPECT_EQ(packed_subscription::make(sent)->unpack().lease_seconds,
            0xffff'ffff);
}

} // namespace
} // namespace herald
