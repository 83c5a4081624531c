// Secrets must not leave by a side door: what answers are kept, how answers are
// taken, and to whom the commands send their token.
#include "tests/end_to_end/support/operator.hpp"
#include "tests/end_to_end/support/raw_http.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

using namespace herald::end_to_end;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

const std::string told_secret = "S3CRET-4711-of-the-subscription";
const std::string told_token = "T0KEN-0815-of-the-header";
const std::string told_key = "KEY-2342 of another header";
const std::vector<std::string> no_second_try{"--retry-schedule", "1h",
                                             "--retry-jitter", "0"};

class secrets : public operation {
public:
  void start_keeping(const std::string& bytes = "") {
    auto args = no_second_try;
    if (!bytes.empty())
      args.insert(args.end(), {"--excerpt-bytes", bytes});
    start(args);
  }

  /// What is kept of an answer of 500 with this body; the subscription has a
  /// secret, and headers by its policy.
  std::string kept_of(const std::string& body) {
    receiver to;
    to.on_delivery(always(reply_with(500, body)));
    subscribe("a", to.url(), {{"hub.secret", told_secret}});
    json headers{{"Authorization", "Bearer " + told_token},
                 {"X-Key", told_key}};
    ask("PATCH", path_of("a", to),
        json{{"policy", {{"headers", headers}}}}.dump(), 200);
    publish("a", "x");
    auto path = path_of("a", to, "/attempts");
    EXPECT_TRUE(wait_for_items(path, 1));
    EXPECT_THAT(get(path).body, Not(HasSubstr("S3CRET")));
    return items(path)[0]["response"].get<std::string>();
  }
};

bool is_shown_as_it_is(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte != 0x7f;
}

/// A file with one line in it.
class secret_file {
public:
  explicit secret_file(const std::string& text) {
    std::ofstream{path()} << text;
  }

  std::string path() const { return folder_.path() / "secret"; }

private:
  temp_folder folder_;
};

/// Each client command, as far as it needs words.
const std::vector<std::vector<std::string>> client_commands{
  {"status"},
  {"events"},
  {"subscriptions"},
  {"dead", "x"},
  {"replay", "x", "--since", "1h"},
  {"publish", "a", "--data", "x"},
  {"subscribe", "a", "http://me.example/"},
  {"unsubscribe", "a", "http://me.example/"}};

run_result run_with_token(std::vector<std::string> words,
                          const std::string& node) {
  words.insert(words.begin(), HERALD_BINARY);
  words.insert(words.end(), {"--node", node});
  return run(words, patience, {"HERALD_TOKEN=" + told_token});
}

} // namespace

// -- excerpts -----------------------------------------------------------------

TEST_F(secrets, an_excerpt_masks_what_the_callback_gives_back) {
  start_keeping("1024");
  auto kept
    = kept_of("no: Bearer " + told_token + ", " + told_key + ", " + told_secret
              + ", " + told_token + " {\"x\":\"" + told_secret + "\"} end");
  EXPECT_THAT(kept, AllOf(StartsWith("no: "), HasSubstr("end")));
  EXPECT_THAT(kept, AllOf(Not(HasSubstr("T0KEN")), Not(HasSubstr("KEY-2342")),
                          Not(HasSubstr("S3CRET"))));
  EXPECT_THAT(node().complaints(),
              AllOf(Not(HasSubstr("T0KEN")), Not(HasSubstr("S3CRET"))));
}

TEST_F(secrets, an_excerpt_that_ends_within_a_secret_shows_nothing_of_it) {
  for (size_t shown : {5U, 8U, 12U}) {
    start_keeping();
    auto kept = kept_of(std::string(256 - shown, '.') + told_secret);
    EXPECT_THAT(kept, StartsWith("........"));
    EXPECT_THAT(kept, Not(HasSubstr(told_secret.substr(0, 4)))) << shown;
    start_keeping("1024");
    kept = kept_of(std::string(1024 - shown, '.') + told_secret);
    EXPECT_THAT(kept, Not(HasSubstr(told_secret.substr(0, 4)))) << shown;
  }
}

