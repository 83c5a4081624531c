#include "tests/storage/store_contract.hpp"

#include <set>
#include <thread>

namespace herald {

class log_contract : public store_contract {};

INSTANTIATE_TEST_SUITE_P(stores, log_contract, all_stores(), name_of_store);

using strings = std::vector<std::string>;

TEST_P(log_contract, has_the_shape_it_was_made_with) {
  EXPECT_EQ(st->shape().logs, 2u);
  EXPECT_EQ(st->shape().partitions, 4u);
}

TEST_P(log_contract, sequences_begin_at_one_and_rise) {
  auto first = append({make_event("a"), make_event("b")});
  auto second = append({make_event("c")});
  EXPECT_EQ(first.at(0).seq, 1u);
  EXPECT_LT(first.at(0).seq, first.at(1).seq);
  EXPECT_LT(first.at(1).seq, second.at(0).seq);
  EXPECT_EQ(ids(), (strings{"a", "b", "c"}));
}

TEST_P(log_contract, an_event_comes_back_as_it_was) {
  auto sent = make_event("id-1", std::string(5000, 'x') + '\0' + "y", "A.b");
  sent.fields = {{"traceparent", "00-1"}, {"ce-id", "7"}};
  sent.self = "http://example.com/feed";
  sent.wire = "not stored";
  sent.fresh_id = true;
  auto seq = append({sent}).at(0).seq;
  reopen();
  auto events = *st->bodies(0, std::vector{seq}, 1 << 20);
  const auto& got = *events.at(0);
  EXPECT_EQ(got.id, sent.id);
  EXPECT_EQ(got.topic, "A.b");
  EXPECT_EQ(got.content_type, sent.content_type);
  EXPECT_EQ(got.fields, sent.fields);
  EXPECT_EQ(got.self, sent.self);
  EXPECT_EQ(got.accepted_at, sent.accepted_at);
  EXPECT_EQ(got.seq, seq);
  EXPECT_EQ(got.log, 0);
  EXPECT_EQ(got.body, sent.body);
  EXPECT_EQ(got.body_size, sent.body.size());
  EXPECT_FALSE(got.fresh_id);
  EXPECT_EQ(got.wire, "");
}

TEST_P(log_contract, metadata_has_position_and_size_without_the_body) {
  append({make_event("a", "12345")}, 1);
  auto metas = *st->read(1, 0, 10);
  EXPECT_EQ(metas.at(0).log, 1);
  EXPECT_EQ(metas.at(0).seq, 1u);
  EXPECT_EQ(metas.at(0).body_size, 5u);
}

TEST_P(log_contract, an_id_that_is_kept_is_a_duplicate_with_the_first_topic) {
  append({make_event("a", "one", "x.y")});
  auto again = append({make_event("b"), make_event("a", "two", "other")});
  EXPECT_FALSE(again.at(0).duplicate);
  EXPECT_TRUE(again.at(1).duplicate);
  EXPECT_EQ(again.at(1).seq, 1u);
  EXPECT_EQ(again.at(1).topic, "x.y");
  EXPECT_EQ(body_of(1), "one");
  EXPECT_EQ(ids(), (strings{"a", "b"}));
}

TEST_P(log_contract, an_id_twice_in_one_append_is_written_once) {
  auto result
    = append({make_event("a", "1", "first"), make_event("a", "2", "second")});
  EXPECT_FALSE(result.at(0).duplicate);
  EXPECT_TRUE(result.at(1).duplicate);
  EXPECT_EQ(result.at(1).seq, result.at(0).seq);
  EXPECT_EQ(result.at(1).topic, "first");
  EXPECT_EQ(ids(), (strings{"a"}));
}

TEST_P(log_contract, a_stored_id_twice_in_one_append_says_the_stored_topic) {
  append({make_event("a", "1", "stored")});
  auto result
    = append({make_event("a", "2", "later"), make_event("a", "3", "last")});
  EXPECT_EQ(result.at(0).topic, "stored");
  EXPECT_EQ(result.at(1).topic, "stored");
  EXPECT_EQ(result.at(1).seq, 1u);
}

TEST_P(log_contract, a_repeated_append_writes_nothing_more) {
  std::vector<event> batch{make_event("a"), make_event("b")};
  auto first = append(batch);
  reopen();
  auto second = append(batch);
  EXPECT_EQ(second.at(0).seq, first.at(0).seq);
  EXPECT_EQ(second.at(1).seq, first.at(1).seq);
  EXPECT_TRUE(second.at(0).duplicate && second.at(1).duplicate);
  EXPECT_EQ(bounds().head, 2u);
}

TEST_P(log_contract, logs_are_apart) {
  append({make_event("a")}, 0);
  auto other = append({make_event("a")}, 1);
  EXPECT_FALSE(other.at(0).duplicate);
  EXPECT_EQ(ids(0, 10, 0), (strings{"a"}));
  EXPECT_EQ(ids(0, 10, 1), (strings{"a"}));
  EXPECT_EQ(ids(1, 10, 0), strings{});
}

TEST_P(log_contract, an_empty_append_is_a_success) {
  EXPECT_TRUE(append({}).empty());
  EXPECT_EQ(bounds().head, 0u);
}

TEST_P(log_contract, read_goes_on_after_a_position) {
  auto seqs = append_many(5);
  EXPECT_EQ(ids(0, 2), (strings{"e0", "e1"}));
  EXPECT_EQ(ids(seqs[1], 2), (strings{"e2", "e3"}));
  EXPECT_EQ(ids(seqs[4], 2), strings{});
  EXPECT_EQ(ids(seqs[4] + 100, 2), strings{});
}

TEST_P(log_contract, bodies_come_in_the_order_asked_for) {
  append_one("a", "A");
  append_one("b", "B");
  auto events = *st->bodies(0, std::vector<sequence>{2, 99, 1}, 1 << 20);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]->body, "B");
  EXPECT_EQ(events[1], nullptr);
  EXPECT_EQ(events[2]->body, "A");
}

