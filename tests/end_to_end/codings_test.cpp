// Content codings: what an event came with it goes out with, whoever has to
// read a body reads through it, and what the node asks for it asks for plain.
#include "tests/end_to_end/support/operator.hpp"

#include <nlohmann/json.hpp>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace {

int hex_value_of(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

std::string bytes_of(std::string_view hex) {
  std::string result;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    result += static_cast<char>(hex_value_of(hex[i]) * 16
                                + hex_value_of(hex[i + 1]));
  return result;
}

// Made by Python's gzip and zlib. A note is {"predicate":"coded",...}.
const std::string note_gzip = bytes_of(
  "1f8b0800000000000203ab562a284a4dc94c4e2c4955b2524ace4f494d51d2512a4ecd"
  "4b492d020a38862ad50200c04eb15c23000000");
const std::string note_zlib = bytes_of(
  "78daab562a284a4dc94c4e2c4955b2524ace4f494d51d2512a4ecd4b492d020a38862a"
  "d50200d8950b70");
const std::string note_deflate = bytes_of(
  "ab562a284a4dc94c4e2c4955b2524ace4f494d51d2512a4ecd4b492d020a38862ad502"
  "00");
const std::string note_twice = bytes_of(
  "1f8b0800000000000203abb8b53a4c4bc3cbf7a48f9f8e67e8a620af73fe9ebe819702"
  "b5fcce7a7bea327159b4695d6562b83195bb0000791727d02a000000");
const std::string structured_gzip = bytes_of(
  "1f8b0800000000000203ab562a2e484d2e4b2d2acecccf53b25232d43350d251ca4c01"
  "31818ce2fcd2a2e4542047bf18c82ba92c00b193f3535253946a01fae8c5ea3b000000");
const std::string batch_gzip = bytes_of(
  "1f8b08000000000002038bae562a2e484d2e4b2d2acecccf53b25232d43350d251ca4c"
  "01328d808ce2fcd2a2e4542047bf18c82ba92c00b193f3535253946a6301d9089ddf3d"
  "000000");
const std::string lines_gzip = bytes_of(
  "1f8b0800000000000203ab562ac92fc84c56b2524ace4f494d51d2514a492c4954b2aa"
  "56ca53b232acade50200ec263db421000000");
const std::string pause_gzip = bytes_of(
  "1f8b0800000000000203ab562a482c2d4e4d51b22a292a4dad05001d2f8fae0f000000");
const std::string feed_gzip = bytes_of(
  "1f8b0800000000000203b3494b4d4d51a8c8cdc92bb655ca282929b0d2d72f2f2fd72b"
  "37d6cb2f4ad737323030d5772cc9cf55b2b3c9c9cccb56284acdb1552a4ecd495352c8"
  "284a4db355d24f4ecccbcf53d24796cf284d824b83d840497d903d7600fb3160ab6e00"
  "0000");
const std::string feed_zlib = bytes_of(
  "78dab3494b4d4d51a8c8cdc92bb655ca282929b0d2d72f2f2fd72b37d6cb2f4ad73732"
  "3030d5772cc9cf55b2b3c9c9cccb56284acdb1552a4ecd495352c8284a4db355d24f4e"
  "cccbcf53d24796cf284d824b83d840497d903d7600d75b2377");
const std::string ping_gzip = bytes_of(
  "1f8b0800000000000203cb284dd2cbcd4f49b52d284dcac92cce50cb000a9416e5d8a6"
  "9514a81a27aa1aa50151051003003b56467229000000");
const std::string large_gzip = bytes_of(
  "1f8b0800000000000203edc8b11180201044d15e36b602324b61ee36300107c9187ad7"
  "2e4cfe0bdfd23d9c57d46915454fa70e3d6ee9f1c50900000000007ea7fd02fb14daef"
  "c10f0000");

const std::string coded_feed
  = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><link rel=\"self\" "
    "href=\"/canon\"/><link rel=\"hub\" href=\"/hub\"/></feed>";

const field_list gzip_field{{"Content-Encoding", "gzip"}};
constexpr auto json_type = "application/json";

class codings : public operation {
public:
  /// The only delivery that comes of a request; `to` is subscribed to `coded`.
  http_message delivered(const http_message& answer, const receiver& to) {
    EXPECT_EQ(answer.status() / 100, 2) << answer.body;
    EXPECT_TRUE(to.wait_for_deliveries(++count_));
    return to.deliveries().empty() ? http_message{} : to.deliveries().back();
  }

  http_message publish_note(const std::string& body,
                            const std::string& coding) {
    return post("/events", json_type, body, {{"Content-Encoding", coding}});
  }

private:
  size_t count_ = 0;
};

/// A node may not say that bytes are plain which are not.
void expect_coded(const http_message& got, const std::string& body,
                  const std::string& coding) {
  EXPECT_EQ(got.body, body);
  EXPECT_EQ(got.field("Content-Encoding"), coding);
  EXPECT_EQ(got.count("Content-Encoding"), 1U);
  EXPECT_EQ(got.field("Content-Length"), std::to_string(body.size()));
}

void expect_plain(const http_message& got, const std::string& body) {
  EXPECT_EQ(got.body, body);
  EXPECT_EQ(got.count("Content-Encoding"), 0U);
}

reply coded_page(const std::string& body, const std::string& coding) {
  return reply_with(
    200, body,
    {{"Content-Type", "application/atom+xml"}, {"Content-Encoding", coding}});
}

} // namespace

