// Discovery (WebSub 4): from a page or a feed to its hub, by the command.
#include "tests/end_to_end/support/websub.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace {

/// `herald subscribe --discover`, run to its end.
run_result discover(const std::string& url, const std::string& callback,
                    const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{HERALD_BINARY, "subscribe", "--discover", url,
                                 callback};
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

/// A topic that names `hub` and `self` in its document.
reply atom_feed(const std::string& hub, const std::string& self) {
  return reply_with(200,
                    "<?xml version=\"1.0\"?>\n"
                    "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
                    "<title>News</title>\n<link rel=\"hub\" href=\""
                      + hub + "\"/>\n<link rel=\"self\" href=\"" + self
                      + "\"/>\n</feed>\n",
                    {{"Content-Type", "application/atom+xml"}});
}

nlohmann::json first_line(const run_result& of) {
  return nlohmann::json::parse(of.output, nullptr, false);
}

} // namespace

TEST_F(websub, websub_64_link_headers_come_first) {
  receiver topic;
  receiver hub;
  auto page = atom_feed("http://127.0.0.1:1/", "http://wrong.example/");
  page.fields.emplace_back("Link", "<" + hub.url("/hub") + ">; rel=\"hub\"");
  page.fields.emplace_back("Link", "<" + feed + ">; rel=\"self\"");
  topic.on_challenge(always(page));
  auto done = discover(topic.url("/feed"), "http://me.example/", {"--json"});
  ASSERT_EQ(done.code, 0) << done.complaints;
  EXPECT_EQ(first_line(done)["hubs"], nlohmann::json::array({hub.url("/hub")}));
  ASSERT_EQ(hub.deliveries().size(), 1u);
  EXPECT_EQ(form_value(hub.deliveries()[0].body, "hub.topic"), feed);
}

TEST_F(websub, websub_65_relative_targets_resolve) {
  receiver topic;
  topic.on_challenge(in_turn({reply_with(302, "", {{"Location", "/a/b"}})},
                             always(atom_feed("../hub?a=b", "c"))));
  auto done = discover(topic.url("/"), "http://me.example/", {"--json"});
  ASSERT_EQ(done.code, 0) << done.complaints;
  auto said = first_line(done);
  EXPECT_EQ(said["url"], topic.url("/"));
  EXPECT_EQ(said["read"], topic.url("/a/b"));
  EXPECT_EQ(said["hub"], topic.url("/hub?a=b"));
  EXPECT_EQ(said["topic"], topic.url("/a/c"));
  ASSERT_EQ(topic.deliveries().size(), 1u);
  EXPECT_EQ(topic.deliveries()[0].start, "POST /hub?a=b HTTP/1.1");
}

TEST_F(websub, websub_66_subscribe_discovers) {
  start();
  receiver topic;
  receiver to;
  topic.on_challenge(always(atom_feed(node().url("/hub"), feed)));
  auto done = discover(topic.url("/news"), to.url("/in"), {"--secret", "s"});
  ASSERT_EQ(done.code, 0) << done.complaints;
  EXPECT_EQ(done.output, topic.url("/news") + " says:\n  hub   "
                           + node().url("/hub") + "\n  self  " + feed + "\n"
                           + node().url("/hub")
                           + " accepted; it verifies the callback\n");
  EXPECT_THAT(topic.challenges().at(0).field("Accept"),
              HasSubstr("application/atom+xml"));
  ASSERT_TRUE(wait_for_state(feed, to.url("/in"), "active"));
  auto published
    = post("/hub?hub.mode=publish&hub.topic=" + percent_encode(feed),
           "application/atom+xml", "<feed/>");
  ASSERT_EQ(published.status(), 204) << published.body;
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_EQ(to.deliveries()[0].body, "<feed/>");
  EXPECT_EQ(to.deliveries()[0].field("X-Hub-Signature"),
            "sha256=" + hmac_hex("sha256", "s", "<feed/>"));
}

