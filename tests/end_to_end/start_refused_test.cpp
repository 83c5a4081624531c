// What a node refuses to start with, and why: options that nobody reads, and
// doors that are open without anybody having said so.
#include "tests/end_to_end/support/node_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

using namespace herald::end_to_end;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

using start_words = std::vector<std::string>;

constexpr int start_usage_error = 2;

/// Those are for everybody, and those for this machine.
const start_words public_urls{
  "http://hub.example",       "https://hub.example/h",   "http://192.0.2.1",
  "http://[2001:db8::1]",     "http://0.0.0.0:8080",     "http://10.0.0.1",
  "http://localhost.example", "http://127.evil.example", "http://xlocalhost"};
const start_words own_urls{"http://127.0.0.1:8080/h", "http://127.255.0.1",
                           "http://localhost:8080", "http://LOCALHOST/a/b",
                           "http://[::1]:8080"};

/// A node on loopback that is expected to refuse.
run_result start_and_end(const start_words& args,
                         const start_words& variables = {}) {
  temp_folder folder;
  return run(node_process::command(folder.path() / "data", args), patience,
             variables);
}

/// The same without a listener of its own.
run_result start_bare(start_words args, const start_words& variables = {}) {
  temp_folder folder;
  args.insert(args.begin(),
              {HERALD_BINARY, "serve", "--data", folder.path() / "data"});
  return run(args, patience, variables);
}

void expect_usage_error(const run_result& how, const start_words& words) {
  EXPECT_EQ(how.code, start_usage_error) << how.complaints;
  EXPECT_THAT(how.output, Not(HasSubstr("ready")));
  for (auto& word : words)
    EXPECT_THAT(how.complaints, HasSubstr(word));
}

/// A configuration file that goes with the test.
class start_file {
public:
  explicit start_file(const std::string& text) {
    std::ofstream{path()} << text;
  }

  std::string path() const { return folder_.path() / "herald.toml"; }

private:
  temp_folder folder_;
};

run_result check_file(const start_file& file) {
  return run({HERALD_BINARY, "config", "check", file.path()});
}

/// The first line of a node that is expected to start.
std::string first_line(const start_words& args,
                       const start_words& variables = {}) {
  temp_folder folder;
  child_process node{node_process::command(folder.path() / "data", args),
                     variables};
  auto line = node.read_line();
  return line ? *line : node.complaints();
}

} // namespace

// -- options that do nothing --------------------------------------------------

TEST(start_refused, what_is_not_implemented_is_refused_as_a_flag) {
  for (auto& args :
       std::vector<start_words>{{"--auth-tokens", "/etc/herald/tokens"},
                                {"--auth-tokens=/nonexistent"},
                                {"--auth-tokens", "/dev/null"},
                                {"--auth-tokens="},
                                {"--auth", "none", "--auth-tokens", "x"}})
    expect_usage_error(start_and_end(args),
                       {"--auth-tokens", "not implemented"});
  auto shown = run({HERALD_BINARY, "config", "show", "--auth-tokens", "x"});
  expect_usage_error(shown, {"--auth-tokens", "not implemented"});
}

TEST(start_refused, what_is_not_implemented_is_refused_as_a_variable) {
  expect_usage_error(start_and_end({}, {"HERALD_AUTH_TOKENS=/etc/tokens"}),
                     {"HERALD_AUTH_TOKENS", "not implemented"});
}

TEST(start_refused, what_is_not_implemented_is_refused_in_a_file) {
  start_file file{"threads = 1\n[auth]\ntokens = \"/etc/herald/tokens\"\n"};
  start_words expected{file.path() + ":3", "auth.tokens", "not implemented"};
  expect_usage_error(start_and_end({"--config", file.path()}), expected);
  expect_usage_error(check_file(file), expected);
}

TEST(start_refused, access_control_cannot_be_required_yet) {
  expect_usage_error(start_and_end({"--auth", "required"}),
                     {"--auth", "required"});
  expect_usage_error(start_and_end({}, {"HERALD_AUTH=required"}),
                     {"HERALD_AUTH", "required"});
  start_file file{"auth = \"required\"\n"};
  expect_usage_error(start_and_end({"--config", file.path()}), {"required"});
  expect_usage_error(check_file(file), {"required"});
  for (auto* word : {"on", "None", "auto,none"})
    expect_usage_error(start_and_end({"--auth", word}),
                       {"--auth", "auto", "none"});
}

TEST(start_refused, nothing_is_offered_that_is_refused) {
  auto help = run({HERALD_BINARY, "serve", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("--auth "), HasSubstr("--listen")));
  EXPECT_THAT(help.output, Not(HasSubstr("--auth-tokens")));
  auto shown = run({HERALD_BINARY, "config", "show"});
  EXPECT_EQ(shown.code, 0) << shown.complaints;
  EXPECT_THAT(shown.output, Not(HasSubstr("auth-tokens")));
}

