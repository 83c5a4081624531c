#include "actors/registry/topic_index.hpp"
#include "actors/topics/topic_layers.hpp"
#include "storage/topic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <malloc.h>

namespace herald {
namespace {

class the_index : public ::testing::Test {
protected:
  using ids = std::vector<subscription_id>;

  subscription_table table;
  topic_index index;

  static subscription make(const std::string& key,
                           const std::string& callback) {
    subscription result;
    result.id = make_subscription_id(key, is_url_key(key), callback);
    result.topic = key;
    result.topic_key = key;
    result.callback = callback;
    result.active = true;
    result.expires_at = 1;
    result.starts = {0};
    return result;
  }

  subscription_id add(const std::string& key, const std::string& callback) {
    auto what = make(key, callback);
    index.add(table.put(what).now);
    return what.id;
  }

  void put_again(const subscription& what) {
    auto [now, before] = table.put(what);
    if (before)
      index.replace(*before, now);
  }

  void remove(const subscription_id& id) {
    index.remove(*table.find(id));
    table.erase(id);
  }

  template <class Wanted>
  ids match(const std::string& key, Wanted wanted) {
    std::vector<const topic_index::entry*> found;
    index.match(key, wanted, found);
    ids result;
    for (auto* each : found)
      result.push_back(each->id());
    return result;
  }

  ids match(const std::string& key) {
    return match(key, [](auto&) { return true; });
  }

