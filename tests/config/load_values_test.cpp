#include "config/effective.hpp"
#include "config/units.hpp"
#include "tests/config/load_fixture.hpp"

namespace herald {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

namespace {

std::string repeated(std::string_view part, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i)
    result.append(part);
  return result;
}

} // namespace

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
    {"--delivery-connection-age", "2d"},
    {"--callbacks-allow", "example.org"},
    {"--callbacks-allow", "public,localhost"},
    {"--callbacks-deny", "10.0.0.0/33"},
    {"--callbacks-deny", "private"},
    {"--callbacks-ports", "0"},
    {"--callbacks-ports", "443,https"},
    {"--callbacks-self", "yes"},
    {"--hosts-allow", "hub.example.org:80"},
    {"--hosts-allow", "*.example.org"},
    {"--origins-allow", "app.example"},
    {"--origins-allow", "https://app.example/"},
    {"--proxies-trusted", "proxy"},
    {"--topics-allow", "a b"},
    {"--events-max-body", "0"},
    {"--events-max-body", "2GiB"},
    {"--retention-events", "0s"},
    {"--retention-history", "forever"},
    {"--retention-bytes", "1GB"},
    {"--intergov-verify", "yes"},
    {"--excerpt-bytes", "1025"},
    {"--auth", "tokens"},
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
  std::filesystem::remove(path);
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
  EXPECT_THAT(load({"--listen", "0.0.0.0:80", "--auth", "none"})->warnings,
              ElementsAre(HasSubstr("http://0.0.0.0:80")));
  EXPECT_THAT(
    load({"--listen", "0.0.0.0:80", "--base-url", "http://h", "--auth", "none"})
      ->warnings,
    IsEmpty());
}

// -- who may ask --------------------------------------------------------------

TEST_F(load_test, access_control_is_refused_as_not_implemented) {
  for (auto& words : {args{"--auth-tokens", "x"}, args{"--auth-tokens=x"},
                      args{"--auth-tokens"}})
    EXPECT_THAT(error(words), StartsWith("flag --auth-tokens: not "
                                         "implemented"));
  EXPECT_THAT(error({"--auth", "required"}),
              AllOf(StartsWith("flag --auth: "), HasSubstr("not implemented"),
                    HasSubstr("accepted: auto, none")));
  env["HERALD_AUTH_TOKENS"] = "/secret/place";
  EXPECT_THAT(error(), AllOf(StartsWith("environment HERALD_AUTH_TOKENS: not "
                                        "implemented"),
                             Not(HasSubstr("/secret/place"))));
  env["HERALD_AUTH_TOKENS"] = "";
  EXPECT_EQ(error(), "no error");
  file("\n[auth]\ntokens = 'x'\n");
  EXPECT_THAT(error(), StartsWith(at_line(3)
                                  + "auth.tokens: not "
                                    "implemented"));
}

// Nobody says that it is meant so by saying nothing, or `auto`.
TEST_F(load_test, a_node_that_others_can_reach_has_to_be_meant) {
  for (auto listen :
       {"0.0.0.0:80", "192.0.2.1:80", "[::]:80", "127.0.0.1:80,192.0.2.1:80"}) {
    EXPECT_THAT(error({"--listen", listen}),
                AllOf(StartsWith("flag --listen: "), HasSubstr("--auth none")))
      << listen;
    EXPECT_NE(error({"--listen", listen, "--auth", "auto"}), "no error");
    EXPECT_EQ(error({"--listen", listen, "--auth", "none"}), "no error");
  }
  EXPECT_EQ(error({"--listen", "127.0.0.2:80,[::1]:80"}), "no error");
}

TEST_F(load_test, a_base_url_of_others_has_to_be_meant_so) {
  for (auto url : {"https://hub.example.org", "http://192.0.2.1:8080",
                   "http://localhost.example", "http://[2001:db8::1]"}) {
    EXPECT_THAT(error({"--base-url", url}),
                AllOf(StartsWith("flag --base-url: " + std::string{url}),
                      HasSubstr("--auth none")));
    EXPECT_EQ(error({"--base-url", url, "--auth", "none"}), "no error");
  }
  for (auto url : {"http://localhost:81", "http://LocalHost/hub",
                   "https://127.0.0.1", "http://[::1]:81/hub"})
    EXPECT_EQ(error({"--base-url", url}), "no error") << url;
  file("base-url = 'https://hub.example.org'\n");
  EXPECT_THAT(error(), StartsWith(at_line(1) + "base-url: "));
  file("base-url = 'https://hub.example.org'\nauth = 'none'\n");
  EXPECT_EQ(error(), "no error");
}

