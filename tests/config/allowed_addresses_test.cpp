#include "config/allowed_addresses.hpp"
#include "config/errc.hpp"

#include <gmock/gmock.h>

namespace herald {

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using address_words = std::vector<std::string>;

/// What these words come to where nothing is allowed before.
allowed_addresses addresses_of(const address_words& words) {
  allowed_addresses result;
  result.public_too = false;
  for (auto& word : words)
    EXPECT_FALSE(add_word(result, word)) << word;
  return result;
}

} // namespace

TEST(allowed_addresses, mean_the_internet_unless_somebody_says_otherwise) {
  allowed_addresses what;
  EXPECT_TRUE(what.public_too);
  EXPECT_FALSE(what.loopback_too);
  EXPECT_FALSE(what.private_too);
  EXPECT_THAT(what.blocks, IsEmpty());
  EXPECT_FALSE(what.given);
  EXPECT_THAT(words_of(what), ElementsAre("public"));
}

TEST(allowed_addresses, have_a_word_for_each_kind_of_network) {
  EXPECT_TRUE(addresses_of({"public"}).public_too);
  EXPECT_TRUE(addresses_of({"loopback"}).loopback_too);
  EXPECT_TRUE(addresses_of({"private"}).private_too);
  auto one = addresses_of({"loopback"});
  EXPECT_FALSE(one.public_too || one.private_too);
  EXPECT_THAT(one.blocks, IsEmpty());
}

TEST(allowed_addresses, take_blocks_beside_the_words) {
  auto what = addresses_of({"fc00::/7", "public", "192.0.2.7", "10.1.2.3/8"});
  EXPECT_TRUE(what.public_too);
  EXPECT_THAT(words_of(what),
              ElementsAre("public", "fc00::/7", "192.0.2.7/32", "10.0.0.0/8"));
}

TEST(allowed_addresses, say_the_words_first_in_one_order) {
  EXPECT_THAT(words_of(addresses_of({"::1", "private", "loopback", "public"})),
              ElementsAre("public", "loopback", "private", "::1/128"));
  EXPECT_THAT(words_of(addresses_of({})), IsEmpty());
}

TEST(allowed_addresses, are_read_back_from_their_words) {
  for (auto& words :
       {address_words{}, address_words{"public"},
        address_words{"loopback", "private", "10.0.0.0/8", "::/0"},
        address_words{"public", "private", "::ffff:10.0.0.0/104"}}) {
    auto what = addresses_of(words);
    EXPECT_EQ(addresses_of(words_of(what)), what);
  }
}

TEST(allowed_addresses, refuse_everything_else_and_stay_as_they_are) {
  auto what = addresses_of({"loopback", "10.0.0.0/8"});
  auto before = what;
  for (auto word : {"", "Public", "public ", "localhost", "all", "none", "*",
                    "example.org", "10.0.0.0/33", "public,loopback"}) {
    auto err = add_word(what, word);
    EXPECT_EQ(code_of(err), errc::invalid) << word;
    EXPECT_THAT(describe(err),
                AllOf(HasSubstr("\"" + std::string{word} + "\""),
                      HasSubstr("public, loopback, private, or a block")));
    EXPECT_EQ(what, before) << word;
  }
}

} // namespace herald
