#include "config/errc.hpp"
#include "http/cli/discover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

using namespace herald;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

namespace {

const std::string blog = "https://blog.example/";
const std::string hub = "https://hub.example/";

http_response answer(unsigned status, std::string_view link = "",
                     std::string body = "") {
  http_response result;
  result.status = status;
  result.body = std::move(body);
  if (!link.empty())
    result.fields.emplace_back("link", link);
  return result;
}

http_response sent_on(unsigned status, std::string_view location) {
  auto result = answer(status);
  result.fields.emplace_back("location", location);
  return result;
}

/// Answers by URL, as a web of scripts; keeps what was asked.
struct scripted_web {
  std::map<std::string, http_response> pages;
  std::vector<std::string> asked;
  std::vector<node_request> requests;

  web_exchange exchange() {
    return [this](const std::string& url,
                  const node_request& what) -> caf::expected<http_response> {
      asked.push_back(what.method + " " + url);
      requests.push_back(what);
      auto i = pages.find(url);
      if (i == pages.end())
        return fail(errc::unreachable, url + ": nobody is there");
      return i->second;
    };
  }
};

node_request post() {
  node_request result;
  result.method = "POST";
  result.body = "hub.mode=subscribe";
  return result;
}

template <class T>
std::string why(const caf::expected<T>& what) {
  return what ? "no error" : describe(what.error());
}

} // namespace

TEST(topic_client, get_is_redirected_by_five_statuses) {
  for (unsigned status = 200; status < 600; ++status) {
    auto follows = status == 301 || status == 302 || status == 303
                   || status == 307 || status == 308;
    EXPECT_EQ(redirect_of(sent_on(status, "/x"), blog, "GET").has_value(),
              follows)
      << status;
  }
}

TEST(topic_client, post_is_redirected_by_two_statuses) {
  for (unsigned status = 200; status < 600; ++status)
    EXPECT_EQ(redirect_of(sent_on(status, "/x"), blog, "POST").has_value(),
              status == 307 || status == 308)
      << status;
}

TEST(topic_client, redirects_are_resolved_and_lose_their_fragment) {
  auto to = [](std::string_view location) {
    return redirect_of(sent_on(302, location), "https://blog.example/a/b?c",
                       "GET")
      .value_or("none");
  };
  EXPECT_EQ(to("https://other.example/x"), "https://other.example/x");
  EXPECT_EQ(to("/x?y"), "https://blog.example/x?y");
  EXPECT_EQ(to("x#top"), "https://blog.example/a/x");
  EXPECT_EQ(to("//other.example/"), "https://other.example/");
  EXPECT_EQ(to("ftp://other.example/"), "none");
  EXPECT_EQ(to("https://u:p@other.example/"), "none");
  EXPECT_EQ(to(""), "none");
  EXPECT_FALSE(redirect_of(answer(302), blog, "GET"));
}

TEST(topic_client, a_secret_is_not_redirected_out_of_https) {
  auto down = sent_on(307, "http://hub.example/");
  EXPECT_FALSE(redirect_of(down, "https://hub.example/", "POST"));
  EXPECT_TRUE(redirect_of(down, "http://old.example/", "POST"));
  EXPECT_TRUE(redirect_of(down, "https://hub.example/", "GET"));
}

TEST(topic_client, follows_five_redirects_and_no_more) {
  scripted_web web;
  for (auto i = 0; i < 6; ++i)
    web.pages["https://h/" + std::to_string(i)]
      = sent_on(308, std::to_string(i + 1));
  web.pages["https://h/6"] = answer(200);
  auto five = follow("https://h/1", post(), web.exchange());
  ASSERT_TRUE(five) << why(five);
  EXPECT_EQ(five->url, "https://h/6");
  EXPECT_EQ(web.asked.size(), 6u);
  for (auto& x : web.requests)
    EXPECT_EQ(x.body, "hub.mode=subscribe");
  auto six = follow("https://h/0", post(), web.exchange());
  EXPECT_EQ(why(six), "redirected more than 5 times, at last to https://h/6");
}