// -- events -------------------------------------------------------------------

TEST_F(codings, what_nobody_reads_is_delivered_as_it_came) {
  start();
  receiver to;
  subscribe("coded", to.url(), {{"hub.secret", "sesame"}});
  for (std::string coding : {"gzip", "br", "x-own, gzip", "zstd"}) {
    field_list more{{"Content-Encoding", coding}};
    auto raw = delivered(
      post("/events?topic=coded", "text/plain", note_gzip, more), to);
    expect_coded(raw, note_gzip, coding);
    EXPECT_EQ(raw.field("Content-Type"), "text/plain");
    EXPECT_EQ(raw.field("X-Hub-Signature"), signature("sha256", "sesame", raw))
      << "of the bytes that were sent";
    auto fat = delivered(
      post("/hub?hub.mode=publish&hub.topic=coded", json_type, note_gzip, more),
      to);
    expect_coded(fat, note_gzip, coding);
    more.insert(more.end(), {{"ce-specversion", "1.0"},
                             {"ce-id", coding.substr(0, 2)},
                             {"ce-source", "/s"},
                             {"ce-type", "coded"}});
    auto binary = delivered(post("/events", json_type, note_gzip, more), to);
    expect_coded(binary, note_gzip, coding);
    EXPECT_EQ(binary.field("ce-type"), "coded");
  }
}

TEST_F(codings, what_is_read_is_decoded_for_reading_alone) {
  start();
  receiver to;
  subscribe("coded", to.url());
  for (std::string coding : {"gzip", "x-gzip", "GZIP"})
    expect_coded(delivered(publish_note(note_gzip, coding), to), note_gzip,
                 coding);
  expect_coded(delivered(publish_note(note_zlib, "deflate"), to), note_zlib,
               "deflate");
  expect_coded(delivered(publish_note(note_deflate, "deflate"), to),
               note_deflate, "deflate");
  expect_coded(delivered(publish_note(note_twice, "deflate, gzip"), to),
               note_twice, "deflate, gzip");
  auto structured = post("/events", "application/cloudevents+json",
                         structured_gzip, gzip_field);
  expect_coded(delivered(structured, to), structured_gzip, "gzip");
}

TEST_F(codings, members_of_a_coded_body_are_plain) {
  start();
  receiver to;
  subscribe("coded", to.url());
  auto batch = post("/events", "application/cloudevents-batch+json", batch_gzip,
                    gzip_field);
  expect_plain(
    delivered(batch, to),
    R"({"specversion":"1.0","id":"2","source":"/s","type":"coded"})");
  auto lines = post("/events", "application/x-ndjson", lines_gzip, gzip_field);
  expect_plain(delivered(lines, to), R"({"n":1})");
}

