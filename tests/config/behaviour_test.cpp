// No option may be offered that does nothing: each is read somewhere, and a
// test shows what it changes.

#include "config/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

namespace herald {

namespace {

namespace fs = std::filesystem;

/// What an option changes.
struct behaviour {
  std::string_view change; ///< The node does this as the option says.
  std::string_view source; ///< Where the program looks at its value,
  std::string_view text;   ///< by these words.
  std::string_view test;   ///< The test that sees it.
};

const std::map<std::string_view, behaviour> behaviours{
  {"listen",
   {"where it listens", "http/serve.cpp", "settings_.listen",
    "a_port_that_is_taken_is_named_and_ends_with_1"}},
  {"base-url",
   {"which hub deliveries advertise", "http/serve.cpp", "settings_.base_url",
    "websub_52_rel_hub_is_the_advertised_hub"}},
  {"data",
   {"where the store is", "http/serve.cpp", "settings_.data",
    "a_second_node_on_the_same_store_says_so_and_ends_with_1"}},
  {"threads",
   {"how many threads there are", "http/serve.cpp",
    "effective_threads(settings)",
    "a_limit_below_the_number_of_threads_is_kept"}},
  {"drain-seconds",
   {"how long a stop waits", "http/serve.cpp", "settings_.drain",
    "a_stop_does_not_wait_longer_than_it_may"}},
  {"auth",
   {"whether it starts where others can reach it", "config/check.cpp",
    "values.auth", "a_node_that_others_can_reach_has_to_be_meant"}},
  {"lease-default",
   {"which lease is granted where none is asked for", "http/api/routes_hub.cpp",
    "lease.by_default", "websub_41_a_lease_is_clamped_and_announced"}},
  {"lease-min",
   {"the shortest lease", "http/api/routes_hub.cpp", "lease.min",
    "websub_41_a_lease_is_clamped_and_announced"}},
  {"lease-max",
   {"the longest lease", "http/api/routes_hub.cpp", "lease.max",
    "websub_41_a_lease_is_clamped_and_announced"}},
  {"verify-timeout",
   {"how long a callback may take to confirm",
    "actors/registry/callback_calls.cpp", "verify_.timeout",
    "websub_45_no_answer_and_5xx_are_tried_again"}},
  {"topics-allow",
   {"which topics are denied", "actors/topics/topic_policy.cpp", "allow",
    "websub_19_topics_may_be_refused_by_policy"}},
  {"intergov-verify",
   {"whether an intent by intergov's form is verified",
    "http/api/routes_intergov.cpp", "intergov.verify",
    "intergov_31_verification_can_be_turned_off"}},
  {"retry-schedule",
   {"when a failure is tried again", "actors/delivery/retry.cpp",
    "policy.schedule", "follows_the_schedule_and_repeats_its_last_entry"}},
  {"retry-max-age",
   {"when an event is given up", "actors/delivery/retry.cpp", "max_age",
    "is_nothing_past_the_maximum_age_of_the_event"}},
  {"retry-jitter",
   {"how much delays differ", "actors/delivery/retry.cpp", "policy.jitter",
    "spreads_over_the_jitter_both_ways_and_no_further"}},
  {"delivery-timeout",
   {"how long an attempt may take", "http/client/core.cpp",
    "options_.delivery.timeout", "end_a_post_that_is_not_answered"}},
  {"delivery-connect-timeout",
   {"how long a connection may take", "http/client/connection_open.cpp",
    "delivery.connect_timeout", "end_a_name_that_is_not_resolved"}},
  {"delivery-in-flight",
   {"how many attempts a subscription has at once", "actors/node.cpp",
    "settings.delivery.in_flight", "keeps_no_more_in_flight_than_configured"}},
  {"delivery-total-in-flight",
   {"how many attempts the node has at once", "http/serve.cpp",
    "delivery.total_in_flight", "bound_what_is_in_flight_over_all_origins"}},
  {"delivery-origin-connections",
   {"how many connections an origin gets", "http/serve.cpp",
    "delivery.origin_connections", "bound_the_connections_of_an_origin"}},
  {"delivery-connection-age",
   {"how long a connection is used", "http/client/connection_open.cpp",
    "delivery.connection_age", "a_connection_is_not_used_past_its_age"}},
  {"breaker-failures",
   {"after how many failures a subscriber is only probed",
    "actors/spreader/breaker.cpp", "policy.failures",
    "opens_with_the_failure_that_reaches_the_threshold"}},
  {"breaker-max-pause",
   {"how long it is left alone", "actors/spreader/breaker.cpp",
    "policy.max_pause", "pauses_follow_the_schedule_up_to_the_longest"}},
  {"callbacks-allow",
   {"which addresses are called", "http/serve.cpp",
    "effective_allow(settings_)", "allows_only_what_is_listed"}},
  {"callbacks-deny",
   {"which addresses are not called", "http/client/address_policy.cpp",
    "from.deny", "websub_26_callbacks_may_be_refused_by_policy"}},
  {"callbacks-ports",
   {"which ports are called", "http/client/address_policy.cpp", "from.ports",
    "a_port_that_may_not_be_called_is_not"}},
  {"callbacks-self",
   {"whether it calls itself", "http/serve.cpp", "settings_.callbacks.self",
    "a_node_may_call_itself_where_that_is_said"}},
  {"hosts-allow",
   {"to which names it answers", "http/api/gate.cpp", "from.hosts.allow",
    "a_further_host_is_answered"}},
  {"origins-allow",
   {"which web pages may use it", "http/api/gate.cpp", "from.origins.allow",
    "a_further_origin_may_change_things"}},
  {"proxies-trusted",
   {"whose word on clients counts", "http/api/gate.cpp", "from.proxies.trusted",
    "the_client_is_the_last_that_is_no_trusted_proxy"}},
  {"events-max-body",
   {"how large a body may be", "http/serve.cpp", "settings_.events.max_body",
    "websub_47_a_topic_over_the_size_limit_is_not_spread"}},
  {"events-max-backlog",
   {"how far spreading may be behind", "http/front_end/front_end.cpp",
    "events.max_backlog", "takes_no_events_while_spreading_is_far_behind"}},
  {"quota-events",
   {"how many events a second a client may send",
    "http/front_end/publisher_quotas.cpp", "limits_.events",
    "a_publisher_sends_no_more_than_its_quota"}},
  {"quota-bytes",
   {"how many bytes", "http/front_end/publisher_quotas.cpp", "limits_.bytes",
    "counts_bytes_too"}},
  {"retention-events",
   {"how long events are kept", "actors/janitor.cpp", "retention.events",
    "trims_events_past_their_retention_and_no_others"}},
  {"retention-history",
   {"how long history is kept", "actors/janitor.cpp", "retention.history",
    "drops_history_past_its_retention_and_no_other"}},
  {"retention-bytes",
   {"how much of the events is kept", "actors/janitor.cpp", "retention.bytes",
    "trims_the_oldest_events_above_the_size_that_is_kept"}},
  {"retention-attempts",
   {"how many attempts are kept", "actors/janitor.cpp", "retention.attempts",
    "keeps_no_more_attempts_than_it_may"}},
  {"retention-successes",
   {"whether successes are kept", "actors/node.cpp",
    "settings.retention.successes",
    "successes_are_remembered_where_that_is_asked_for"}},
  {"excerpt-bytes",
   {"how much of an answer is kept", "actors/node.cpp",
    "settings.excerpt.bytes",
    "nothing_of_an_answer_is_kept_where_that_is_said"}},
  {"store-reserve",
   {"how much space is left free", "http/serve.cpp", "settings_.store.reserve",
    "a_full_disk_refuses_events_and_heals_when_space_is_free"}},
  {"log-level",
   {"which lines are logged", "config/log.cpp", "settings.level",
    "lines_below_the_level_are_not_written"}},
  {"log-format",
   {"how lines look", "config/log.cpp", "settings.format",
    "the_format_is_chosen_at_the_start"}},
};

std::string text_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// The names of all tests, and of what else is a word behind a comma or a
/// blank: enough to find one.
const std::string& text_of_tests() {
  static const auto result = [] {
    std::string all;
    auto root = fs::path{HERALD_SOURCE_DIR} / "tests";
    for (auto folder : {"config", "storage", "actors", "http", "end_to_end"})
      for (auto i = fs::recursive_directory_iterator{root / folder};
           i != fs::recursive_directory_iterator{}; ++i)
        if (i->path().filename() == "node_modules")
          i.disable_recursion_pending();
        else if (i->path().extension() == ".cpp"
                 && i->path().filename() != "behaviour_test.cpp")
          all += text_of(i->path());
    return all;
  }();
  return result;
}

} // namespace

TEST(options, each_has_a_behaviour_and_nothing_else_has) {
  std::set<std::string_view> flags;
  for (auto& option : all_options()) {
    flags.insert(option.flag);
    EXPECT_TRUE(behaviours.contains(option.flag)) << option.flag;
  }
  for (auto& [flag, what] : behaviours)
    EXPECT_TRUE(flags.contains(flag)) << flag;
}

TEST(options, each_is_read_by_the_program) {
  for (auto& [flag, what] : behaviours)
    EXPECT_NE(
      text_of(fs::path{HERALD_SOURCE_DIR} / what.source).find(what.text),
      std::string::npos)
      << "--" << flag << " changes " << what.change << ", but " << what.source
      << " does not look at " << what.text;
}

TEST(options, each_has_a_test_that_sees_what_it_changes) {
  for (auto& [flag, what] : behaviours)
    EXPECT_NE(text_of_tests().find(std::string{what.test} + ')'),
              std::string::npos)
      << "--" << flag << " changes " << what.change << ", but there is no test "
      << what.test;
}

} // namespace herald
