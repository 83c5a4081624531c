#include "tests/storage/store_contract.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace herald {

class subscription_contract : public store_contract {};

INSTANTIATE_TEST_SUITE_P(stores, subscription_contract, all_stores(),
                         name_of_store);

using strings = std::vector<std::string>;

namespace {

const std::string here = "http://callback.example/one";
const std::string there = "http://callback.example/two";

} // namespace

TEST_P(subscription_contract, a_subscription_comes_back_as_it_was) {
  auto sent = make_subscription("UN.CEFACT.*", here);
  sent.paused = true;
  sent.method = signature_method::sha512;
  sent.created_at = -5;
  sent.expires_at = 1'700'000'000'000;
  sent.from = entrance::intergov;
  sent.pending = intent{
    false, "new", signature_method::sha1, 99, 12, entrance::hub, "T", "token"};
  auto revision = put(sent);
  reopen();
  auto got = *st->get(sent.id);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->id, sent.id);
  EXPECT_EQ(got->topic, "UN.CEFACT.*");
  EXPECT_EQ(got->topic_key, "un.cefact");
  EXPECT_EQ(got->callback, here);
  EXPECT_TRUE(got->active);
  EXPECT_TRUE(got->paused);
  EXPECT_EQ(got->secret, "s3cret");
  EXPECT_EQ(got->method, signature_method::sha512);
  EXPECT_EQ(got->lease_seconds, 3600);
  EXPECT_EQ(got->created_at, -5);
  EXPECT_EQ(got->expires_at, sent.expires_at);
  EXPECT_EQ(got->from, entrance::intergov);
  EXPECT_EQ(got->starts, sent.starts);
  EXPECT_EQ(got->pending, sent.pending);
  EXPECT_EQ(got->revision, revision);
}

TEST_P(subscription_contract, an_unknown_one_is_nothing) {
  EXPECT_EQ(st->get(sub(1))->has_value(), false);
}

TEST_P(subscription_contract, revisions_rise_within_the_partition) {
  auto one = make_subscription("a", here);
  auto other = make_subscription("b", here);
  EXPECT_EQ(put(one), 1u);
  EXPECT_EQ(put(other), 2u);
  EXPECT_EQ(put(one), 3u);
  EXPECT_EQ(drop(other), 4u);
  reopen();
  EXPECT_EQ(put(one), 5u);
}

TEST_P(subscription_contract, an_expected_revision_guards_the_row) {
  auto one = make_subscription("a", here);
  EXPECT_EQ(put(one, 7), 0u);
  EXPECT_EQ(put(one, 0), 1u);
  EXPECT_EQ(put(one, 0), 0u);
  EXPECT_EQ(put(one, 1), 2u);
  EXPECT_EQ(drop(one, 1), 0u);
  EXPECT_TRUE(st->get(one.id)->has_value());
  EXPECT_EQ(drop(one, 2), 3u);
  EXPECT_FALSE(st->get(one.id)->has_value());
}

TEST_P(subscription_contract, one_conflict_does_not_hinder_the_others) {
  auto a = make_subscription("a", here);
  auto b = make_subscription("b", here);
  auto c = make_subscription("c", here);
  std::vector<subscription_change> what{
    {a, false, 0}, {b, false, 5}, {c, false, std::nullopt}, {a, true, 1}};
  auto result = *st->change(what);
  EXPECT_EQ(*result.at(0), 1u);
  EXPECT_EQ(code_of(result.at(1).error()), errc::conflict);
  EXPECT_EQ(*result.at(2), 2u);
  EXPECT_EQ(*result.at(3), 3u);
  EXPECT_EQ(find({}), (strings{"c " + here}));
}

TEST_P(subscription_contract, dropping_an_unknown_one_changes_nothing) {
  auto one = make_subscription("a", here);
  put(one);
  auto other = make_subscription("b", here);
  EXPECT_EQ(drop(other), 1u);
  EXPECT_EQ(st->changes(partition_of(one.id), 0, 10)->size(), 1u);
}