TEST_P(log_contract, bodies_stop_once_the_limit_is_passed) {
  for (auto id : {"a", "b", "c"})
    append_one(id, std::string(100, 'x'));
  std::vector<sequence> seqs{1, 2, 3};
  EXPECT_EQ(st->bodies(0, seqs, 0)->size(), 1u);
  EXPECT_EQ(st->bodies(0, seqs, 150)->size(), 2u);
  EXPECT_EQ(st->bodies(0, seqs, 300)->size(), 3u);
}

TEST_P(log_contract, bodies_that_follow_each_other) {
  std::vector<sequence> seqs;
  for (sequence seq = 1; seq <= 20; ++seq) {
    append_one("e" + std::to_string(seq), std::string(50 * seq, 'x'));
    seqs.push_back(seq);
  }
  seqs.push_back(21);
  EXPECT_EQ(st->bodies(0, seqs, 50 + 100 + 150)->size(), 4u);
  ASSERT_EQ(*st->trim(0, 5, 100), 5u);
  reopen();
  auto found = *st->bodies(0, seqs, 1 << 20);
  ASSERT_EQ(found.size(), 21u);
  for (auto seq : seqs) {
    auto& one = found[seq - 1];
    ASSERT_EQ(one != nullptr, seq > 5 && seq < 21) << seq;
    EXPECT_EQ(one ? one->body.size() : 50 * seq, 50 * seq);
  }
  found[10]->body = "changed";
  EXPECT_NE((*st->bodies(0, seqs, 1 << 20))[10]->body, "changed");
}

TEST_P(log_contract, bodies_of_every_size) {
  for (size_t size : {0, 1, 511, 512, 513, 1'000'000})
    append_one("s" + std::to_string(size), std::string(size, 'z'));
  reopen();
  sequence seq = 1;
  for (size_t size : {0, 1, 511, 512, 513, 1'000'000})
    EXPECT_EQ(body_of(seq++).size(), size);
}

TEST_P(log_contract, lookup_finds_a_sequence_by_id) {
  append_one("a");
  append_one("b");
  EXPECT_EQ(*st->lookup(0, "b"), std::optional<sequence>{2});
  EXPECT_EQ(*st->lookup(0, "c"), std::nullopt);
  EXPECT_EQ(*st->lookup(1, "b"), std::nullopt);
}

