// What the node shows of its events and of itself: over HTTP and on the command
// line.
#include "tests/end_to_end/support/operator.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <sstream>
#include <thread>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

class reading : public operation {
public:
  json read(const std::string& target) {
    auto answer = get(target);
    EXPECT_EQ(answer.status(), 200) << target << ": " << answer.body;
    return json::parse(answer.body, nullptr, false);
  }

  /// The samples of /metrics by name with labels.
  std::map<std::string, double> metrics() {
    auto answer = get("/metrics");
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.field("Content-Type"),
              "text/plain; version=0.0.4; charset=utf-8");
    std::map<std::string, double> result;
    std::istringstream lines{answer.body};
    for (std::string line; std::getline(lines, line);)
      if (auto blank = line.rfind(' '); !line.starts_with('#'))
        result[line.substr(0, blank)] = std::stod(line.substr(blank + 1));
    return result;
  }

  /// What became of the event, once `is_good` holds for it.
  json wait_for_fate(const std::string& id,
                     const std::function<bool(const json&)>& is_good) {
    json shown;
    EXPECT_TRUE(eventually([&] {
      shown = read("/events/" + id)["deliveries"];
      return is_good(shown);
    }))
      << shown;
    return shown;
  }

  static std::vector<std::string> members(const json& page, const char* name) {
    std::vector<std::string> result;
    for (auto& item : page["items"])
      result.push_back(item[name]);
    return result;
  }
};

} // namespace

// -- events -------------------------------------------------------------------

TEST_F(reading, events_are_listed_page_by_page) {
  start();
  std::vector<std::string> published;
  for (auto* topic : {"a", "a.b", "b", "a.c", "http://h.example/a"})
    published.push_back(publish(topic, "x"));
  std::vector<std::string> seen;
  for (json page = read("/events?limit=2");;
       page
       = read("/events?limit=2&after=" + page["next"].get<std::string>())) {
    for (auto& id : members(page, "id"))
      seen.push_back(id);
    if (page["next"].is_null())
      break;
  }
  EXPECT_EQ(seen, published);
  EXPECT_THAT(members(read("/events?topic=A.*"), "topic"),
              ElementsAre("a", "a.b", "a.c"));
  EXPECT_EQ(get("/events?after=nonsense").status(), 400);
}

TEST_F(reading, an_event_is_shown_as_it_was_sent) {
  start();
  auto trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  auto sent
    = post("/events?topic=A.b", "application/json",
           R"({"n": 12345678901234567890.10})", {{"traceparent", trace}});
  std::string id = json::parse(sent.body)["id"];
  auto shown = get("/events/" + id);
  EXPECT_THAT(shown.body,
              HasSubstr(R"("data":{"n": 12345678901234567890.10})"));
  auto parts = json::parse(shown.body);
  EXPECT_EQ(parts["topic"], "A.b");
  EXPECT_EQ(parts["fields"]["traceparent"], trace);
  EXPECT_EQ(parts["size"], 30);
  auto binary = publish("a.b", std::string("\0\xff", 2), "image/x");
  EXPECT_EQ(read("/events/" + binary)["data_base64"], "AP8=");
  EXPECT_EQ(get("/events/nothing").status(), 404);
  EXPECT_EQ(request(node().port(), "DELETE", "/events/" + id).status(), 405);
}

TEST_F(reading, an_event_says_what_became_of_it) {
  start({"--retry-schedule", "100ms", "--retry-jitter", "0", "--retry-max-age",
         "1s"});
  receiver fine;
  receiver broken;
  receiver gone;
  broken.on_delivery(always(reply_with(500)));
  gone.on_delivery([](const http_message&) { return reply::hang(); });
  subscribe("a", fine.url());
  subscribe("a.b", broken.url());
  subscribe("*", gone.url());
  auto id = publish("a.b", "x");
  auto counts = [](size_t delivered, size_t pending, size_t dead) {
    return [=](const json& x) {
      return x["delivered"] == delivered && x["pending"] == pending
             && x["dead"] == dead;
    };
  };
  wait_for_fate(id, counts(1, 2, 0));
  auto told = wait_for_fate(id, counts(1, 1, 1));
  ASSERT_THAT(told["items"], SizeIs(3));
  EXPECT_EQ(told["items"][0]["state"], "dead");
  EXPECT_EQ(told["items"][0]["callback"], broken.url());
  EXPECT_GE(told["items"][0]["attempts"], 5);
  EXPECT_EQ(told["items"][1]["state"], "pending");
  EXPECT_EQ(told["items"][1]["callback"], gone.url());
  EXPECT_EQ(told["items"][2]["state"], "delivered");
  EXPECT_EQ(told["items"][2]["callback"], fine.url());
  node().kill();
  node().start();
  wait_for_fate(
    id, [](const json& x) { return x["dead"] == 1 && x["delivered"] == 1; });
}

