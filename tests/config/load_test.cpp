#include "config/effective.hpp"
#include "config/errc.hpp"
#include "config/load.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;

namespace herald {

namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

using args = std::vector<std::string>;

std::string repeated(std::string_view part, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result.append(part);
  return result;
}

/// A file on disk for one test, and the three sources in one call.
class load_test : public testing::Test {
protected:
  load_test()
    : path(fs::path{testing::TempDir()}
           / (std::string{"herald_"}
              + testing::UnitTest::GetInstance()->current_test_info()->name()
              + ".toml")) {
    // nop
  }

  ~load_test() override { fs::remove(path); }

  void file(std::string_view text) {
    std::ofstream{path, std::ios::binary} << text;
  }

  /// Loads `words`, `env` and, once `file` was called, the file.
  caf::expected<loaded_config> load(args words = {}) {
    if (fs::exists(path))
      words.insert(words.end(), {"--config", path.string()});
    return load_config(words, env);
  }

  config values(args words = {}) {
    auto result = load(std::move(words));
    EXPECT_TRUE(result) << describe(result.error());
    return result ? result->values : config{};
  }

  std::string error(args words = {}) {
    auto result = load(std::move(words));
    if (result)
      return "no error";
    EXPECT_EQ(code_of(result.error()), errc::invalid);
    return describe(result.error());
  }

  shown_option shown(std::string_view name, args words = {}) {
    auto result = load(std::move(words));
    EXPECT_TRUE(result) << describe(result.error());
    if (result)
      for (auto& option : result->shown)
        if (option.name == name)
          return option;
    return {};
  }

  std::string at_line(int line) {
    return path.string() + ":" + std::to_string(line) + ": ";
  }

  fs::path path;
  environment env;
};

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
       "threads = 3\ndrain-seconds = 4\n"
       "[retry]\nschedule = ['1s', '2s']\njitter = 0.5\n"
       "[events]\nmax-body = 100\n[retention]\nbytes = '1GiB'\n"
       "[intergov]\nverify = false\n[log]\nlevel = 'debug'\n");
  env["HERALD_CALLBACKS_ALLOW"] = "10.0.0.0/8, ::1";
  env["HERALD_LOG_FORMAT"] = "json";
  auto all = values({"--callbacks-deny", "10.1.0.0/16", "--callbacks-deny",
                     "10.2.0.0/16,10.3.0.0/16", "--auth-tokens", "t"});
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
  EXPECT_THAT(all.callbacks.allow, ElementsAre("10.0.0.0/8", "::1/128"));
  EXPECT_THAT(all.callbacks.deny,
              ElementsAre("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"));
  EXPECT_EQ(all.auth_tokens, "t");
}

TEST_F(load_test, a_list_replaces_the_weaker_list) {
  file("listen = ['127.0.0.1:1', '127.0.0.1:2']\n");
  EXPECT_THAT(values({"--listen", "127.0.0.1:3"}).listen,
              ElementsAre(endpoint{"127.0.0.1", 3}));
}