TEST_F(codings, forms_and_operations_are_read_through_them) {
  start();
  receiver to;
  subscribe("coded", to.url());
  auto ping = post("/hub", form_type, ping_gzip, gzip_field);
  expect_refused(ping, "hub.url");
  auto intergov = post("/subscriptions", form_type, ping_gzip, gzip_field);
  EXPECT_EQ(intergov.status(), 400);
  EXPECT_THAT(intergov.body, HasSubstr("['hub.topic', 'hub.callback']"));
  auto patch = request(
    node().port(), "PATCH", path_of("coded", to),
    {{"Content-Type", json_type}, {"Content-Encoding", "gzip"}}, pause_gzip);
  EXPECT_EQ(patch.status(), 200) << patch.body;
  EXPECT_EQ(state_of("coded", to.url()), "paused");
}

TEST_F(codings, what_cannot_be_read_is_refused_where_it_must_be) {
  start();
  receiver to;
  subscribe("coded", to.url());
  auto path = path_of("coded", to);
  for (auto* coding : {"br", "zstd", "compress", "gzip, br", "x"}) {
    field_list more{{"Content-Encoding", coding}};
    for (auto* type :
         {json_type, "application/cloudevents+json",
          "application/cloudevents-batch+json", "application/x-ndjson"}) {
      auto answer = post("/events", type, note_gzip, more);
      EXPECT_EQ(answer.status(), 415) << coding << type << answer.body;
      EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    }
    for (auto* target : {"/hub", "/subscriptions"})
      EXPECT_EQ(post(target, form_type, ping_gzip, more).status(), 415)
        << coding << target;
    more.emplace_back("Content-Type", json_type);
    EXPECT_EQ(request(node().port(), "PATCH", path, more, pause_gzip).status(),
              415)
      << coding;
  }
  EXPECT_EQ(state_of("coded", to.url()), "active");
}

TEST_F(codings, what_is_not_what_it_says_is_refused) {
  start();
  for (auto& [coding, body] :
       field_list{{"gzip", R"({"predicate":"coded"})"},
                  {"gzip", note_zlib},
                  {"gzip", note_gzip.substr(0, note_gzip.size() - 9)},
                  {"gzip", note_gzip.substr(0, 10)},
                  {"gzip", ""},
                  {"deflate", note_gzip},
                  {"deflate", note_zlib.substr(0, 20)},
                  {"gzip, deflate", note_twice}}) {
    auto answer = publish_note(body, coding);
    EXPECT_EQ(answer.status(), 400) << coding << answer.body;
    EXPECT_EQ(json::parse(answer.body)["field"], "Content-Encoding");
  }
}

TEST_F(codings, a_body_is_no_larger_inside_than_it_may_be_outside) {
  start_with({"--events-max-body", "1KiB"});
  receiver to;
  subscribe("coded", to.url());
  EXPECT_EQ(publish_note(large_gzip, "gzip").status(), 413);
  auto patch = request(
    node().port(), "PATCH", path_of("coded", to),
    {{"Content-Type", json_type}, {"Content-Encoding", "gzip"}}, large_gzip);
  EXPECT_EQ(patch.status(), 413) << patch.body;
  auto unread = post("/events?topic=coded", json_type, large_gzip, gzip_field);
  expect_coded(delivered(unread, to), large_gzip, "gzip");
}

TEST_F(codings, whoever_reads_an_event_is_told_of_its_coding) {
  start();
  receiver to;
  subscribe("coded", to.url());
  auto answer = publish_note(note_gzip, "gzip");
  delivered(answer, to);
  auto event = json::parse(
    get("/events/" + json::parse(answer.body)["id"].get<std::string>()).body);
  auto pulled = items(path_of("coded", to, "/events"))[0];
  for (auto each : {event, pulled}) {
    EXPECT_EQ(each["fields"]["Content-Encoding"], "gzip") << each;
    EXPECT_FALSE(each.contains("data")) << "it is no JSON as it stands";
  }
}