TEST(topic_client, finds_hubs_and_self_after_redirects) {
  scripted_web web;
  web.pages[blog] = sent_on(301, "https://www.blog.example/feed/");
  web.pages["https://www.blog.example/feed/"]
    = answer(200, "<../hub>; rel=hub, <https://hub.example/>; rel=hub, <x>; "
                  "rel=self");
  auto found = find_topic(blog, web.exchange());
  ASSERT_TRUE(found) << why(found);
  EXPECT_EQ(found->url, "https://www.blog.example/feed/");
  EXPECT_THAT(found->links.hubs,
              ElementsAre("https://www.blog.example/hub", hub));
  EXPECT_EQ(found->topic, "https://www.blog.example/feed/x");
  EXPECT_EQ(found_text(blog, *found),
            "https://blog.example/ leads to https://www.blog.example/feed/\n"
            "https://www.blog.example/feed/ says:\n"
            "  hub   https://www.blog.example/hub\n"
            "  hub   https://hub.example/\n"
            "  self  https://www.blog.example/feed/x\n");
}

TEST(topic_client, asks_for_feeds_and_pages) {
  scripted_web web;
  web.pages[blog] = answer(200, "<https://hub.example/>; rel=hub");
  ASSERT_TRUE(find_topic(blog, web.exchange()));
  ASSERT_EQ(web.requests.at(0).fields.at(0).first, "Accept");
  auto accept = web.requests[0].fields[0].second;
  for (auto type :
       {"application/atom+xml", "application/rss+xml", "text/html", "*/*"})
    EXPECT_THAT(accept, HasSubstr(type));
}

TEST(topic_client, without_self_the_topic_is_the_url_that_answered) {
  scripted_web web;
  web.pages[blog] = sent_on(302, "/feed");
  web.pages[blog + "feed"] = answer(200, "<https://hub.example/>; rel=hub");
  auto found = find_topic(blog, web.exchange());
  ASSERT_TRUE(found) << why(found);
  EXPECT_EQ(found->topic, blog + "feed");
  EXPECT_THAT(found_text(blog, *found),
              EndsWith("  self  not named; its own URL is the topic\n"));
}

TEST(topic_client, says_why_there_is_no_hub) {
  scripted_web web;
  web.pages[blog] = answer(200, "<https://blog.example/>; rel=self");
  web.pages[blog + "gone"] = answer(404, "<https://hub.example/>; rel=hub");
  web.pages[blog + "lost"] = sent_on(302, "mailto:a@b");
  EXPECT_THAT(why(find_topic(blog, web.exchange())),
              testing::StartsWith(blog + " names no hub"));
  EXPECT_EQ(why(find_topic(blog + "gone", web.exchange())),
            blog + "gone answers 404: Not Found");
  EXPECT_THAT(why(find_topic(blog + "lost", web.exchange())),
              HasSubstr("answers 302"));
  EXPECT_THAT(why(find_topic(blog + "nowhere", web.exchange())),
              HasSubstr("nobody is there"));
}

TEST(topic_client, topics_that_are_no_url_are_a_mistake_of_the_caller) {
  scripted_web web;
  for (auto text : {"orders", "ftp://h/", "http://h/#x", ""}) {
    auto found = find_topic(text, web.exchange());
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(code_of(found.error()), errc::invalid) << text;
  }
  EXPECT_TRUE(web.asked.empty());
}

TEST(topic_client, any_success_of_a_hub_counts) {
  scripted_web web;
  for (auto status : {200u, 202u, 204u}) {
    web.pages[hub] = answer(status);
    auto accepted = ask_hub(hub, post(), web.exchange());
    ASSERT_TRUE(accepted) << why(accepted);
    EXPECT_EQ(*accepted, hub);
  }
  web.pages[hub] = answer(400, "", "hub.topic is unknown here");
  EXPECT_EQ(why(ask_hub(hub, post(), web.exchange())),
            "the hub https://hub.example/ answers 400: hub.topic is unknown "
            "here");
}

TEST(discover_command, asks_the_next_hub_if_one_refuses) {
  scripted_web web;
  web.pages["https://second.example/"] = answer(503);
  web.pages["https://third.example/"] = answer(202);
  found_topic found;
  found.links.hubs = {"https://first.example/", "https://second.example/",
                      "https://third.example/", "https://fourth.example/"};
  subscribe_wish wish;
  wish.topic = blog;
  wish.callback = "https://me.example/";
  auto accepted = ask_hubs(found, wish, web.exchange());
  ASSERT_TRUE(accepted) << why(accepted);
  EXPECT_EQ(*accepted, "https://third.example/");
  EXPECT_EQ(web.asked.size(), 3u);
  EXPECT_EQ(web.requests.back().body, hub_request(wish).body);
  found.links.hubs.resize(2);
  EXPECT_THAT(why(ask_hubs(found, wish, web.exchange())),
              HasSubstr("https://second.example/ answers 503"));
}
