#include "config/text_hash.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace herald {

namespace {

/// Leaves the seed of the process as it was.
class the_text_hash : public testing::Test {
protected:
  the_text_hash() : seed_(hashing::process_hash_seed) {
    // nop
  }

  ~the_text_hash() override { hashing::process_hash_seed = seed_; }

  static size_t hash_of(std::string_view text) { return text_hash{}(text); }

  static size_t prefix_hash_of(std::string_view text) {
    prefix_hash result;
    for (auto c : text)
      result.add(c);
    return result.value();
  }

  /// Texts that are as long as each step of the hash, and around it.
  static std::vector<std::string> texts_of_all_lengths() {
    std::vector<std::string> result;
    for (size_t size = 0; size < 40; ++size)
      result.emplace_back(size, 'x');
    return result;
  }

private:
  hash_seed seed_;
};

} // namespace

TEST_F(the_text_hash, is_repeatable_with_a_fixed_seed) {
  std::vector<size_t> first;
  fix_hash_seed(7);
  for (auto& text : texts_of_all_lengths())
    first.push_back(hash_of(text));
  fix_hash_seed(8);
  fix_hash_seed(7);
  std::vector<size_t> again;
  for (auto& text : texts_of_all_lengths())
    again.push_back(hash_of(text));
  EXPECT_EQ(first, again);
}

TEST_F(the_text_hash, differs_between_two_seeds) {
  fix_hash_seed(1);
  auto whole = hash_of("un.cefact.trade");
  auto prefix = prefix_hash_of("un.cefact.trade");
  auto number = seeded(1, 2);
  fix_hash_seed(2);
  EXPECT_NE(hash_of("un.cefact.trade"), whole);
  EXPECT_NE(prefix_hash_of("un.cefact.trade"), prefix);
  EXPECT_NE(seeded(1, 2), number);
}

TEST_F(the_text_hash, has_a_seed_that_is_neither_small_nor_too_large) {
  for (uint64_t number : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    fix_hash_seed(number);
    for (auto part : {hashing::process_hash_seed.factor,
                      hashing::process_hash_seed.start}) {
      EXPECT_GT(part, uint64_t{1} << 32);
      EXPECT_LT(part, hashing::hash_prime);
    }
  }
}

TEST_F(the_text_hash, keeps_zeros_at_the_end_apart) {
  fix_hash_seed(7);
  EXPECT_NE(hash_of("a"), hash_of(std::string_view{"a\0", 2}));
  EXPECT_NE(hash_of(""), hash_of(std::string_view{"\0", 1}));
  EXPECT_NE(hash_of("1234567"), hash_of(std::string_view{"1234567\0", 8}));
  EXPECT_NE(prefix_hash_of("a"), prefix_hash_of(std::string_view{"a\0", 2}));
  EXPECT_NE(prefix_hash_of(""), prefix_hash_of(std::string_view{"\0", 1}));
}

TEST_F(the_text_hash, depends_on_the_order_and_on_every_byte) {
  fix_hash_seed(7);
  EXPECT_NE(hash_of("ab"), hash_of("ba"));
  EXPECT_NE(hash_of("aaaaaaabbbbbbb"), hash_of("bbbbbbbaaaaaaa"));
  std::string text(30, 'x');
  std::set<size_t> seen{hash_of(text)};
  for (size_t i = 0; i < text.size(); ++i) {
    auto other = text;
    other[i] = '\xff';
    EXPECT_TRUE(seen.insert(hash_of(other)).second) << i;
  }
}

TEST_F(the_text_hash, meets_seldom) {
  std::set<size_t> seen;
  constexpr size_t count = 10'000;
  fix_hash_seed(7);
  for (size_t i = 0; i < count; ++i)
    seen.insert(hash_of("http://publisher.example/feeds/" + std::to_string(i)));
  EXPECT_EQ(seen.size(), count);
}

TEST_F(the_text_hash, of_prefixes_is_equal_for_the_same_beginnings) {
  fix_hash_seed(7);
  constexpr std::string_view text = "un.cefact.trade.co";
  prefix_hash growing;
  for (size_t size = 0; size <= text.size(); ++size) {
    EXPECT_EQ(growing.value(), prefix_hash_of(text.substr(0, size))) << size;
    if (size < text.size())
      growing.add(text[size]);
  }
  EXPECT_NE(prefix_hash_of("un.cefact"), prefix_hash_of("un.cefacts"));
}

TEST_F(the_text_hash, of_two_numbers_depends_on_both) {
  fix_hash_seed(7);
  EXPECT_EQ(seeded(1, 2), seeded(1, 2));
  EXPECT_NE(seeded(1, 2), seeded(1, 3));
  EXPECT_NE(seeded(1, 2), seeded(3, 2));
  EXPECT_NE(seeded(1, 2), seeded(2, 1));
}

} // namespace herald
