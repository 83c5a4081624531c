#include "storage/bytes.hpp"
#include "storage/keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <tuple>

namespace herald {

namespace {

// Numbers near the places where encodings go wrong, and any others.
class random_values {
public:
  template <class T>
  T number() {
    using limits = std::numeric_limits<T>;
    static constexpr T corners[]
      = {T{0},          T{1},          T{255},
         limits::max(), limits::min(), static_cast<T>(limits::max() / 2)};
    auto roll = engine_() % 10;
    return roll < 6 ? corners[roll] : static_cast<T>(engine_());
  }

  subscription_id id() {
    subscription_id result;
    for (auto& byte : result.bytes)
      byte = number<uint8_t>();
    return result;
  }

  job_key job() { return {id(), number<log_id>(), number<sequence>()}; }

private:
  std::mt19937_64 engine_{20240607};
};

// Encodes many values, and holds the order of keys to the order of `sorted_as`.
template <class Make, class Encode, class Order>
void expect_ordered(Make make, Encode encode, Order sorted_as) {
  random_values from;
  for (int i = 0; i < 20'000; ++i) {
    auto x = make(from);
    auto y = make(from);
    ASSERT_EQ(encode(x) < encode(y), sorted_as(x) < sorted_as(y)) << i;
  }
}

constexpr auto itself = [](const auto& x) { return x; };

} // namespace

TEST(keys, events_are_ordered_by_log_and_sequence) {
  expect_ordered(
    [](random_values& from) {
      return std::pair{from.number<log_id>(), from.number<sequence>()};
    },
    [](const auto& x) { return keys::event(x.first, x.second); }, itself);
}

TEST(keys, jobs_are_ordered_as_their_keys) {
  expect_ordered([](random_values& from) { return from.job(); }, keys::job,
                 itself);
}

TEST(keys, due_rows_are_ordered_by_time_then_key) {
  expect_ordered(
    [](random_values& from) {
      return due_position{from.number<unix_ms>(), from.job()};
    },
    [](const auto& x) { return keys::due(3, x); }, itself);
}

TEST(keys, attempts_are_ordered_newest_first) {
  expect_ordered(
    [](random_values& from) {
      attempt_record result;
      result.key = {subscription_id{}, 0, from.number<sequence>()};
      result.at = from.number<unix_ms>();
      result.attempt = from.number<uint32_t>();
      return result;
    },
    keys::attempt,
    [](const auto& x) {
      return std::tuple{~x.at, ~x.key.seq, ~x.attempt};
    });
}

TEST(keys, history_is_ordered_by_time) {
  expect_ordered(
    [](random_values& from) { return from.number<unix_ms>(); },
    [](unix_ms at) { return keys::history(at, keys::history_kind::dead, ""); },
    itself);
}

TEST(keys, topics_are_ordered_by_text_then_id) {
  subscription_id low;
  subscription_id high;
  high.bytes[0] = 255;
  EXPECT_LT(keys::topic("a", high), keys::topic("a.b", low));
  EXPECT_LT(keys::topic("a", low), keys::topic("a", high));
}

TEST(keys, every_key_reads_back) {
  random_values from;
  for (int i = 0; i < 1000; ++i) {
    auto job = from.job();
    EXPECT_EQ(keys::parse_job(keys::job(job)), job);
    due_position due{from.number<unix_ms>(), job};
    EXPECT_EQ(keys::parse_due(keys::due(1, due)), due);
    EXPECT_EQ(keys::parse_placed(keys::placed(job.log, job.sub)), job.sub);
    auto event = keys::parse_event(keys::event(job.log, job.seq));
    EXPECT_EQ(event->log, job.log);
    EXPECT_EQ(event->seq, job.seq);
    auto topic_key = keys::topic("a.b", job.sub);
    EXPECT_EQ(keys::parse_topic(topic_key)->topic_key, "a.b");
    EXPECT_EQ(keys::parse_topic(topic_key)->id, job.sub);
    auto revision = keys::parse_revision(keys::revision(job.log, job.seq));
    EXPECT_EQ(revision->partition, job.log);
    EXPECT_EQ(revision->revision, job.seq);
    auto lag = keys::parse_lag(keys::lag(9, job.sub, job.log));
    EXPECT_EQ(lag->sub, job.sub);
    EXPECT_EQ(lag->log, job.log);
    EXPECT_EQ(keys::parse_dead(keys::dead(job)), job);
  }
}

TEST(keys, history_keys_read_back) {
  random_values from;
  for (int i = 0; i < 1000; ++i) {
    attempt_record what;
    what.key = from.job();
    what.at = from.number<unix_ms>();
    what.attempt = from.number<uint32_t>();
    auto row = keys::attempt(what);
    auto name = keys::parse_attempt(row);
    EXPECT_EQ(name->key, what.key);
    EXPECT_EQ(name->at, what.at);
    EXPECT_EQ(name->attempt, what.attempt);
    auto key = keys::history(what.at, keys::history_kind::attempt, row);
    auto index = keys::parse_history(key);
    EXPECT_EQ(index->at, what.at);
    EXPECT_EQ(index->kind, keys::history_kind::attempt);
    EXPECT_EQ(index->row, row);
  }
}

TEST(keys, bytes_of_another_shape_are_nothing) {
  for (auto bytes :
       {std::string{}, std::string(5, 'x'), std::string(99, '1')}) {
    EXPECT_FALSE(keys::parse_event(bytes));
    EXPECT_FALSE(keys::parse_placed(bytes));
    EXPECT_FALSE(keys::parse_topic(bytes));
    EXPECT_FALSE(keys::parse_revision(bytes));
    EXPECT_FALSE(keys::parse_job(bytes));
    EXPECT_FALSE(keys::parse_due(bytes));
    EXPECT_FALSE(keys::parse_lag(bytes));
    EXPECT_FALSE(keys::parse_attempt(bytes));
    EXPECT_FALSE(keys::parse_dead(bytes));
    EXPECT_FALSE(keys::parse_history(bytes));
  }
}

TEST(keys, the_end_of_a_prefix) {
  EXPECT_EQ(keys::after_prefix("ab"), "ac");
  EXPECT_EQ(keys::after_prefix("a\xff\xff"), "b");
  EXPECT_EQ(keys::after_prefix("\xff\xff"), "");
}

TEST(keys, hex_reads_back) {
  std::string all;
  for (int i = 0; i < 256; ++i)
    all += static_cast<char>(i);
  EXPECT_EQ(from_hex(to_hex(all)), all);
  EXPECT_EQ(to_hex("\x01\xfe"), "01fe");
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0G"), std::nullopt);
}

} // namespace herald