TEST_P(subscription_contract, one_call_changes_several_partitions) {
  std::map<partition_id, uint64_t> count;
  std::vector<subscription_change> what;
  std::vector<uint64_t> expected;
  for (int i = 0; i < 20; ++i) {
    auto one = make_subscription("a", here + std::to_string(i));
    what.push_back({one, false, 0});
    expected.push_back(++count[partition_of(one.id)]);
  }
  ASSERT_GT(count.size(), 1u);
  auto result = *st->change(what);
  std::vector<uint64_t> revisions;
  for (const auto& one : result)
    revisions.push_back(*one);
  EXPECT_EQ(revisions, expected);
  reopen();
  for (const auto& one : what)
    EXPECT_EQ((*st->get(one.what.id))->callback, one.what.callback);
}

TEST_P(subscription_contract, changes_are_the_latest_states_by_revision) {
  auto a = make_subscription("a", here);
  auto b = make_subscription("b", here);
  auto at = partition_of(a.id);
  put(a);
  put(b);
  a.paused = true;
  put(a);
  auto all = *st->changes(at, 0, 10);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].id, b.id);
  EXPECT_EQ(all[0].revision, 2u);
  EXPECT_EQ(all[1].id, a.id);
  EXPECT_EQ(all[1].revision, 3u);
  EXPECT_TRUE(all[1].now->paused);
  auto later = *st->changes(at, 2, 10);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].id, a.id);
  EXPECT_EQ(st->changes(at, 3, 10)->size(), 0u);
  EXPECT_EQ(st->changes(at, 0, 1)->at(0).id, b.id);
}

TEST_P(subscription_contract, changes_show_what_was_dropped) {
  auto a = make_subscription("a", here);
  auto at = partition_of(a.id);
  put(a);
  drop(a);
  auto rows = *st->changes(at, 1, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].id, a.id);
  EXPECT_FALSE(rows[0].now);
  EXPECT_EQ(rows[0].revision, 2u);
}

TEST_P(subscription_contract, what_came_back_after_a_drop_ends_as_it_is) {
  auto a = make_subscription("a", here);
  auto at = partition_of(a.id);
  put(a);
  drop(a);
  put(a);
  auto rows = *st->changes(at, 0, 10);
  ASSERT_FALSE(rows.empty());
  EXPECT_EQ(rows.back().revision, 3u);
  EXPECT_TRUE(rows.back().now);
}

TEST_P(subscription_contract, the_snapshot_after_reopening_is_complete) {
  std::set<std::string> sent;
  for (int i = 0; i < 50; ++i) {
    auto one = make_subscription("t" + std::to_string(i % 7),
                                 "http://x.example/" + std::to_string(i));
    put(one);
    if (i % 5 == 0)
      drop(one);
    else
      sent.insert(one.callback);
  }
  reopen();
  std::set<std::string> got;
  std::set<std::string> changed;
  for (partition_id p = 0; p < shape.partitions; ++p) {
    auto rows = *st->snapshot(p, {}, 1000);
    for (const auto& row : rows)
      got.insert(row.callback);
    auto states = *st->changes(p, 0, 1000);
    for (const auto& row : states)
      if (row.now)
        changed.insert(row.now->callback);
  }
  EXPECT_EQ(got, sent);
  EXPECT_EQ(changed, sent);
}

TEST_P(subscription_contract, a_snapshot_is_read_in_pages_by_id) {
  std::map<partition_id, std::set<subscription_id>> sent;
  for (int i = 0; i < 40; ++i) {
    auto one = make_subscription("a", here + std::to_string(i));
    put(one);
    sent[partition_of(one.id)].insert(one.id);
  }
  ASSERT_GT(sent.size(), 1u);
  for (const auto& [at, ids] : sent) {
    std::vector<subscription_id> got;
    for (auto page = *st->snapshot(at, {}, 3); !page.empty();
         page = *st->snapshot(at, got.back(), 3)) {
      EXPECT_EQ(page.size(), std::min<size_t>(3, ids.size() - got.size()));
      for (const auto& row : page) {
        EXPECT_EQ(row.topic_key, (*st->get(row.id))->topic_key);
        got.push_back(row.id);
      }
    }
    EXPECT_EQ(got, std::vector<subscription_id>(ids.begin(), ids.end()));
  }
  EXPECT_EQ(code_of(st->snapshot(shape.partitions, {}, 3).error()),
            errc::invalid);
}

