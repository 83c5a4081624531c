#include "actors/spreader/due_queue.hpp"
#include "tests/actors/engine_values.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace herald::test {

namespace {

job row_of(uint8_t letter, sequence seq, unix_ms due) {
  return {{id_of(letter), 0, seq}, 1, due};
}

/// A due_queue before a store, as a spreader uses them: the store holds every
/// row, the queue says what to read and whom to serve.
class due_model {
public:
  due_model(unsigned seed, size_t limit, size_t rows_at_once)
    : rng(seed), page(rows_at_once), limit_(limit), aut(limit) {
    // nop
  }

  std::mt19937 rng;
  std::map<job_key, unix_ms> store;
  unix_ms now = 1000;
  const unix_ms look_ahead = 50;

  /// Rows of an earlier life: only the store has them.
  void stored_before(job_key key, unix_ms due) { store[key] = due; }

  void write(job_key key, unix_ms due) {
    store[key] = due;
    aut.written(due, key);
    if (reading)
      reading->written_meanwhile.emplace_back(due, key);
    ASSERT_LE(aut.size(), limit_);
  }

  void drop(const job_key& key) { store.erase(key); }

  /// Starts a read, if one is wanted and none is under way. False: none is.
  bool begin_scan() {
    auto up_to = now + look_ahead;
    if (reading || !aut.wants_scan(up_to))
      return false;
    reading = answer{read(up_to), up_to, {}};
    return true;
  }

  /// The answer of the store comes, as old as it may be by now. What was
  /// written since is told once more, as it may be missing there.
  void end_scan() {
    if (!reading)
      return;
    auto [rows, up_to, written] = std::move(*reading);
    reading.reset();
    aut.scanned(rows, rows.size() < page, up_to);
    for (auto& [due, key] : written)
      aut.written(due, key);
    EXPECT_LE(aut.size(), limit_);
  }

  bool scan() {
    end_scan();
    auto result = begin_scan();
    end_scan();
    return result;
  }

  /// Serves one subscriber, if one is due: its due rows go or come back later.
  bool serve() {
    auto sub = aut.pop(now);
    if (!sub)
      return false;
    std::vector<job_key> served;
    for (auto& [key, due] : store)
      if (key.sub == *sub && due <= now)
        served.push_back(key);
    for (auto& key : served) {
      if (rng() % 3 == 0)
        write(key, now + 1 + unix_ms(rng() % 100));
      else
        drop(key);
    }
    return true;
  }

  /// Reads and serves until there is nothing to do; it must come to an end.
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      auto scanned = scan();
      if (!serve() && !scanned)
        return;
    }
    FAIL() << "reads without end";
  }

  void check_nothing_forgotten() {
    for (auto& [key, due] : store)
      ASSERT_GT(due, now) << key.sub.to_string() << " " << key.seq;
  }

  /// Everything known is told no later than it is due.
  void check_next() { ASSERT_GT(aut.next().value_or(now + 1), now); }

private:
  struct answer {
    std::vector<job> rows;
    unix_ms up_to = 0;
    std::vector<std::pair<unix_ms, job_key>> written_meanwhile;
  };

  std::vector<job> read(unix_ms up_to) {
    std::map<due_position, job> by_due;
    for (auto& [key, due] : store)
      by_due[{due, key}] = {key, 1, due};
    std::vector<job> result;
    auto after = aut.position();
    auto i = after ? by_due.upper_bound(*after) : by_due.begin();
    for (; i != by_due.end() && result.size() < page && i->first.due <= up_to;
         ++i)
      result.push_back(i->second);
    return result;
  }

  std::optional<answer> reading;
  size_t page;
  size_t limit_;
  due_queue aut;
};

} // namespace

TEST(due_queue, tells_nobody_before_the_time) {
  due_queue aut{10};
  aut.scanned({}, true, 1000);
  aut.written(500, row_of('a', 1, 500).key);
  EXPECT_EQ(aut.pop(499), std::nullopt);
  EXPECT_EQ(aut.next(), 500);
  EXPECT_EQ(aut.pop(500), id_of('a'));
  EXPECT_EQ(aut.pop(500), std::nullopt);
  EXPECT_EQ(aut.next(), std::nullopt);
}

TEST(due_queue, tells_the_earliest_first) {
  due_queue aut{10};
  aut.scanned({}, true, 1000);
  aut.written(300, row_of('a', 1, 300).key);
  aut.written(100, row_of('b', 1, 100).key);
  aut.written(200, row_of('c', 1, 200).key);
  EXPECT_EQ(aut.pop(1000), id_of('b'));
  EXPECT_EQ(aut.pop(1000), id_of('c'));
  EXPECT_EQ(aut.pop(1000), id_of('a'));
}