TEST_F(websub, websub_66_herald_receive_can_be_the_callback) {
  start();
  receiver topic;
  topic.on_challenge(always(atom_feed(node().url("/hub"), feed)));
  child_process to{{HERALD_BINARY, "receive", "--listen", "127.0.0.1:0"}};
  auto ready = to.read_line().value_or("");
  ASSERT_THAT(ready, StartsWith("herald receiving on "));
  auto callback = ready.substr(ready.rfind(' ') + 1) + "/in";
  ASSERT_EQ(discover(topic.url(), callback).code, 0);
  EXPECT_THAT(to.read_line().value_or(""), HasSubstr("subscribe to " + feed));
  ASSERT_TRUE(wait_for_state(feed, callback, "active"));
  publish(feed, "hello");
  EXPECT_THAT(to.read_line().value_or(""), HasSubstr("topic " + feed));
}

TEST_F(websub, websub_66_a_hub_may_send_on_with_307_and_308) {
  start();
  receiver topic;
  receiver old;
  receiver to;
  topic.on_challenge(always(atom_feed(old.url("/a"), feed)));
  old.on_delivery(
    in_turn({reply_with(308, "", {{"Location", "/b"}})},
            always(reply_with(307, "", {{"Location", node().url("/hub")}}))));
  auto done = discover(topic.url(), to.url());
  ASSERT_EQ(done.code, 0) << done.complaints;
  EXPECT_THAT(done.output, HasSubstr(node().url("/hub") + " accepted"));
  EXPECT_THAT(targets_of(old.deliveries()), ElementsAre("/a", "/b"));
  EXPECT_TRUE(wait_for_state(feed, to.url(), "active"));
}

TEST_F(websub, websub_66_the_next_hub_is_asked_if_one_is_down) {
  start();
  receiver topic;
  receiver to;
  topic.on_challenge(
    always(reply_with(200, "",
                      {{"Link", "<http://127.0.0.1:1/>; rel=hub, <"
                                  + node().url("/hub") + ">; rel=hub"},
                       {"Link", "<" + feed + ">; rel=self"}})));
  auto done = discover(topic.url(), to.url());
  ASSERT_EQ(done.code, 0) << done.complaints;
  EXPECT_THAT(done.complaints, HasSubstr("trying the next hub"));
  EXPECT_TRUE(wait_for_state(feed, to.url(), "active"));
}

TEST_F(websub, websub_66_a_page_without_a_hub_is_told) {
  receiver topic;
  topic.on_challenge(always(reply_with(200, "<html><title>x</title><p>Hello",
                                       {{"Content-Type", "text/html"}})));
  auto done = discover(topic.url("/page"), "http://me.example/");
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.output, IsEmpty());
  EXPECT_THAT(done.complaints, HasSubstr(topic.url("/page") + " names no hub"));
}

TEST_F(websub, websub_66_mistakes_of_the_caller_are_told) {
  EXPECT_EQ(discover("orders", "http://me.example/").code, 2);
  EXPECT_EQ(discover(feed, "http://me.example/", {"--wait"}).code, 2);
  auto down = discover("http://127.0.0.1:1/", "http://me.example/");
  EXPECT_EQ(down.code, 1);
  EXPECT_THAT(down.complaints, HasSubstr("Connection refused"));
}

TEST_F(websub, websub_66_only_the_own_node_is_sent_the_token) {
  receiver topic;
  receiver hub;
  topic.on_challenge(always(atom_feed(hub.url("/hub"), feed)));
  auto ask = [&](const receiver& own) {
    child_process child{{HERALD_BINARY, "subscribe", "--discover", topic.url(),
                         "http://me.example/", "--node", own.url("")},
                        {"HERALD_TOKEN=t0ken"}};
    return child.wait();
  };
  receiver elsewhere;
  ASSERT_EQ(ask(elsewhere), 0);
  ASSERT_EQ(ask(hub), 0);
  EXPECT_THAT(fields_of(topic.challenges(), "Authorization"),
              ElementsAre("", ""));
  EXPECT_THAT(fields_of(hub.deliveries(), "Authorization"),
              ElementsAre("", "Bearer t0ken"));
}