  static ids sorted(ids what) {
    std::sort(what.begin(), what.end());
    return what;
  }
};

TEST_F(the_index, finds_urls_exactly) {
  auto a = add("http://h/a", "http://s/");
  add("http://h/A", "http://s/");
  EXPECT_EQ(match("http://h/a"), ids{a});
  EXPECT_EQ(match("http://h/a/b"), ids{});
  EXPECT_EQ(match("http://h/"), ids{});
}

TEST_F(the_index, finds_predicates_by_prefix) {
  auto a = add("un.cefact", "http://s/1");
  auto b = add("un.cefact.trade", "http://s/2");
  add("un.cef", "http://s/3");
  EXPECT_EQ(match("un.cefact.trade.co"), sorted({a, b}));
  EXPECT_EQ(match("un.cefact"), ids{a});
  EXPECT_EQ(match("un"), ids{});
  EXPECT_EQ(match("un.cefacts.trade"), ids{});
}

TEST_F(the_index, finds_all_predicates_but_no_urls_under_a_star) {
  auto all = add("*", "http://s/");
  EXPECT_EQ(match("a.b"), ids{all});
  EXPECT_EQ(match("http://h/a"), ids{});
}

TEST_F(the_index, yields_one_callback_once_on_its_longest_layer) {
  add("*", "http://s/");
  add("a", "http://s/");
  auto longest = add("a.b", "http://s/");
  add("a.b.c.d", "http://s/");
  auto other = add("a", "http://s/?other");
  EXPECT_EQ(match("a.b.c"), sorted({longest, other}));
}

TEST_F(the_index, is_not_shadowed_by_what_is_not_wanted) {
  auto broad = add("a", "http://s/");
  auto narrow = add("a.b", "http://s/");
  auto unwanted = [&](auto& x) { return x.id() != narrow; };
  EXPECT_EQ(match("a.b", unwanted), ids{broad});
  EXPECT_TRUE(index.delivers("a.b", *table.find(broad), unwanted));
  EXPECT_FALSE(index.delivers("a.b", *table.find(narrow), unwanted));
}

TEST_F(the_index, yields_the_order_of_ids) {
  ids all;
  for (int i = 0; i < 1000; ++i) {
    all.push_back(add("a", "http://s/" + std::to_string(i)));
    // Both ways to sort: one by one, and many at once.
    if (i % 100 < 50)
      match("a");
  }
  EXPECT_EQ(match("a"), sorted(all));
}

TEST_F(the_index, goes_on_with_the_rows_that_replace_others) {
  auto first = make("a.b", "http://s/1");
  index.add(table.put(first).now);
  auto second = add("a.b", "http://s/2");
  for (auto secret :
       {"larger than the block", "less", "as large as this one"}) {
    first.secret = secret;
    put_again(first);
    EXPECT_EQ(match("a.b"), sorted({first.id, second}));
    EXPECT_EQ(table.get(first.id)->secret, secret);
  }
  remove(first.id);
  EXPECT_EQ(match("a.b"), ids{second});
  remove(second);
  EXPECT_EQ(match("a.b"), ids{});
  EXPECT_EQ(index.layers(), 0u);
}

TEST_F(the_index, removes_only_what_was_added) {
  auto what = make("a", "http://s/1");
  auto& entry = table.put(what).now;
  index.remove(entry);
  auto other = add("a", "http://s/2");
  index.remove(entry);
  EXPECT_EQ(match("a"), ids{other});
}

TEST_F(the_index, normalises_published_topics_as_the_parser_does) {
  std::string buffer;
  for (std::string text : {"UN.CEFACT.Trade", "a", "a..b.", "A.*", "HTTP://H/a",
                           "http://h/A.B?x=1", "\xc3\x84.b"}) {
    auto parsed = parse_published_topic(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(published_key_in(parsed->text, buffer), parsed->key);
  }
}

/// The oracle beside an index: topic_matches over all subscriptions, one by
/// one.
struct index_and_oracle : the_index {
  std::string random_topic(size_t least_parts) {
    if (rng() % 4 == 0)
      return "http://h/" + std::to_string(rng() % 4);
    std::string key;
    for (auto parts = least_parts + rng() % 4; parts > 0; --parts)
      key.append(key.empty() ? "" : ".").append(1, "abc"[rng() % 3]);
    return key.empty() ? std::string{"*"} : key;
  }

  /// Of each callback the subscription with the most parts that matches.
  ids expected(const std::string& key) {
    auto length = [](const subscription& x) {
      return predicate_parts(x.topic_key).size();
    };
    std::map<std::string, subscription> best;
    for (auto& [id, what] : known)
      if (!asleep.contains(id) && topic_matches(what.topic_key, key)) {
        auto [i, is_new] = best.emplace(what.callback, what);
        if (!is_new && length(i->second) < length(what))
          i->second = what;
      }
    ids result;
    for (auto& [callback, what] : best)
      result.push_back(what.id);
    return sorted(result);
  }

  void change_known(subscription& what) {
    switch (rng() % 3) {
      case 0:
        remove(what.id);
        known.erase(what.id);
        asleep.erase(what.id);
        break;
      case 1:
        what.secret = std::string(rng() % 40, 's');
        put_again(what);
        break;
      default:
        asleep.insert(what.id);
    }
  }

  void change_at_random() {
    auto what = make(random_topic(0), "http://s/" + std::to_string(rng() % 10));
    if (known.contains(what.id))
      return change_known(what);
    add(what.topic_key, what.callback);
    known.emplace(what.id, what);
  }

  void expect_agreement() {
    auto awake = [&](auto& x) { return !asleep.contains(x.id()); };
    auto key = random_topic(1);
    auto wanted = expected(key);
    ASSERT_EQ(match(key, awake), wanted) << key;
    if (known.empty())
      return;
    auto id
      = std::next(known.begin(), static_cast<int>(rng() % known.size()))->first;
    ASSERT_EQ(index.delivers(key, *table.find(id), awake),
              std::binary_search(wanted.begin(), wanted.end(), id));
  }

  void remove_all() {
    while (!known.empty()) {
      remove(known.begin()->first);
      known.erase(known.begin());
    }
    asleep.clear();
    ASSERT_EQ(index.layers(), 0U);
  }

  std::mt19937 rng;
  std::map<subscription_id, subscription> known;
  std::set<subscription_id> asleep;
};

TEST_F(index_and_oracle, agree_on_what_matches) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    rng.seed(seed);
    for (int step = 0; step < 200; ++step) {
      change_at_random();
      ASSERT_NO_FATAL_FAILURE(expect_agreement());
    }
    remove_all();
  }
}

TEST_F(the_index, costs_at_most_400_bytes_per_subscription) {
  constexpr size_t count = 100'000;
  auto before = mallinfo2();
  for (size_t i = 0; i < count; ++i)
    add("http://publisher.example/feeds/" + std::to_string(i),
        "http://subscriber.example/callbacks/" + std::to_string(i));
  for (size_t i = 0; i < count; i += 7)
    match("http://publisher.example/feeds/" + std::to_string(i));
  auto after = mallinfo2();
  if (after.uordblks == before.uordblks)
    GTEST_SKIP() << "This allocator does not count.";
  auto each
    = (after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / count;
  RecordProperty("bytes_per_subscription", static_cast<int>(each));
  EXPECT_LE(each, 400u);
}

// -- the table ----------------------------------------------------------------

TEST_F(the_index, has_rows_that_unpack_to_what_was_packed) {
  auto what = make("a.b", "http://s/?x=1");
  what.topic = "A.B.*";
  what.secret = "s3cret";
  what.method = signature_method::sha512;
  what.from = entrance::intergov;
  what.lease_seconds = 31'536'000;
  what.created_at = 5;
  what.paused = true;
  what.starts = {7, 8, 1ULL << 63};
  what.revision = 9;
  what.pending
    = intent{false, "x", signature_method::sha1, 3, 4, entrance::hub, "T", "v"};
  table.put(what);
  auto got = table.get(what.id);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->id, what.id);
  EXPECT_EQ(got->topic, "A.B.*");
  EXPECT_EQ(got->topic_key, "a.b");
  EXPECT_EQ(got->callback, what.callback);
  EXPECT_TRUE(got->active);
  EXPECT_TRUE(got->paused);
  EXPECT_EQ(got->secret, "s3cret");
  EXPECT_EQ(got->method, signature_method::sha512);
  EXPECT_EQ(got->from, entrance::intergov);
  EXPECT_EQ(got->lease_seconds, 31'536'000);
  EXPECT_EQ(got->created_at, 5);
  EXPECT_EQ(got->expires_at, 1);
  EXPECT_EQ(got->starts, what.starts);
  EXPECT_EQ(got->revision, 9u);
  EXPECT_EQ(got->pending, what.pending);
  EXPECT_EQ(table.find(what.id)->start(2), 1ULL << 63);
  EXPECT_EQ(table.find(what.id)->start(3), 0u);
}

TEST_F(the_index, changes_rows_in_their_blocks_where_they_fit) {
  auto what = make("a.b", "http://s/");
  what.starts.clear();
  what.active = false;
  auto* at = &table.put(what).now;
  what.starts = {7};
  what.active = true;
  EXPECT_EQ(&table.put(what).now, at) << "room for a start is kept";
  EXPECT_EQ(table.get(what.id)->starts, what.starts);
  what.topic = "A.B";
  auto larger = table.put(what);
  EXPECT_EQ(larger.before.get(), at);
  EXPECT_EQ(table.get(what.id)->topic, "A.B");
  what.topic = "a.b";
  what.secret = "s";
  EXPECT_EQ(&table.put(what).now, &larger.now);
  auto got = table.get(what.id);
  EXPECT_EQ(got->topic, "a.b");
  EXPECT_EQ(got->secret, "s");
  EXPECT_EQ(got->callback, "http://s/");
  EXPECT_EQ(got->starts, what.starts);
}

TEST_F(the_index, shares_at_most_so_many_unpacked_rows) {
  subscription_table small{2};
  std::vector<std::weak_ptr<const subscription>> seen;
  std::vector<const subscription_table::entry*> entries;
  for (int i = 0; i < 5; ++i)
    entries.push_back(
      &small.put(make("a", "http://s/" + std::to_string(i))).now);
  for (int round = 0; round < 3; ++round)
    for (auto* each : entries) {
      auto got = small.share(*each);
      EXPECT_EQ(got->id, each->id());
      EXPECT_EQ(small.share(*each), got);
      seen.push_back(got);
    }
  auto alive = std::count_if(seen.begin(), seen.end(),
                             [](auto& x) { return !x.expired(); });
  EXPECT_EQ(alive, 2);
}

TEST_F(the_index, drops_at_rest_what_was_shared) {
  auto& entry = table.put(make("a", "http://s/")).now;
  auto& other = table.put(make("b", "http://s/")).now;
  std::weak_ptr<const subscription> seen = table.share(entry);
  table.rest();
  EXPECT_FALSE(seen.expired()) << "it has been in use until now";
  table.rest();
  EXPECT_TRUE(seen.expired());
  EXPECT_EQ(table.share(other)->topic, "b");
  EXPECT_EQ(table.share(entry)->topic, "a");
  auto again = table.put(make("a", "http://s/"));
  EXPECT_EQ(table.share(again.now)->topic, "a");
}

TEST_F(the_index, shares_the_newest_row) {
  auto what = make("a", "http://s/");
  auto old = table.share(table.put(what).now);
  what.secret = "new";
  auto& entry = table.put(what).now;
  EXPECT_EQ(table.share(entry)->secret, "new");
  EXPECT_EQ(old->secret, "");
  table.erase(what.id);
  EXPECT_EQ(table.find(what.id), nullptr);
}

} // namespace
} // namespace herald