TEST(due_queue, wants_to_read_until_it_knows_everything_due) {
  due_queue aut{10};
  EXPECT_TRUE(aut.wants_scan(100));
  EXPECT_EQ(aut.position(), std::nullopt);
  aut.scanned({row_of('a', 1, 10), row_of('b', 1, 20)}, false, 100);
  EXPECT_TRUE(aut.wants_scan(100));
  EXPECT_EQ(aut.position(), (due_position{20, row_of('b', 1, 20).key}));
  aut.scanned({row_of('c', 1, 30)}, true, 100);
  EXPECT_FALSE(aut.wants_scan(100));
  EXPECT_TRUE(aut.wants_scan(101));
}

TEST(due_queue, takes_a_row_that_is_overdue_when_it_is_written) {
  due_queue aut{10};
  aut.scanned({}, true, 1000);
  aut.written(5, row_of('a', 1, 5).key);
  EXPECT_EQ(aut.pop(1000), id_of('a'));
}

TEST(due_queue, knowing_a_row_twice_does_no_harm) {
  due_queue aut{10};
  aut.written(10, row_of('a', 1, 10).key);
  aut.scanned({row_of('a', 1, 10)}, true, 100);
  aut.written(10, row_of('a', 1, 10).key);
  EXPECT_EQ(aut.pop(10), id_of('a'));
  for (int i = 0; i < 3 && aut.pop(10); ++i) {
    // Told again at most a few times, then done.
  }
  EXPECT_EQ(aut.pop(10), std::nullopt);
}

TEST(due_queue, holds_no_more_than_its_limit) {
  due_queue aut{4};
  aut.scanned({}, true, 1'000'000);
  for (uint8_t i = 0; i < 100; ++i) {
    aut.written(1000 - i, row_of(i, 1, 0).key);
    ASSERT_LE(aut.size(), 4u);
  }
  EXPECT_EQ(aut.next(), 901);
  EXPECT_FALSE(aut.wants_scan(1'000'000)) << "there is no room";
  while (aut.pop(1'000'000)) {
    // Makes room.
  }
  EXPECT_TRUE(aut.wants_scan(1'000'000)) << "what was evicted is to be read";
}

// A read is under way behind everything known, when a new row evicts one: the
// answer must not hide it.
TEST(due_queue, keeps_what_is_evicted_during_a_read) {
  due_queue aut{2};
  aut.position();
  aut.scanned({row_of('a', 1, 10), row_of('z', 1, 90)}, true, 100);
  ASSERT_EQ(aut.pop(10), id_of('a'));
  ASSERT_TRUE(aut.wants_scan(200));
  aut.position();
  aut.written(20, row_of('b', 1, 20).key);
  aut.written(30, row_of('c', 1, 30).key);
  aut.scanned({}, true, 200);
  EXPECT_EQ(aut.pop(100), id_of('b'));
  EXPECT_EQ(aut.pop(100), id_of('c'));
  EXPECT_TRUE(aut.wants_scan(100)) << "z is to be read again";
}

TEST(due_queue, many_rows_of_one_subscriber_with_one_due_time_fit_any_limit) {
  due_model world{1, 1, 1};
  for (sequence seq = 1; seq <= 20; ++seq)
    world.stored_before({id_of('a'), 0, seq}, 1000);
  world.stored_before({id_of('b'), 0, 1}, 1000);
  world.settle();
  world.check_nothing_forgotten();
}

TEST(due_queue, forgets_nothing_under_any_limit_and_order) {
  for (unsigned seed = 0; seed < 1500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng{seed};
    due_model world{seed, 1 + rng() % 8, 1 + rng() % 6};
    auto before = rng() % 30;
    for (sequence seq = 1; seq <= before; ++seq)
      world.stored_before({id_of(uint8_t(rng() % 6)), 0, seq},
                          900 + unix_ms(rng() % 300));
    for (int i = 0; i < 150; ++i) {
      job_key key{id_of(uint8_t(rng() % 6)), log_id(rng() % 2), 1 + rng() % 8};
      switch (rng() % 7) {
        case 0:
        case 1:
          world.write(key, world.now - 20 + unix_ms(rng() % 200));
          break;
        case 2:
          world.drop(key);
          break;
        case 3:
          world.begin_scan();
          break;
        case 4:
          world.end_scan();
          break;
        case 5:
          world.serve();
          break;
        default:
          world.now += unix_ms(rng() % 30);
          world.settle();
          world.check_nothing_forgotten();
          world.check_next();
      }
      if (testing::Test::HasFailure())
        return;
    }
  }
}

} // namespace herald::test
