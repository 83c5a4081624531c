#include "tests/http/api/routes_fixture.hpp"

using namespace herald;
using namespace herald::test;

namespace {

const std::string id = "0123456789abcdef0123456789abcdef";
const std::string one = "/subscriptions/" + id;

class the_operation_routes : public the_routes {
protected:
  /// The command that is asked for, of this subscription.
  template <class Command>
  Command command(std::string method, const std::string& name,
                  std::string body = {}) {
    auto result = ask(std::move(method), one + name,
                      {{"content-type", "application/json"}}, std::move(body));
    auto* what = std::get_if<operation_command>(&result);
    EXPECT_NE(what, nullptr) << answer(result);
    if (what == nullptr || !std::holds_alternative<Command>(what->what))
      return {};
    EXPECT_EQ(what->id.to_string(), id);
    return std::get<Command>(what->what);
  }

  /// The field that a 400 names; another answer's status otherwise.
  std::string blamed(std::string method, const std::string& name,
                     std::string body = {}) {
    auto result = ask(std::move(method), one + name,
                      {{"content-type", "application/json"}}, std::move(body));
    auto* known = std::get_if<http_response>(&result);
    if (known == nullptr || known->status != 400)
      return answer(result);
    return json::parse(known->body).value("field", "(none)");
  }
};

} // namespace

TEST_F(the_operation_routes, read_a_page) {
  EXPECT_EQ(command<attempts_command>("GET", "/attempts").page.limit, 100U);
  auto page = command<dead_command>("GET", "/dead?limit=7&after=a%26b").page;
  EXPECT_EQ(page.limit, 7U);
  EXPECT_EQ(page.after, "a&b");
  EXPECT_EQ(command<dead_command>("HEAD", "/dead?limit=&after=").page.limit,
            100U);
  for (auto* limit : {"0", "1001", "x", "-1", "%ff", "1%00"}) {
    EXPECT_EQ(blamed("GET", std::string{"/dead?limit="} + limit), "limit");
    EXPECT_EQ(blamed("GET", std::string{"/attempts?limit="} + limit), "limit");
  }
}

TEST_F(the_operation_routes, read_a_patch) {
  EXPECT_EQ(
    command<patch_command>("PATCH", "", R"({"paused":true})").what.paused,
    true);
  EXPECT_EQ(blamed("PATCH", "", R"({"policy":{"rate":0}})"), "policy.rate");
  EXPECT_EQ(blamed("PATCH", "", "paused"), "(none)");
}

TEST_F(the_operation_routes, read_a_redelivery) {
  auto read = [this](std::string body) {
    return command<redeliver_command>("POST", "/redeliver", std::move(body));
  };
  EXPECT_EQ(read(R"({"event":"E"})").event, "E");
  EXPECT_EQ(read(R"({"dead":true})").event, "");
  auto wrong = [this](std::string body) {
    return blamed("POST", "/redeliver", std::move(body));
  };
  EXPECT_EQ(wrong(R"({"event":""})"), "event");
  EXPECT_EQ(wrong(R"({"event":7})"), "event");
  EXPECT_EQ(wrong("{}"), "event");
  EXPECT_EQ(wrong(R"({"event":"E","dead":true})"), "event");
  EXPECT_EQ(wrong(R"({"dead":false})"), "dead");
  EXPECT_EQ(wrong(R"({"events":["E"]})"), "events");
  EXPECT_EQ(wrong(""), "(none)");
  EXPECT_EQ(wrong("[]"), "(none)");
}

TEST_F(the_operation_routes, read_what_to_drop) {
  EXPECT_EQ(command<drop_command>("DELETE", "/dead").event, "");
  EXPECT_EQ(command<drop_command>("DELETE", "/dead?event=E").event, "E");
  // An empty name must not drop all.
  EXPECT_EQ(blamed("DELETE", "/dead?event="), "event");
  EXPECT_EQ(blamed("DELETE", "/dead?event=%ff"), "event");
  EXPECT_EQ(blamed("DELETE", "/dead?evnt=E"), "evnt");
}