TEST_F(reading, a_callback_on_layers_has_one_delivery_of_an_event) {
  start();
  receiver to;
  subscribe("a", to.url());
  subscribe("a.b", to.url());
  auto id = publish("a.b.c", "x");
  subscribe("a.b.c", to.url());
  auto told
    = wait_for_fate(id, [](const json& x) { return x["delivered"] == 1; });
  EXPECT_THAT(members(told, "subscription"),
              ElementsAre(shown("a.b", to.url(), "id")))
    << "the closest layer whose subscription was there";
}

// -- pull ---------------------------------------------------------------------

TEST_F(reading, a_subscription_can_be_pulled_while_it_is_paused) {
  start();
  receiver to;
  publish("a", "early");
  subscribe("a", to.url());
  ask("PATCH", path_of("a", to), R"({"paused":true})", 200);
  for (int i = 0; i < 3; ++i)
    publish("a.b", std::to_string(i), "application/json");
  publish("b", "3", "application/json");
  auto first = read(path_of("a", to, "/events?limit=2"));
  ASSERT_THAT(first["items"], SizeIs(2));
  EXPECT_EQ(first["items"][0]["data"], 0);
  auto rest = read(path_of("a", to, "/events?after=")
                   + first["next"].get<std::string>());
  ASSERT_THAT(rest["items"], SizeIs(1));
  EXPECT_EQ(rest["items"][0]["data"], 2);
  EXPECT_TRUE(rest["next"].is_null());
  EXPECT_THAT(to.deliveries(), IsEmpty());
}

TEST_F(reading, a_poll_waits_for_the_next_event) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto path = path_of("a", to, "/events?wait=60");
  json page;
  std::thread polling{[&] {
    page
      = json::parse(request(node().port(), "GET", path).body, nullptr, false);
  }};
  publish("b", "not for it");
  auto id = publish("a.b", "x");
  polling.join();
  EXPECT_THAT(members(page, "id"), ElementsAre(id));
  auto end = page["cursor"].get<std::string>();
  auto empty = read(path_of("a", to, "/events?wait=1&after=") + end);
  EXPECT_THAT(empty["items"], IsEmpty());
  EXPECT_EQ(empty["cursor"], end);
}

TEST_F(reading, a_poll_does_not_hold_up_a_stop) {
  start();
  receiver to;
  subscribe("a", to.url());
  connection poll{node().port()};
  ASSERT_TRUE(poll.send(
    format_request("GET", path_of("a", to, "/events?wait=60"), {}, "")));
  connection other{node().port()};
  ASSERT_TRUE(other.request("GET", "/healthz")) << "the poll was read before";
  auto began = std::chrono::steady_clock::now();
  node().signal(SIGTERM);
  auto answer = poll.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(node().wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{8});
}

// -- the node -----------------------------------------------------------------

TEST_F(reading, metrics_count_what_happens) {
  start({"--retry-schedule", "50ms", "--retry-jitter", "0", "--retry-max-age",
         "400ms"});
  receiver fine;
  receiver broken;
  broken.on_delivery(always(reply_with(503)));
  subscribe("a", fine.url());
  subscribe("b", broken.url());
  EXPECT_EQ(metrics()["herald_events_accepted_total"], 0);
  for (int i = 0; i < 2; ++i)
    post("/events?topic=a", "text/plain", "x", {{"Idempotency-Key", "k"}});
  publish("b", "y");
  ASSERT_TRUE(fine.wait_for_deliveries(1));
  ASSERT_TRUE(
    eventually([&] { return metrics()["herald_dead_letters_total"] == 1; }));
  auto now = metrics();
  EXPECT_EQ(now["herald_events_accepted_total"], 2);
  EXPECT_EQ(now["herald_events_duplicate_total"], 1);
  EXPECT_EQ(now["herald_deliveries_total{outcome=\"done\"}"], 1);
  EXPECT_EQ(now["herald_deliveries_total{outcome=\"dead\"}"], 1);
  auto failed = now["herald_attempts_failed_total{error=\"status\"}"];
  EXPECT_EQ(failed, now["herald_deliveries_total{outcome=\"retry\"}"] + 1);
  EXPECT_EQ(now["herald_attempt_duration_seconds_count"], failed + 1);
  EXPECT_EQ(now["herald_attempt_duration_seconds_bucket{le=\"+Inf\"}"],
            failed + 1);
  EXPECT_EQ(now["herald_log_head{log=\"0\"}"], 2);
  EXPECT_EQ(now["herald_subscriptions{state=\"active_or_pending\"}"], 2);
  EXPECT_EQ(now["herald_ready"], 1);
  EXPECT_EQ(now["herald_store_refuses"], 0);
  EXPECT_GT(now["process_resident_memory_bytes"], 1e6);
  EXPECT_GT(now["process_start_time_seconds"], 1.7e9);
  EXPECT_TRUE(eventually([&] {
    auto later = metrics();
    return later["herald_cursor_lag{log=\"0\"}"] == 0
           && later["herald_jobs"] == 0;
  }));
}