TEST_F(secrets, an_excerpt_holds_what_can_be_printed) {
  start_keeping();
  std::string body{"red \x1b[31m\r\n\tnul \0 del \x7f c1 \xc2\x9b bad \xff end",
                   39};
  auto kept = kept_of(body);
  EXPECT_TRUE(std::all_of(kept.begin(), kept.end(), is_shown_as_it_is)) << kept;
  EXPECT_THAT(kept, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(kept, AllOf(StartsWith("red "), HasSubstr("bad")));
}

TEST_F(secrets, an_excerpt_is_of_256_bytes_or_as_many_as_is_said) {
  start_keeping();
  EXPECT_EQ(kept_of(std::string(3000, 'x')), std::string(256, 'x'));
  start_keeping("16");
  EXPECT_EQ(kept_of(std::string(3000, 'x')), std::string(16, 'x'));
  start_keeping("1024");
  EXPECT_EQ(kept_of(std::string(3000, 'x')), std::string(1024, 'x'));
  auto more = run({HERALD_BINARY, "config", "show", "--excerpt-bytes", "1025"});
  EXPECT_EQ(more.code, 2);
  EXPECT_THAT(more.complaints, HasSubstr("--excerpt-bytes"));
}

TEST_F(secrets, nothing_of_an_answer_is_kept_where_that_is_said) {
  start_keeping("0");
  EXPECT_EQ(kept_of("something"), "");
}

// -- answers ------------------------------------------------------------------

TEST_F(secrets, no_answer_is_guessed_at_or_kept_by_a_cache) {
  start();
  std::vector<http_message> all;
  for (auto* target :
       {"/", "/subscriptions", "/events", "/metrics", "/hub", "/openapi.json",
        "/healthz", "/readyz", "/nothing<b>", "/subscriptions?limit=0"})
    all.push_back(get(target));
  all.push_back(post("/events?topic=a", "text/plain", "x"));
  all.push_back(post("/events", "text/plain", "x"));
  all.push_back(hub("subscribe", "a", nowhere));
  all.push_back(post("/hub?hub.mode=publish&hub.topic=a", "text/plain", "x"));
  all.push_back(request_to_host(node().port(), "evil.example", "GET", "/"));
  connection broken{node().port()};
  broken.send("GET / HTTP/1.1\r\nno colon\r\n\r\n");
  all.push_back(broken.read().value_or(http_message{}));
  for (auto& answer : all) {
    EXPECT_NE(answer.status(), 0);
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff")
      << answer.start;
    EXPECT_EQ(answer.field("Cache-Control"), "no-store") << answer.start;
    EXPECT_EQ(answer.count("Cache-Control"), 1U);
    EXPECT_EQ(answer.count("Access-Control-Allow-Origin"), 0U);
  }
}

// -- secrets of commands ------------------------------------------------------

// A command line can be read by everybody on the machine.
TEST_F(secrets, subscribe_takes_its_secret_by_a_file_or_a_variable) {
  start();
  receiver to;
  secret_file file{"by-a-file-4711\n"};
  auto subscribe_with
    = [&](const std::string& path, std::vector<std::string> more,
          const std::vector<std::string>& variables) {
        std::vector<std::string> words{HERALD_BINARY, "subscribe", "a",
                                       to.url(path), "--wait"};
        words.insert(words.end(), more.begin(), more.end());
        words.insert(words.end(), {"--node", node().url()});
        auto done = run(words, patience, variables);
        EXPECT_EQ(done.code, 0) << done.complaints;
      };
  subscribe_with("/file", {"--secret-file", file.path()}, {});
  subscribe_with("/variable", {}, {"HERALD_SECRET=by-a-variable-4711"});
  subscribe_with("/flag", {"--secret", "by-a-flag-4711"},
                 {"HERALD_SECRET=weaker"});
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(3));
  for (auto& got : to.deliveries()) {
    auto secret = "by-a-" + got.word(1).substr(1) + "-4711";
    EXPECT_EQ(got.field("X-Hub-Signature"), signature("sha256", secret, got))
      << got.start;
  }
}

TEST_F(secrets, a_secret_file_that_has_none_is_told) {
  secret_file empty{"\n"};
  for (auto& path : {empty.path(), std::string{"/nonexistent/secret"}})
    for (auto* command : {"receive", "subscribe"}) {
      std::vector<std::string> words{HERALD_BINARY, command, "--secret-file",
                                     path};
      if (std::string{command} == "receive")
        words.insert(words.end(), {"--listen", "127.0.0.1:0"});
      else
        words.insert(words.end(), {"a", "http://me.example/"});
      auto ended = run(words);
      EXPECT_EQ(ended.code, 2) << command << path;
      EXPECT_THAT(ended.complaints, HasSubstr("--secret-file"));
    }
}

TEST_F(secrets, help_names_the_other_ways_to_give_a_secret) {
  for (auto* command : {"receive", "subscribe"})
    EXPECT_THAT(run({HERALD_BINARY, command, "--help"}).output,
                AllOf(HasSubstr("--secret-file"), HasSubstr("HERALD_SECRET")))
      << command;
}

// -- the token ----------------------------------------------------------------

TEST_F(secrets, the_token_does_not_go_to_another_machine_in_the_clear) {
  for (auto& words : client_commands)
    for (auto* node : {"http://node.invalid:1", "http://192.0.2.1",
                       "http://localhost.evil.invalid"}) {
      auto refused = run_with_token(words, node);
      EXPECT_EQ(refused.code, 2) << words[0];
      EXPECT_THAT(refused.complaints,
                  AllOf(HasSubstr("HERALD_TOKEN"), HasSubstr("--insecure"),
                        Not(HasSubstr(told_token))))
        << words[0];
    }
}

// 0.0.0.0 is no loopback address, but leads to one here.
TEST_F(secrets, the_token_goes_where_it_is_said_that_it_may) {
  receiver stand_in;
  auto url = "http://0.0.0.0:" + std::to_string(stand_in.port());
  std::vector<std::string> words{"publish", "a", "--data", "x"};
  EXPECT_THAT(run_with_token(words, url).complaints, HasSubstr("--insecure"));
  EXPECT_EQ(stand_in.connections(), 0U);
  words.emplace_back("--insecure");
  run_with_token(words, url);
  ASSERT_TRUE(stand_in.wait_for_deliveries(1));
  EXPECT_EQ(stand_in.deliveries()[0].field("Authorization"),
            "Bearer " + told_token);
}

TEST_F(secrets, the_token_goes_to_this_machine) {
  receiver stand_in;
  auto port = std::to_string(stand_in.port());
  for (auto* host : {"127.0.0.1", "localhost"})
    run_with_token({"publish", "a", "--data", "x"},
                   "http://" + std::string{host} + ":" + port);
  ASSERT_TRUE(stand_in.wait_for_deliveries(2));
  for (auto& got : stand_in.deliveries())
    EXPECT_EQ(got.field("Authorization"), "Bearer " + told_token);
}

TEST_F(secrets, without_a_token_nothing_is_refused) {
  receiver stand_in;
  auto url = "http://0.0.0.0:" + std::to_string(stand_in.port());
  auto done
    = run({HERALD_BINARY, "publish", "a", "--data", "x", "--node", url});
  EXPECT_THAT(done.complaints, Not(HasSubstr("--insecure")));
  EXPECT_EQ(stand_in.deliveries().size(), 1U);
}