TEST_F(codings, a_coding_outlives_the_process_and_a_redelivery) {
  start();
  receiver to;
  subscribe("coded", to.url());
  auto answer = publish_note(note_gzip, "gzip");
  delivered(answer, to);
  node().kill();
  node().start();
  auto id = json::parse(answer.body)["id"].get<std::string>();
  ask("POST", path_of("coded", to, "/redeliver"), json{{"event", id}}.dump(),
      202);
  ASSERT_TRUE(to.wait_for_deliveries(2));
  ask("POST", path_of("coded", to, "/replay"),
      R"({"since":"2020-01-01T00:00:00Z"})", 202);
  ASSERT_TRUE(to.wait_for_deliveries(3));
  EXPECT_THAT(fields_of(to.deliveries(), "Content-Encoding"), Each("gzip"));
  EXPECT_THAT(bodies_of(to.deliveries()), Each(note_gzip));
}

// -- what the node asks for ---------------------------------------------------

TEST_F(codings, every_get_asks_for_plain_content) {
  start_with({"--topics-allow", "http://*"});
  receiver site;
  receiver to;
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  ASSERT_TRUE(site.wait_for_challenges(1));
  hub("subscribe", "denied", to.url());
  hub("unsubscribe", topic, to.url());
  ASSERT_TRUE(to.wait_for_challenges(3));
  run({HERALD_BINARY, "subscribe", "--discover", site.url("/page"),
       "http://me.example/"});
  run({HERALD_BINARY, "status", "--node", site.url("")});
  auto all = site.challenges();
  for (auto& each : to.challenges())
    all.push_back(each);
  EXPECT_GE(all.size(), 6U);
  for (auto& each : all) {
    EXPECT_EQ(each.field("Accept-Encoding"), "identity") << each.start;
    EXPECT_EQ(each.count("Accept-Encoding"), 1U) << each.start;
  }
}

TEST_F(codings, a_page_that_comes_coded_all_the_same_is_decoded) {
  start();
  for (auto& [coding, body] : field_list{{"gzip", feed_gzip},
                                         {"GZIP", feed_gzip},
                                         {"deflate", feed_zlib},
                                         {"identity", coded_feed}}) {
    receiver site;
    receiver to;
    site.on_challenge(always(coded_page(body, coding)));
    auto topic = site.url("/feed");
    subscribe(topic, to.url());
    hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
    ASSERT_TRUE(to.wait_for_deliveries(1)) << coding;
    auto got = to.deliveries()[0];
    expect_plain(got, coded_feed);
    EXPECT_EQ(got.field("Content-Type"), "application/atom+xml");
    EXPECT_THAT(got.field("Link"),
                HasSubstr("<" + site.url("/canon") + ">; rel=\"self\""));
  }
}

TEST_F(codings, a_page_in_a_coding_that_cannot_be_read_is_not_spread) {
  start();
  receiver site;
  receiver to;
  site.on_challenge(
    in_turn({coded_page(feed_gzip, "br"), coded_page(coded_feed, "gzip"),
             coded_page(feed_gzip.substr(0, 40), "gzip"),
             coded_page(feed_gzip, "gzip, zstd")},
            always(reply_with(200, coded_feed))));
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  expect_plain(to.deliveries()[0], coded_feed);
  EXPECT_THAT(site.challenges(), SizeIs(5));
}

TEST_F(codings, a_page_is_no_larger_inside_than_it_may_be_outside) {
  start_with({"--events-max-body", "1KiB"});
  receiver site;
  receiver to;
  site.on_challenge(in_turn({coded_page(large_gzip, "gzip")},
                            always(reply_with(200, "small"))));
  auto topic = site.url("/feed");
  subscribe(topic, to.url());
  hub_form("hub.mode=publish&hub.url=" + percent_encode(topic));
  ASSERT_TRUE(to.wait_for_deliveries(1));
  EXPECT_THAT(bodies_of(to.deliveries()), ElementsAre("small"));
}

TEST_F(codings, discovery_reads_through_them) {
  receiver topic;
  auto discover = [&](const std::string& coding) {
    topic.on_challenge(always(coded_page(feed_gzip, coding)));
    return run({HERALD_BINARY, "subscribe", "--discover", topic.url("/x"),
                "http://me.example/"});
  };
  auto found = discover("gzip");
  EXPECT_EQ(found.code, 0) << found.complaints;
  EXPECT_THAT(targets_of(topic.deliveries()), ElementsAre("/hub"));
  EXPECT_EQ(discover("br").code, 1);
  EXPECT_THAT(topic.deliveries(), SizeIs(1));
}