TEST_F(load_test, an_empty_list_can_be_given_where_it_means_something) {
  env["HERALD_CALLBACKS_ALLOW"] = "10.0.0.0/8";
  EXPECT_THAT(values({"--callbacks-allow="}).callbacks.allow, IsEmpty());
  file("[callbacks]\ndeny = []\n");
  EXPECT_THAT(values().callbacks.deny, IsEmpty());
  EXPECT_THAT(error({"--topics-allow="}), HasSubstr("at least one pattern"));
  EXPECT_THAT(error({"--listen="}), HasSubstr("at least one ADDR:PORT"));
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

TEST_F(load_test, an_unknown_variable_names_itself_but_not_its_value) {
  env["HERALD_TOKENS"] = "sesame";
  EXPECT_THAT(error(),
              AllOf(StartsWith("environment HERALD_TOKENS: unknown"),
                    HasSubstr("mean HERALD_TOKEN?"),
                    HasSubstr("HERALD_LEASE_MAX"), Not(HasSubstr("sesame"))));
}

TEST_F(load_test, other_variables_are_none_of_ours) {
  env["PATH"] = "/bin";
  env["HERALDRY"] = "1";
  env["HERALD_NODE"] = "http://127.0.0.1:8080";
  EXPECT_EQ(error(), "no error");
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
  EXPECT_THAT(error(), AllOf(StartsWith(at_line(2) + "leases.default: unknown"),
                             HasSubstr("drain-seconds, [lease], [verify]")));
  file("config = 'x'\n");
  EXPECT_THAT(error(), StartsWith(at_line(1) + "config: unknown key"));
}

TEST_F(load_test, flags_names_do_not_stand_at_the_top_of_the_file) {
  file("lease-default = '2d'\n");
  EXPECT_THAT(error(), HasSubstr("did you mean lease.default?"));
}

// -- bad values ---------------------------------------------------------------

TEST_F(load_test, a_bad_value_names_its_place_and_the_accepted_form) {
  EXPECT_THAT(error({"--lease-max", "long"}),
              AllOf(StartsWith("flag --lease-max: \"long\" is not a duration"),
                    HasSubstr("5s")));
  env["HERALD_RETRY_JITTER"] = "20%";
  EXPECT_THAT(error(), AllOf(StartsWith("environment HERALD_RETRY_JITTER: "),
                             HasSubstr("from 0 to 1")));
  env.clear();
  file("\n[log]\n\nlevel = 'loud'\n");
  EXPECT_THAT(error(),
              AllOf(StartsWith(at_line(4) + "log.level: \"loud\""),
                    HasSubstr("one of trace, debug, info, warn, error, off")));
}

TEST_F(load_test, each_option_refuses_what_it_cannot_mean) {
  const std::vector<args> bad{
    {"--listen", "localhost:8080"},
    {"--listen", "127.0.0.1:80,127.0.0.1:80"},
    {"--base-url", "http://hub.example.org/"},
    {"--base-url", "hub.example.org"},
    {"--data", ""},
    {"--threads", "-1"},
    {"--threads", "1025"},
    {"--drain-seconds", "10s"},
    {"--lease-default", "0s"},
    {"--lease-min", "1500ms"},
    {"--verify-timeout", "0s"},
    {"--retry-schedule", "5s,,6s"},
    {"--retry-schedule", "0s"},
    {"--retry-max-age", "-1s"},
    {"--retry-jitter", "1.1"},
    {"--delivery-timeout", "2h"},
    {"--delivery-connect-timeout", "10"},
    {"--delivery-in-flight", "0"},
    {"--delivery-total-in-flight", "0"},
    {"--delivery-origin-connections", "many"},
    {"--callbacks-allow", "example.org"},
    {"--callbacks-deny", "10.0.0.0/33"},
    {"--topics-allow", "a b"},
    {"--events-max-body", "0"},
    {"--events-max-body", "2GiB"},
    {"--retention-events", "0s"},
    {"--retention-history", "forever"},
    {"--retention-bytes", "1GB"},
    {"--intergov-verify", "yes"},
    {"--auth-tokens", ""},
    {"--log-level", "warning"},
    {"--log-format", "xml"},
  };
  for (auto& words : bad) {
    auto place = "flag " + words[0] + ": ";
    EXPECT_THAT(error(words), AllOf(StartsWith(place), HasSubstr("expected")))
      << words[1];
  }
}

TEST_F(load_test, a_schedule_has_at_most_64_delays) {
  file("[retry]\nschedule = '1s" + repeated(",1s", 63) + "'\n");
  EXPECT_EQ(values().retry.schedule.size(), 64u);
  file("[retry]\nschedule = '1s" + repeated(",1s", 64) + "'\n");
  EXPECT_THAT(error(), HasSubstr("1 to 64 durations"));
}

TEST_F(load_test, a_flag_without_its_value_is_an_error) {
  EXPECT_EQ(error({"--data"}), "flag --data: needs a value: DIR");
  EXPECT_EQ(error({"--data", "--threads", "2"}),
            "flag --data: needs a value before --threads");
  EXPECT_THAT(error({"--data=", "--threads", "2"}), HasSubstr("a path"));
  EXPECT_THAT(error({"--data", "a", "--data", "b"}),
              HasSubstr("more than once"));
}

TEST_F(load_test, a_list_in_the_place_of_one_value_is_an_error) {
  file("threads = [1]\n");
  EXPECT_EQ(error(), at_line(1) + "threads: expected one value, not a list");
}

TEST_F(load_test, a_file_that_cannot_be_read_names_who_asked_for_it) {
  EXPECT_THAT(error({"--config", "/no/such/file"}),
              AllOf(StartsWith("flag --config: cannot read /no/such/file: "),
                    HasSubstr("No such file")));
  EXPECT_THAT(error({"--config", testing::TempDir()}), HasSubstr("directory"));
  env["HERALD_CONFIG"] = "/no/such/file";
  EXPECT_THAT(error(), StartsWith("environment HERALD_CONFIG: cannot read"));
  EXPECT_THAT(error({"--config="}), StartsWith("flag --config: expected"));
}

TEST_F(load_test, a_file_over_one_mebibyte_is_refused) {
  file("#" + std::string(1024 * 1024 - 1, 'x'));
  EXPECT_EQ(error(), "no error");
  file("#" + std::string(1024 * 1024, 'x'));
  EXPECT_THAT(error(), HasSubstr("larger than 1 MiB"));
}

TEST_F(load_test, a_syntax_error_names_file_and_line) {
  file("threads = 1\nlisten 127.0.0.1:80\n");
  EXPECT_THAT(error(), StartsWith(at_line(2)));
}

// -- values that must fit together --------------------------------------------

TEST_F(load_test, leases_are_ordered_and_both_places_are_named) {
  file("[lease]\nmin = '2d'\n");
  EXPECT_EQ(error({"--lease-max", "1d"}),
            at_line(2)
              + "lease.min: 2d is above the 1d of flag --lease-max; "
                "accepted: lease-min <= lease-default <= lease-max");
  EXPECT_THAT(error({"--lease-default", "1d"}),
              StartsWith("flag --lease-default: 1d is below the 2d of "
                         + at_line(2) + "lease.min"));
  EXPECT_THAT(error({"--lease-default", "400d"}),
              HasSubstr("above the 365d of lease-max (default)"));
  fs::remove(path);
  EXPECT_THAT(error({"--lease-max", "30s"}),
              HasSubstr("below the 1m of lease-min (default)"));
}

TEST_F(load_test, an_open_lease_default_moves_into_its_bounds) {
  EXPECT_EQ(values({"--lease-max", "1d"}).lease.by_default, 24h);
  EXPECT_EQ(values({"--lease-min", "20d"}).lease.by_default, 480h);
  EXPECT_EQ(shown("lease-default", {"--lease-max", "1d"}).value, "1d");
}

TEST_F(load_test, connecting_never_takes_longer_than_the_attempt) {
  EXPECT_EQ(values({"--delivery-timeout", "1s"}).delivery.connect_timeout, 1s);
  EXPECT_THAT(load({"--delivery-timeout", "1s"})->warnings, IsEmpty());
  auto both = load({"--delivery-timeout=1s", "--delivery-connect-timeout=2s"});
  EXPECT_EQ(both->values.delivery.connect_timeout, 1s);
  EXPECT_THAT(both->warnings, ElementsAre(HasSubstr("connect-timeout")));
}

TEST_F(load_test, what_is_hardly_meant_so_is_a_warning) {
  EXPECT_THAT(load()->warnings, IsEmpty());
  EXPECT_THAT(load({"--retention-events", "1h"})->warnings,
              ElementsAre(HasSubstr("shorter than retry-max-age 3d")));
  EXPECT_THAT(load({"--listen", "0.0.0.0:80"})->warnings,
              ElementsAre(HasSubstr("http://0.0.0.0:80")));
  EXPECT_THAT(
    load({"--listen", "0.0.0.0:80", "--base-url", "http://h"})->warnings,
    IsEmpty());
}

// -- showing ------------------------------------------------------------------

TEST_F(load_test, what_is_left_open_is_shown_as_it_takes_effect) {
  EXPECT_EQ(shown("base-url", {"--listen", "[::1]:81"}).value,
            "http://[::1]:81");
  EXPECT_EQ(shown("threads").value, std::to_string(effective_threads({})));
  EXPECT_EQ(shown("callbacks-allow").value, "public addresses and loopback");
  EXPECT_EQ(shown("callbacks-allow", {"--listen", "192.0.2.1:80"}).value,
            "public addresses");
  EXPECT_EQ(shown("auth-tokens").value, "none");
  EXPECT_EQ(shown("config").value, "none");
}

TEST_F(load_test, secrets_are_masked) {
  env["HERALD_TOKEN"] = "sesame";
  env["HERALD_NODE"] = "http://ali:baba@127.0.0.1:8080/x@y";
  auto result = load();
  ASSERT_TRUE(result);
  auto table = show_table(*result);
  EXPECT_THAT(table, AllOf(Not(HasSubstr("sesame")), Not(HasSubstr("baba"))));
  EXPECT_EQ(shown("token").value, "********");
  EXPECT_EQ(shown("token").place, "environment HERALD_TOKEN");
  EXPECT_EQ(shown("node").value, "http://********@127.0.0.1:8080/x@y");
}

TEST_F(load_test, the_table_has_a_line_for_every_option) {
  auto table = show_table(*load({"--threads", "3"}));
  EXPECT_THAT(table, AllOf(HasSubstr("\nlisten "), HasSubstr("\nlog-format ")));
  EXPECT_THAT(table, HasSubstr("flag --threads\n"));
  EXPECT_THAT(table, Not(HasSubstr("\ntoken ")));
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

TEST_F(load_test, help_is_reported_before_anything_is_checked) {
  env["HERALD_NONSENSE"] = "1";
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

TEST(effective, loopback_is_all_of_127_and_one_of_v6) {
  config values;
  EXPECT_TRUE(listens_only_on_loopback(values));
  values.listen = {{"127.9.9.9", 1}, {"::1", 1}};
  EXPECT_TRUE(listens_only_on_loopback(values));
  values.listen.push_back({"0.0.0.0", 1});
  EXPECT_FALSE(listens_only_on_loopback(values));
}

} // namespace herald
