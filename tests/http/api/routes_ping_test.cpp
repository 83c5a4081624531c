#include "tests/http/api/routes_fixture.hpp"

#include <gmock/gmock.h>

namespace herald::test {

namespace {

using testing::ElementsAre;
using strings = std::vector<std::string>;

/// The light pings of `/hub`.
class light_pings : public the_routes {
protected:
  strings topics(const std::string& fields) {
    auto result = hub("hub.mode=publish&" + fields);
    auto* what = std::get_if<ping_command>(&result);
    EXPECT_NE(what, nullptr) << answer(result);
    if (what == nullptr)
      return {};
    strings all;
    for (auto& [log, some] : what->topics)
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }

  std::string refusal(const std::string& fields) {
    return answer(hub("hub.mode=publish&" + fields));
  }
};

} // namespace

TEST_F(light_pings, name_topics_in_url_or_topic_once_or_repeated) {
  EXPECT_THAT(topics("hub.url=http%3A%2F%2Ft%2Fa%3Fx%3D1"),
              ElementsAre("http://t/a?x=1"));
  EXPECT_THAT(topics("hub.topic=http://t/a"), ElementsAre("http://t/a"));
  EXPECT_THAT(topics("hub.url=http://t/a&hub.topic=http://t/b&hub.url=http://"
                     "t/a&hub.url%5B%5D=https://t/c"),
              ElementsAre("http://t/a", "http://t/b", "https://t/c"));
}

TEST_F(light_pings, split_at_commas_only_where_a_url_begins) {
  EXPECT_THAT(topics("hub.url=http://t/a,b,http://t/c,https://t/d?x=,y"),
              ElementsAre("http://t/a,b", "http://t/c", "https://t/d?x=,y"));
}

TEST_F(light_pings, go_to_the_log_of_their_topic) {
  options.logs = 4;
  auto result
    = hub("hub.mode=publish&hub.url=http://t/a,http://t/b,http://t/c");
  for (auto& [log, some] : std::get<ping_command>(result).topics)
    for (auto& topic : some)
      EXPECT_EQ(log, topic_log(topic, 4));
}

TEST_F(light_pings, accept_any_case_of_the_mode) {
  auto result = hub("hub.mode=Publish&hub.url=http://t/a");
  EXPECT_TRUE(std::holds_alternative<ping_command>(result));
}

TEST_F(light_pings, say_which_rule_is_broken) {
  EXPECT_TRUE(begins(refusal(""), "400 hub.url is missing"));
  EXPECT_TRUE(begins(refusal("hub.url="), "400 hub.url is not usable"));
  EXPECT_TRUE(begins(refusal("hub.topic=UN.CEFACT.*"), "400 hub.topic"));
  EXPECT_TRUE(begins(refusal("hub.url=ftp://t/"), "400 hub.url"));
  EXPECT_TRUE(begins(refusal("hub.url=http://t/%23f"), "400 hub.url"));
  EXPECT_TRUE(begins(refusal("hub.url=http://t/&hub.url=%ff"),
                     "400 hub.url must be percent-encoded UTF-8"));
  EXPECT_TRUE(begins(refusal("hub.url=http://t/,http://"), "400 hub.url"));
}

TEST_F(light_pings, are_bounded) {
  std::string list;
  for (size_t i = 0; i < max_pinged_topics; ++i)
    list += ",http://t/" + std::to_string(i);
  EXPECT_EQ(topics("hub.url=" + list.substr(1)).size(), max_pinged_topics);
  EXPECT_TRUE(begins(refusal("hub.url=http://t/more" + list),
                     "400 hub.url must not name more than 1000"));
  std::string again;
  for (size_t i = 0; i < max_pinged_topics; ++i)
    again += ",http://t/1";
  EXPECT_EQ(topics("hub.url=" + again.substr(1)).size(), 1u);
  EXPECT_TRUE(begins(refusal("hub.url=http://t/1" + again),
                     "400 hub.url must not name more than 1000"));
}

} // namespace herald::test
