#include "tests/config/load_fixture.hpp"

#include <cstdlib>
#include <fstream>

namespace herald {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

namespace {

std::vector<std::string> texts(const std::vector<ip_network>& networks) {
  std::vector<std::string> result;
  for (auto& one : networks)
    result.push_back(one.to_string());
  return result;
}

} // namespace

// -- precedence ---------------------------------------------------------------

TEST_F(load_test, nothing_set_means_the_defaults) {
  auto all = values();
  EXPECT_THAT(all.listen, ElementsAre(endpoint{"127.0.0.1", 8080}));
  EXPECT_EQ(all.base_url, "");
  EXPECT_EQ(all.data, "./var");
  EXPECT_EQ(all.threads, 0u);
  EXPECT_EQ(all.lease.by_default, 240h);
  EXPECT_THAT(all.retry.schedule,
              ElementsAre(5s, 30s, 2min, 10min, 30min, 1h, 2h, 4h, 8h));
  EXPECT_EQ(all.retry.max_age, 72h);
  EXPECT_EQ(all.drain, 10s);
}

TEST_F(load_test, flag_beats_environment_beats_file_beats_default) {
  EXPECT_EQ(shown("data").value, "./var");
  EXPECT_EQ(shown("data").place, "default");
  file("data = '/file'\n");
  EXPECT_EQ(shown("data").value, "/file");
  EXPECT_EQ(shown("data").place, path.string() + ":1");
  env["HERALD_DATA"] = "/environment";
  EXPECT_EQ(shown("data").value, "/environment");
  EXPECT_EQ(shown("data").place, "environment HERALD_DATA");
  EXPECT_EQ(shown("data", {"--data", "/flag"}).value, "/flag");
  EXPECT_EQ(shown("data", {"--data=/flag"}).place, "flag --data");
  EXPECT_EQ(values({"--data", "/flag"}).data, "/flag");
}

TEST_F(load_test, every_source_can_set_every_kind) {
  file("listen = ['127.0.0.1:1', \"[::1]:2\"]\n"
       "base-url = 'https://hub.example.org/h'\n"
       "threads = 3\ndrain-seconds = 4\nauth = 'none'\n"
       "[retry]\nschedule = ['1s', '2s']\njitter = 0.5\n"
       "[events]\nmax-body = 100\n[retention]\nbytes = '1GiB'\n"
       "[hosts]\nallow = ['Other.example.']\n"
       "[intergov]\nverify = false\n[log]\nlevel = 'debug'\n");
  env["HERALD_CALLBACKS_ALLOW"] = "10.0.0.0/8, ::1";
  env["HERALD_CALLBACKS_PORTS"] = "443,8000-8999";
  env["HERALD_LOG_FORMAT"] = "json";
  auto all = values({"--callbacks-deny", "10.1.0.0/16", "--callbacks-deny",
                     "10.2.0.0/16,10.3.0.0/16", "--callbacks-self"});
  EXPECT_THAT(all.listen,
              ElementsAre(endpoint{"127.0.0.1", 1}, endpoint{"::1", 2}));
  EXPECT_EQ(all.base_url, "https://hub.example.org/h");
  EXPECT_EQ(all.threads, 3u);
  EXPECT_EQ(all.drain, 4s);
  EXPECT_THAT(all.retry.schedule, ElementsAre(1s, 2s));
  EXPECT_EQ(all.retry.jitter, 0.5);
  EXPECT_EQ(all.events.max_body, 100u);
  EXPECT_EQ(all.retention.bytes, 1ULL << 30);
  EXPECT_FALSE(all.intergov.verify);
  EXPECT_EQ(all.log.level, "debug");
  EXPECT_EQ(all.log.format, log_format::json);
  EXPECT_THAT(words_of(all.callbacks.allow),
              ElementsAre("10.0.0.0/8", "::1/128"));
  EXPECT_TRUE(all.callbacks.allow.given);
  EXPECT_THAT(texts(all.callbacks.deny),
              ElementsAre("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"));
  EXPECT_THAT(all.callbacks.ports.words(), ElementsAre("443", "8000-8999"));
  EXPECT_TRUE(all.callbacks.self);
  EXPECT_THAT(all.hosts.allow, ElementsAre("other.example"));
  EXPECT_EQ(all.auth, auth_mode::none);
}

TEST_F(load_test, a_list_replaces_the_weaker_list) {
  file("listen = ['127.0.0.1:1', '127.0.0.1:2']\n");
  EXPECT_THAT(values({"--listen", "127.0.0.1:3"}).listen,
              ElementsAre(endpoint{"127.0.0.1", 3}));
}

TEST_F(load_test, an_empty_list_can_be_given_where_it_means_something) {
  env["HERALD_CALLBACKS_DENY"] = "10.0.0.0/8";
  EXPECT_THAT(values({"--callbacks-deny="}).callbacks.deny, IsEmpty());
  env.clear();
  file("[callbacks]\ndeny = []\n");
  EXPECT_THAT(values().callbacks.deny, IsEmpty());
  EXPECT_THAT(error({"--topics-allow="}), HasSubstr("at least one pattern"));
  EXPECT_THAT(error({"--listen="}), HasSubstr("at least one ADDR:PORT"));
  EXPECT_THAT(error({"--callbacks-allow="}),
              HasSubstr("at least one of public, loopback, private"));
  EXPECT_THAT(error({"--callbacks-ports="}), HasSubstr("at least one port"));
  EXPECT_THAT(error({"--retry-schedule", ""}), HasSubstr("1 to 64 durations"));
}

TEST_F(load_test, the_environment_can_name_the_file) {
  std::ofstream{path} << "threads = 5\n";
  env["HERALD_CONFIG"] = path.string();
  auto result = load_config({}, env);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(result->values.threads, 5u);
  EXPECT_EQ(result->shown.front().name, "config");
  EXPECT_EQ(result->shown.front().value, path.string());
  EXPECT_EQ(result->shown.front().place, "environment HERALD_CONFIG");
}

TEST_F(load_test, an_empty_variable_is_not_set) {
  env["HERALD_DATA"] = "";
  EXPECT_EQ(shown("data").place, "default");
}

TEST_F(load_test, a_pattern_in_a_file_list_may_hold_a_comma) {
  file("[topics]\nallow = ['http://x/a,b*', '*']\n");
  EXPECT_THAT(values().topics.allow, ElementsAre("http://x/a,b*", "*"));
}

// -- unknown names ------------------------------------------------------------

TEST_F(load_test, an_unknown_flag_names_itself_and_what_is_accepted) {
  for (auto& words :
       {args{"--leese-default", "3d"}, args{"--leese-default=3d"}})
    EXPECT_THAT(error(words),
                AllOf(StartsWith("flag --leese-default: unknown option (did "
                                 "you mean --lease-default?)"),
                      HasSubstr("--retention-bytes"), Not(HasSubstr("3d"))));
  EXPECT_THAT(error({"-x"}), StartsWith("flag -x: unknown option"));
}

TEST_F(load_test, an_unknown_variable_is_a_warning_that_does_not_show_it) {
  env["HERALD_TOKENS"] = "sesame";
  env["HERALD_FAVOURITE_COLOUR"] = "sesame";
  auto result = load();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_THAT(result->warnings,
              ElementsAre("environment HERALD_FAVOURITE_COLOUR: unknown "
                          "variable, ignored",
                          "environment HERALD_TOKENS: unknown variable (did "
                          "you mean HERALD_TOKEN?), ignored"));
  EXPECT_THAT(show_table(*result), Not(HasSubstr("sesame")));
}

TEST_F(load_test, other_variables_are_none_of_ours) {
  env["PATH"] = "/bin";
  env["HERALDRY"] = "1";
  env["HERALD_NODE"] = "http://127.0.0.1:8080";
  env["HERALD_TOKEN"] = "t";
  env["HERALD_SECRET"] = "s";
  auto result = load();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_THAT(result->warnings, IsEmpty());
}

TEST_F(load_test, variables_of_a_kubernetes_service_are_none_of_ours) {
  for (auto name :
       {"HERALD_PORT", "HERALD_PORT_8080_TCP", "HERALD_PORT_8080_TCP_ADDR",
        "HERALD_PORT_8080_TCP_PROTO", "HERALD_SERVICE_HOST",
        "HERALD_SERVICE_PORT", "HERALD_SERVICE_PORT_HTTP"})
    env[name] = "tcp://10.0.0.1:8080";
  auto result = load();
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_THAT(result->warnings, IsEmpty());
}

TEST_F(load_test, an_unknown_key_names_its_line_and_the_keys_of_its_table) {
  file("threads = 1\n[lease]\ndefalt = '2d'\n");
  EXPECT_EQ(error(), at_line(3)
                       + "lease.defalt: unknown key (did you mean "
                         "lease.default?); accepted: lease.default, "
                         "lease.min, lease.max");
}

TEST_F(load_test, an_unknown_table_lists_the_tables) {
  file("[leases]\ndefault = '2d'\n");
  EXPECT_THAT(error(),
              AllOf(StartsWith(at_line(2) + "leases.default: unknown"),
                    HasSubstr("drain-seconds, auth, [lease], [verify]")));
  file("config = 'x'\n");
  EXPECT_THAT(error(), StartsWith(at_line(1) + "config: unknown key"));
}

TEST_F(load_test, flags_names_do_not_stand_at_the_top_of_the_file) {
  file("lease-default = '2d'\n");
  EXPECT_THAT(error(), HasSubstr("did you mean lease.default?"));
}

// -- for the callers ----------------------------------------------------------

TEST_F(load_test, words_and_flags_of_the_command_come_back) {
  constexpr std::string_view extra[] = {"--json"};
  args words{"show", "--json", "--threads", "2", "--", "--odd"};
  auto result = load_config(words, env, extra);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_THAT(result->rest, ElementsAre("show", "--json", "--odd"));
  EXPECT_EQ(result->values.threads, 2u);
}

TEST_F(load_test, a_boolean_alone_means_true) {
  EXPECT_FALSE(values().callbacks.self);
  EXPECT_TRUE(values({"--callbacks-self"}).callbacks.self);
  EXPECT_TRUE(values({"--callbacks-self", "--threads", "2"}).callbacks.self);
  EXPECT_TRUE(values({"--callbacks-self", "true"}).callbacks.self);
  EXPECT_TRUE(values({"--callbacks-self=true"}).callbacks.self);
  EXPECT_FALSE(values({"--callbacks-self", "false"}).callbacks.self);
  EXPECT_FALSE(values({"--callbacks-self=false"}).callbacks.self);
  EXPECT_EQ(values({"--callbacks-self", "--threads", "2"}).threads, 2u);
  EXPECT_THAT(error({"--callbacks-self", "--callbacks-self"}),
              HasSubstr("more than once"));
}

TEST_F(load_test, help_is_reported_before_anything_is_checked) {
  env["HERALD_THREADS"] = "many";
  EXPECT_TRUE(load({"--help"})->help);
  EXPECT_TRUE(load({"-h"})->help);
}

TEST_F(load_test, a_file_alone_is_checked_without_environment) {
  file("threads = 7\n");
  auto good = load_config_file(path.string());
  ASSERT_TRUE(good);
  EXPECT_EQ(good->values.threads, 7u);
  file("threads = x7\n");
  EXPECT_FALSE(load_config_file(path.string()));
  EXPECT_FALSE(load_config_file("/no/such/file"));
}

TEST_F(load_test, the_process_environment_is_read_by_prefix) {
  setenv("HERALD_TEST_ONLY", "a=b", 1);
  auto ours = process_environment();
  unsetenv("HERALD_TEST_ONLY");
  EXPECT_EQ(ours["HERALD_TEST_ONLY"], "a=b");
  EXPECT_EQ(ours.count("PATH"), 0u);
}

} // namespace herald
