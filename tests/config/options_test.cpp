#include "config/errc.hpp"
#include "config/options.hpp"
#include "config/units.hpp"

#include <gmock/gmock.h>

#include <set>

namespace herald {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(options, names_follow_the_flag) {
  EXPECT_EQ(flag_name("lease-default"), "--lease-default");
  EXPECT_EQ(environment_name("lease-default"), "HERALD_LEASE_DEFAULT");
  EXPECT_EQ(file_key("lease-default"), "lease.default");
  EXPECT_EQ(file_key("delivery-total-in-flight"), "delivery.total-in-flight");
  EXPECT_EQ(file_key("base-url"), "base-url");
  EXPECT_EQ(file_key("drain-seconds"), "drain-seconds");
  EXPECT_EQ(file_key("auth"), "auth");
  EXPECT_EQ(file_key("auth-tokens"), "auth.tokens");
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

TEST(options, that_are_missing_are_no_options_and_say_so) {
  EXPECT_FALSE(missing_options().empty());
  for (auto& [flag, why] : missing_options()) {
    EXPECT_EQ(find_option(flag), nullptr) << flag;
    EXPECT_THAT(std::string{why}, HasSubstr("not implemented")) << flag;
  }
}

TEST(options, that_reload_can_be_taken_over) {
  for (auto& option : all_options())
    EXPECT_EQ(option.reloads, option.copy != nullptr) << option.flag;
}

TEST(options, reload_where_they_can_and_are_named_where_not) {
  config now;
  config wanted;
  wanted.threads = 3;
  wanted.data = "/elsewhere";
  wanted.callbacks.allow.private_too = true;
  wanted.callbacks.deny = {*ip_network::parse("10.0.0.0/8")};
  wanted.callbacks.ports = {};
  wanted.hosts.allow = {"hub.example.org"};
  wanted.topics.allow = {"a.*"};
  wanted.log.level = "debug";
  EXPECT_THAT(reload_options(now, wanted), ElementsAre("data", "threads"));
  EXPECT_EQ(now.threads, 0u);
  EXPECT_EQ(now.data, "./var");
  EXPECT_EQ(now.callbacks.allow, wanted.callbacks.allow);
  EXPECT_EQ(now.callbacks.deny, wanted.callbacks.deny);
  EXPECT_EQ(now.callbacks.ports, wanted.callbacks.ports);
  EXPECT_EQ(now.hosts.allow, wanted.hosts.allow);
  EXPECT_EQ(now.topics.allow, wanted.topics.allow);
  EXPECT_EQ(now.log.level, "debug");
}

TEST(options, reload_to_nothing_new_where_nothing_changed) {
  config now;
  EXPECT_THAT(reload_options(now, config{}), IsEmpty());
  for (auto& option : all_options())
    EXPECT_EQ(option.print(now), option.print(config{})) << option.flag;
}

} // namespace herald