TEST_F(the_operation_routes, read_a_replay) {
  auto read = [this](std::string body) {
    return command<replay_command>("POST", "/replay", std::move(body));
  };
  auto what = read(R"({"since":"2h","until":"1970-01-01T00:00:07Z"})");
  EXPECT_EQ(what.since, (moment{true, 7'200'000}));
  EXPECT_EQ(what.until, (moment{false, 7'000}));
  EXPECT_FALSE(read(R"({"since":"2h"})").until);
  auto wrong = [this](std::string body) {
    return blamed("POST", "/replay", std::move(body));
  };
  EXPECT_EQ(wrong("{}"), "since");
  EXPECT_EQ(wrong(R"({"until":"1h"})"), "since");
  EXPECT_EQ(wrong(R"({"since":7})"), "since");
  EXPECT_EQ(wrong(R"({"since":"today"})"), "since");
  EXPECT_EQ(wrong(R"({"since":"1h","until":"now"})"), "until");
  EXPECT_EQ(wrong(R"({"since":"1h","until":null})"), "until");
  EXPECT_EQ(wrong(R"({"since":"1h","till":"now"})"), "till");
  EXPECT_EQ(wrong("since=1h"), "(none)");
}

TEST_F(the_operation_routes, need_no_body_for_the_rest) {
  command<replay_status_command>("GET", "/replay");
  command<cancel_replay_command>("DELETE", "/replay");
  command<probe_command>("POST", "/ping");
}

TEST_F(the_operation_routes, bound_a_replay) {
  using bounds = std::pair<unix_ms, unix_ms>;
  auto of = [](moment since, std::optional<moment> until) {
    return bounds_of({since, until}, 10'000);
  };
  auto blame = [&](moment since, std::optional<moment> until) {
    auto result = of(since, until);
    auto* why = std::get_if<refusal>(&result);
    return why == nullptr ? "" : why->field;
  };
  EXPECT_EQ(std::get<bounds>(of({false, 7'000}, {})), bounds(7'000, 10'000));
  EXPECT_EQ(std::get<bounds>(of({true, 7'000}, {{true, 0}})),
            bounds(3'000, 10'000));
  EXPECT_EQ(std::get<bounds>(of({false, 1}, {{false, 99'000}})),
            bounds(1, 10'000));
  EXPECT_EQ(std::get<bounds>(of({false, 5}, {{false, 5}})), bounds(5, 5));
  EXPECT_EQ(blame({false, 10'001}, {}), "since");
  EXPECT_EQ(blame({false, 7'000}, {{true, 4'000}}), "until");
}

TEST_F(the_operation_routes, answer_404_and_405) {
  struct {
    const char* method;
    const char* name;
    const char* allow;
  } const cases[] = {
    {"POST", "", "GET, HEAD, PATCH, DELETE"},
    {"POST", "/attempts", "GET, HEAD"},
    {"PUT", "/dead", "GET, HEAD, DELETE"},
    {"GET", "/redeliver", "POST"},
    {"PATCH", "/replay", "GET, HEAD, POST, DELETE"},
    {"GET", "/ping", "POST"},
  };
  for (auto& [method, name, allow] : cases) {
    auto result = std::get<http_response>(ask(method, one + name));
    EXPECT_EQ(result.status, 405U) << name;
    EXPECT_EQ(value(result, "Allow"), allow);
  }
  for (auto* path : {"/subscriptions/x/attempts", "/subscriptions//attempts",
                     "/subscriptions/x/dead?limit=0"})
    EXPECT_TRUE(begins(answer(ask("GET", path)), "404 ")) << path;
  for (auto* name : {"/", "/attempt", "/attempts/", "/attempts/1", "/x/dead"})
    EXPECT_TRUE(begins(answer(ask("GET", one + name)), "404 ")) << name;
}