// What a later version keeps strangers out with must not be taken and ignored.
TEST(start_refused, doors_that_are_built_later_cannot_be_locked_now) {
  for (auto* flag : {"--hub-open", "--admin-listen", "--tls-listen",
                     "--tls-client-ca", "--store-key", "--audit"})
    expect_usage_error(start_and_end({flag, "x"}), {flag});
}

// -- doors that are open ------------------------------------------------------

TEST(start_refused, a_node_that_others_can_reach_has_to_be_meant) {
  for (auto* address :
       {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0", "10.0.0.1:0"})
    expect_usage_error(start_and_end({"--listen", address}),
                       {"listen", "--auth none"});
  for (auto& url : public_urls)
    expect_usage_error(start_and_end({"--base-url", url}),
                       {"base-url", "--auth none"});
  expect_usage_error(
    start_and_end({"--base-url", "http://hub.example", "--auth", "auto"}),
    {"--auth none"});
}

TEST(start_refused, variables_and_files_open_no_door_either) {
  expect_usage_error(start_bare({}, {"HERALD_LISTEN=0.0.0.0:0"}),
                     {"HERALD_LISTEN", "--auth none"});
  expect_usage_error(start_bare({}, {"HERALD_LISTEN=127.0.0.1:0,192.0.2.1:0"}),
                     {"HERALD_LISTEN", "--auth none"});
  expect_usage_error(start_and_end({}, {"HERALD_BASE_URL=http://hub.example"}),
                     {"HERALD_BASE_URL", "--auth none"});
  for (auto* text :
       {"listen = \"0.0.0.0:0\"\n", "listen = [\"127.0.0.1:0\", \"[::]:0\"]\n",
        "listen = \"127.0.0.1:0\"\n"
        "base-url = \"https://hub.example\"\n"}) {
    start_file file{text};
    auto refused = start_bare({"--config", file.path()});
    expect_usage_error(refused, {file.path(), "--auth none"});
    auto checked = check_file(file);
    expect_usage_error(checked, {"--auth none"});
    EXPECT_EQ(checked.complaints, refused.complaints);
  }
}

TEST(start_refused, a_door_that_is_meant_opens) {
  start_words url{"--base-url", "https://hub.example"};
  EXPECT_THAT(first_line({url[0], url[1], "--auth", "none"}),
              StartsWith("herald ready on "));
  EXPECT_THAT(first_line(url, {"HERALD_AUTH=none"}),
              StartsWith("herald ready on "));
  start_file file{"auth = \"none\"\nbase-url = \"https://hub.example\"\n"};
  EXPECT_THAT(first_line({"--config", file.path()}),
              StartsWith("herald ready on "));
  for (auto* text : {"auth = \"none\"\nlisten = \"0.0.0.0:8080\"\n",
                     "auth = \"none\"\nbase-url = \"http://hub.example\"\n"}) {
    auto checked = check_file(start_file{text});
    EXPECT_EQ(checked.code, 0) << checked.complaints;
  }
}

// A stronger source has the last word: the file meant it, the flag does not.
TEST(start_refused, what_was_meant_can_be_taken_back) {
  start_file file{"auth = \"none\"\nbase-url = \"https://hub.example\"\n"};
  expect_usage_error(start_and_end({"--config", file.path(), "--auth", "auto"}),
                     {"--auth none"});
}

TEST(start_refused, this_machine_alone_needs_no_word) {
  for (auto& url : own_urls) {
    auto shown = run({HERALD_BINARY, "config", "show", "--base-url", url});
    EXPECT_EQ(shown.code, 0) << url << shown.complaints;
    auto checked = check_file(start_file{"base-url = \"" + url + "\"\n"});
    EXPECT_EQ(checked.code, 0) << url << checked.complaints;
  }
  EXPECT_THAT(first_line({"--listen", "127.0.0.2:0", "--base-url",
                          "http://127.0.0.1:8080/h"}),
              StartsWith("herald ready on http://127.0.0.1:"));
}

// -- what is no node ----------------------------------------------------------

TEST(start_refused, herald_receive_is_no_node) {
  child_process to{{HERALD_BINARY, "receive", "--listen", "0.0.0.0:0"},
                   {"HERALD_BASE_URL=http://hub.example",
                    "HERALD_AUTH_TOKENS=/etc/tokens", "HERALD_AUTH=required"}};
  EXPECT_THAT(to.read_line().value_or(to.complaints()),
              StartsWith("herald receiving on "));
}

// Commands that talk to a node must not care how one would be started.
TEST(start_refused, nor_are_the_client_commands) {
  auto asked = run({HERALD_BINARY, "status", "--node", "http://127.0.0.1:1"},
                   patience, {"HERALD_AUTH_TOKENS=/etc/tokens"});
  EXPECT_EQ(asked.code, 1) << "nobody is there";
  EXPECT_THAT(asked.complaints,
              Not(AnyOf(HasSubstr("not implemented"), HasSubstr("--auth"))));
}