TEST_P(subscription_contract, a_subscription_put_again_is_found_once) {
  auto one = make_subscription("a", here);
  put(one);
  one.paused = true;
  put(one);
  EXPECT_EQ(find({}), (strings{"a " + here}));
  EXPECT_EQ(st->snapshot(partition_of(one.id), {}, 9)->size(), 1u);
  reopen();
  EXPECT_EQ(find({}), (strings{"a " + here}));
  EXPECT_TRUE(st->snapshot(partition_of(one.id), {}, 9)->at(0).paused);
  drop(one);
  EXPECT_EQ(find({}), strings{});
  EXPECT_EQ(st->snapshot(partition_of(one.id), {}, 9)->size(), 0u);
}

TEST_P(subscription_contract, find_goes_by_topic_then_id) {
  put(make_subscription("b", here));
  put(make_subscription("a.c", here));
  put(make_subscription("a", here));
  put(make_subscription("a.b", here));
  EXPECT_EQ(find({}),
            (strings{"a " + here, "a.b " + here, "a.c " + here, "b " + here}));
  for (auto callback : {"http://1/", "http://2/", "http://3/"})
    put(make_subscription("b", callback));
  auto same = *st->find({"b", true, ""}, "", 10);
  ASSERT_EQ(same.items.size(), 4u);
  EXPECT_TRUE(
    std::is_sorted(same.items.begin(), same.items.end(),
                   [](const auto& x, const auto& y) { return x.id < y.id; }));
}

TEST_P(subscription_contract, find_restricts_by_topic) {
  for (auto topic : {"a", "a.b", "ab", "b"})
    put(make_subscription(topic, here));
  EXPECT_EQ(find({"a", false, ""}),
            (strings{"a " + here, "a.b " + here, "ab " + here}));
  EXPECT_EQ(find({"a", true, ""}), (strings{"a " + here}));
  EXPECT_EQ(find({"c", false, ""}), strings{});
}

TEST_P(subscription_contract, find_restricts_by_callback) {
  put(make_subscription("a", here));
  put(make_subscription("b", there));
  put(make_subscription("c", here));
  EXPECT_EQ(find({"", false, here}), (strings{"a " + here, "c " + here}));
  EXPECT_EQ(find({"b", true, there}), (strings{"b " + there}));
  EXPECT_EQ(find({"b", true, here}), strings{});
}

TEST_P(subscription_contract, find_gives_pages) {
  for (int i = 0; i < 7; ++i)
    put(make_subscription("t" + std::to_string(i), here));
  strings got;
  std::vector<size_t> sizes;
  std::string after;
  do {
    auto found = *st->find({}, after, 3);
    sizes.push_back(found.items.size());
    for (const auto& one : found.items)
      got.push_back(one.topic);
    after = found.next;
  } while (!after.empty());
  EXPECT_EQ(got, (strings{"t0", "t1", "t2", "t3", "t4", "t5", "t6"}));
  EXPECT_EQ(sizes, (std::vector<size_t>{3, 3, 1}));
}

TEST_P(subscription_contract, a_full_last_page_has_no_next) {
  for (auto topic : {"a", "b"})
    put(make_subscription(topic, here));
  EXPECT_EQ(st->find({}, "", 2)->next, "");
  put(make_subscription("c", there));
  EXPECT_EQ(st->find({"", false, here}, "", 2)->next, "");
}

TEST_P(subscription_contract, find_refuses_a_page_that_it_did_not_give) {
  EXPECT_EQ(code_of(st->find({}, "zz", 3).error()), errc::invalid);
  EXPECT_EQ(code_of(st->find({}, "00ff", 3).error()), errc::invalid);
}

TEST_P(subscription_contract, find_forgets_what_was_dropped) {
  auto one = make_subscription("a", here);
  put(one);
  drop(one);
  EXPECT_EQ(find({}), strings{});
}

} // namespace herald