TEST_F(reading, metrics_show_what_waits) {
  start({"--retry-schedule", "1h"});
  receiver to;
  to.on_delivery(always(reply_with(500)));
  subscribe("a", to.url());
  for (int i = 0; i < 3; ++i)
    publish("a", "x");
  EXPECT_TRUE(eventually([&] { return metrics()["herald_jobs"] == 3; }));
  node().kill();
  node().start();
  EXPECT_TRUE(eventually([&] { return metrics()["herald_jobs"] == 3; }));
}

TEST_F(reading, the_node_describes_its_routes) {
  start();
  auto shown = read("/openapi.json");
  EXPECT_TRUE(shown["paths"]["/events/{id}"].contains("get"));
}

// -- on the command line ------------------------------------------------------

TEST_F(reading, the_command_lists_and_follows_events) {
  start();
  auto first = publish("a", "x");
  publish("b", "y");
  auto listed = run_client({"events", "--topic", "a"});
  EXPECT_EQ(listed.code, 0) << listed.complaints;
  EXPECT_THAT(listed.output, HasSubstr("ACCEPTED"));
  EXPECT_THAT(listed.output, HasSubstr(first));
  child_process following{{HERALD_BINARY, "events", "--node", node().url(),
                           "--json", "--follow", "--limit", "3"}};
  std::vector<std::string> topics;
  auto next = [&] {
    auto line = following.read_line();
    topics.push_back(line ? json::parse(*line)["topic"] : "(nothing)");
  };
  next();
  next();
  publish("c", "z");
  next();
  EXPECT_THAT(topics, ElementsAre("a", "b", "c"));
  EXPECT_EQ(following.wait(), 0);
}

TEST_F(reading, the_command_shows_one_event) {
  start();
  receiver to;
  subscribe("a", to.url());
  auto id = publish("a", "hello");
  wait_for_fate(id, [](const json& x) { return x["delivered"] == 1; });
  auto text = run_client({"events", id});
  EXPECT_EQ(text.code, 0) << text.complaints;
  EXPECT_THAT(text.output, HasSubstr("body        hello\n"));
  EXPECT_THAT(text.output, HasSubstr("1 delivered, 0 pending, 0 dead"));
  EXPECT_THAT(text.output, HasSubstr(to.url()));
  auto object = run_client({"events", id, "--json"});
  EXPECT_EQ(json::parse(object.output)["deliveries"]["delivered"], 1);
  EXPECT_EQ(run_client({"events", "nothing"}).code, 1);
  EXPECT_EQ(run_client({"events", id, "--follow"}).code, 2);
}

TEST_F(reading, the_command_says_how_the_node_is) {
  start();
  publish("a", "x");
  auto text = run_client({"status"});
  EXPECT_EQ(text.code, 0) << text.complaints;
  EXPECT_THAT(text.output, HasSubstr("ready"));
  EXPECT_THAT(text.output, HasSubstr("1 accepted"));
  auto object = json::parse(run_client({"status", "--json"}).output);
  EXPECT_EQ(object["ready"], true);
  EXPECT_EQ(object["events"]["accepted"], 1);
  node().kill();
  auto nobody = run_client({"status"});
  EXPECT_EQ(nobody.code, 1);
  EXPECT_THAT(nobody.complaints, HasSubstr("no node listens there"));
}