// -- showing ------------------------------------------------------------------

TEST_F(load_test, what_is_left_open_is_shown_as_it_takes_effect) {
  EXPECT_EQ(shown("base-url", {"--listen", "[::1]:81"}).value,
            "http://[::1]:81");
  EXPECT_EQ(shown("threads").value, std::to_string(effective_threads({})));
  EXPECT_EQ(shown("auth").value, "auto");
  EXPECT_EQ(shown("hosts-allow").value, "none");
  EXPECT_EQ(shown("callbacks-ports", {"--callbacks-ports", "443,80"}).value,
            "80,443");
  EXPECT_EQ(shown("config").value, "none");
}

TEST_F(load_test, what_may_be_called_is_shown_as_it_takes_effect) {
  auto allow = [this](args words) {
    words.insert(words.end(), {"--auth", "none"});
    return shown("callbacks-allow", std::move(words)).value;
  };
  EXPECT_EQ(allow({}), "public,loopback");
  EXPECT_EQ(allow({"--listen", "192.0.2.1:80"}), "public");
  EXPECT_EQ(allow({"--base-url", "https://hub.example.org"}), "public");
  EXPECT_EQ(allow({"--proxies-trusted", "127.0.0.1"}), "public");
  EXPECT_EQ(allow({"--callbacks-allow", "public"}), "public");
  EXPECT_EQ(allow({"--callbacks-allow", "10.1.2.3/8,private,loopback"}),
            "loopback,private,10.0.0.0/8");
  EXPECT_EQ(shown("callbacks-allow").place, "default");
}

TEST_F(load_test, secrets_are_masked) {
  env["HERALD_TOKEN"] = "sesame";
  env["HERALD_SECRET"] = "sesame";
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

TEST(effective, loopback_is_all_of_127_and_one_of_v6) {
  config values;
  EXPECT_TRUE(is_only_on_loopback(values));
  values.listen = {{"127.9.9.9", 1}, {"::1", 1}};
  EXPECT_TRUE(is_only_on_loopback(values));
  values.listen.push_back({"0.0.0.0", 1});
  EXPECT_FALSE(is_only_on_loopback(values));
  values.listen = {{"::", 1}};
  EXPECT_FALSE(is_only_on_loopback(values));
}

TEST(effective, a_base_url_of_others_lets_them_in) {
  config values;
  for (auto url : {"http://localhost:8080", "https://LOCALHOST/hub",
                   "http://127.1.2.3", "http://[::1]:81"}) {
    values.base_url = url;
    EXPECT_TRUE(is_only_on_loopback(values)) << url;
  }
  for (auto url : {"https://hub.example.org", "http://192.0.2.1",
                   "http://[2001:db8::1]", "http://localhost.example"}) {
    values.base_url = url;
    EXPECT_FALSE(is_only_on_loopback(values)) << url;
  }
}

TEST(effective, loopback_may_be_called_where_nobody_else_comes_in) {
  auto allow = [](const config& from) {
    return join_list(words_of(effective_allow(from)));
  };
  EXPECT_EQ(allow({}), "public,loopback");
  config listening;
  listening.listen = {{"127.0.0.1", 1}, {"192.0.2.1", 1}};
  EXPECT_EQ(allow(listening), "public");
  config advertised;
  advertised.base_url = "https://hub.example.org";
  EXPECT_EQ(allow(advertised), "public");
  config behind_a_proxy;
  behind_a_proxy.proxies.trusted = {*ip_network::parse("10.0.0.0/8")};
  EXPECT_EQ(allow(behind_a_proxy), "public");
}

TEST(effective, what_was_given_stays_as_it_is) {
  config values;
  values.callbacks.allow.given = true;
  EXPECT_EQ(effective_allow(values), values.callbacks.allow);
  values.callbacks.allow.public_too = false;
  values.callbacks.allow.loopback_too = true;
  values.base_url = "https://hub.example.org";
  EXPECT_EQ(effective_allow(values), values.callbacks.allow);
}

} // namespace herald
