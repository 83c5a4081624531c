#include "config/errc.hpp"
#include "config/options.hpp"
#include "config/units.hpp"

#include <gtest/gtest.h>

#include <set>

namespace herald {

TEST(options, names_follow_the_flag) {
  EXPECT_EQ(flag_name("lease-default"), "--lease-default");
  EXPECT_EQ(environment_name("lease-default"), "HERALD_LEASE_DEFAULT");
  EXPECT_EQ(file_key("lease-default"), "lease.default");
  EXPECT_EQ(file_key("delivery-total-in-flight"), "delivery.total-in-flight");
  EXPECT_EQ(file_key("base-url"), "base-url");
  EXPECT_EQ(file_key("drain-seconds"), "drain-seconds");
}

TEST(options, every_name_is_unique_and_found) {
  std::set<std::string> names;
  for (auto& option : all_options()) {
    EXPECT_TRUE(names.insert(file_key(option.flag)).second) << option.flag;
    EXPECT_EQ(find_option(option.flag), &option);
    EXPECT_FALSE(option.meaning.empty() || option.group.empty()
                 || option.value.empty())
      << option.flag;
  }
  EXPECT_EQ(find_option("lease"), nullptr);
}

TEST(options, every_default_is_itself_accepted) {
  for (auto& option : all_options()) {
    auto text = option.print(config{});
    if (text.empty())
      continue;
    config values;
    auto words = option.list ? split_list(text) : std::vector{text};
    auto err = option.read(values, words);
    EXPECT_FALSE(err) << option.flag << ": " << describe(err);
    EXPECT_EQ(option.print(values), text) << option.flag;
  }
}

TEST(options, a_refused_value_changes_nothing) {
  for (auto& option : all_options()) {
    config values;
    auto before = option.print(values);
    EXPECT_TRUE(option.read(values, {std::string{"\0", 1}})) << option.flag;
    EXPECT_EQ(option.print(values), before) << option.flag;
  }
}

} // namespace herald