TEST_P(log_contract, trim_takes_the_oldest_and_says_how_many) {
  append_many(10);
  EXPECT_EQ(*st->trim(0, 6, 4), 4u);
  EXPECT_EQ(bounds().trimmed, 4u);
  EXPECT_EQ(*st->trim(0, 6, 4), 2u);
  EXPECT_EQ(*st->trim(0, 6, 4), 0u);
  EXPECT_EQ(ids(), (strings{"e6", "e7", "e8", "e9"}));
}

TEST_P(log_contract, what_is_trimmed_is_gone_in_every_way) {
  append_many(4);
  EXPECT_EQ(*st->trim(0, 2, 100), 2u);
  EXPECT_EQ(*st->lookup(0, "e1"), std::nullopt);
  EXPECT_EQ(body_of(2), "<none>");
  EXPECT_EQ(body_of(3), "b");
  reopen();
  EXPECT_EQ(bounds().trimmed, 2u);
  EXPECT_EQ(bounds().head, 4u);
  auto again = append({make_event("e1")});
  EXPECT_FALSE(again.at(0).duplicate);
  EXPECT_EQ(again.at(0).seq, 5u);
}

TEST_P(log_contract, a_log_that_is_trimmed_to_its_head_does_not_begin_again) {
  append_many(3);
  EXPECT_EQ(*st->trim(0, 1000, 1000), 3u);
  EXPECT_EQ(bounds().trimmed, 3u);
  reopen();
  EXPECT_EQ(bounds().head, 3u);
  EXPECT_EQ(append_one("new"), 4u);
}

TEST_P(log_contract, everything_is_there_after_reopening) {
  append_many(20);
  append({make_event("other")}, 1);
  reopen();
  EXPECT_EQ(ids().size(), 20u);
  EXPECT_EQ(bounds(0).head, 20u);
  EXPECT_EQ(bounds(1).head, 1u);
  EXPECT_EQ(*st->lookup(0, "e19"), std::optional<sequence>{20});
  EXPECT_EQ(append_one("next"), 21u);
}

TEST_P(log_contract, a_reader_beside_writers_misses_nothing) {
  constexpr int writers = 3;
  constexpr int each = 100;
  std::vector<std::jthread> threads;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([this, w] {
      for (int i = 0; i < each; ++i)
        append_one("w" + std::to_string(w) + "-" + std::to_string(i));
    });
  std::set<std::string> seen;
  sequence at = 0;
  while (seen.size() < size_t{writers} * each) {
    auto metas = *st->read(0, at, 10);
    for (const auto& meta : metas) {
      ASSERT_GT(meta.seq, at);
      at = meta.seq;
      ASSERT_TRUE(seen.insert(meta.id).second);
    }
    if (metas.empty())
      std::this_thread::yield();
  }
  EXPECT_EQ(ids(0, 1000).size(), seen.size());
}

TEST_P(log_contract, seek_finds_where_a_time_begins) {
  EXPECT_EQ(*st->seek(0, 0), 0u);
  std::vector<sequence> seqs;
  for (int i = 0; i < 9; ++i) {
    auto what = make_event("e" + std::to_string(i));
    what.accepted_at = 100 + i / 3 * 10; // 100, 110 and 120, three each.
    seqs.push_back(st->append(0, std::vector{what})->front().seq);
  }
  EXPECT_EQ(*st->seek(0, 0), 0u);
  EXPECT_EQ(*st->seek(0, 100), 0u);
  EXPECT_EQ(*st->seek(0, 101), seqs[2]);
  EXPECT_EQ(*st->seek(0, 120), seqs[5]);
  EXPECT_EQ(*st->seek(0, 121), seqs[8]);
  ASSERT_TRUE(st->trim(0, seqs[6], 99));
  EXPECT_GE(*st->seek(0, 0), seqs[5]);
  EXPECT_LE(*st->seek(0, 0), seqs[6]);
  EXPECT_EQ(code_of(st->seek(2, 0).error()), errc::invalid);
}

TEST_P(log_contract, an_unknown_log_is_refused) {
  std::vector<event> batch{make_event("a")};
  EXPECT_EQ(code_of(st->append(2, batch).error()), errc::invalid);
  EXPECT_EQ(code_of(st->read(2, 0, 1).error()), errc::invalid);
  EXPECT_EQ(code_of(st->trim(2, 1, 1).error()), errc::invalid);
  EXPECT_EQ(code_of(st->lookup(2, "a").error()), errc::invalid);
}

} // namespace herald
