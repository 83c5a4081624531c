#include "http/cli/subscriptions.hpp"

#include "config/errc.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/operate.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iostream>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 5> states{"pending", "active", "paused",
                                                 "failing", "expired"};

struct listing_settings {
  client_settings node = default_client_settings();
  std::string topic;
  std::string callback;
  std::string state;
  std::string pause; ///< An id, or empty.
  std::string resume;
  uint64_t limit = UINT64_MAX;
};

caf::error read_state(const std::string& text, std::string& into) {
  if (std::find(states.begin(), states.end(), text) == states.end())
    return fail(errc::invalid, "\"" + text
                                 + "\": accepted: pending, active, "
                                   "paused, failing, expired");
  into = text;
  return caf::none;
}

void declare(flag_set& flags, listing_settings& into) {
  flags.option("--topic", "TOPIC", into.topic, "Only of this topic.");
  flags.option("--callback", "URL", into.callback, "Only with this callback.");
  flags.option(
    "--state", "STATE",
    [&into](const std::string& x) { return read_state(x, into.state); },
    "Only pending, active, paused, failing or expired ones.");
  flags.count("--limit", into.limit, 1, UINT64_MAX,
              "At most so many. Default: all.");
  flags.option("--pause", "ID", into.pause,
               "Pause this one; its events wait until it is resumed.");
  flags.option("--resume", "ID", into.resume, "Resume this one.");
  add_client_flags(flags, into.node);
}

std::string expiry_of(const json& item, std::chrono::sys_seconds now) {
  auto text = text_of(item, "expires_at");
  auto time = parse_time(text);
  if (!time)
    return text;
  return *time <= now ? "now" : rough_duration(*time - now);
}

std::vector<table::column> columns() {
  return {{"ID", false, true},         {"STATE", false, false},
          {"TOPIC", false, true},      {"CALLBACK", false, true},
          {"EXPIRES IN", true, false}, {"PENDING", true, false}};
}

int list(const listing_settings& what) {
  listing_wish wish;
  wish.path = "/subscriptions";
  wish.query = {
    {"topic", what.topic}, {"callback", what.callback}, {"state", what.state}};
  wish.limit = what.limit;
  wish.nothing = "no subscriptions";
  wish.read = [](const std::string& body) {
    using namespace std::chrono;
    return parse_subscription_page(body, floor<seconds>(system_clock::now()));
  };
  return print_listing(what.node, wish);
}

/// Pauses or resumes one subscription.
int hold(const listing_settings& what) {
  auto pause = what.resume.empty();
  auto& id = pause ? what.pause : what.resume;
  auto answer = operate(what.node, "PATCH", id, "",
                        pause ? R"({"paused":true})" : R"({"paused":false})");
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  if (what.node.json)
    std::cout << answer->body << "\n";
  else
    std::cout << (pause ? "paused; its events wait\n" : "resumed\n");
  return exit_success;
}

/// One subscription is held by its id; the rest chooses what is listed.
caf::error check(const listing_settings& what) {
  auto lists = !what.topic.empty() || !what.callback.empty()
               || !what.state.empty() || what.limit != UINT64_MAX;
  if (!what.pause.empty() && !what.resume.empty())
    return fail(errc::invalid, "flag --resume: not together with --pause");
  if (lists && !(what.pause.empty() && what.resume.empty()))
    return fail(
      errc::invalid,
      std::string{what.pause.empty() ? "flag --resume" : "flag --pause"}
        + ": not together with flags that choose what is listed");
  return caf::none;
}

} // namespace

caf::expected<listing_rows>
parse_subscription_page(const std::string& body, std::chrono::sys_seconds now) {
  return parse_listing(body, columns(), [now](const json& item) {
    return std::vector<std::string>{
      text_of(item, "id"),    text_of(item, "state"),
      text_of(item, "topic"), text_of(item, "callback"),
      expiry_of(item, now),   text_of(item, "pending")};
  });
}

int run_subscriptions(command_args args) {
  listing_settings settings;
  flag_set flags{"herald subscriptions [OPTIONS]",
                 "Lists who is subscribed to what; or pauses or resumes one "
                 "subscription.\nWhile it is paused its events wait."};
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  if (auto err = check(settings))
    return complain(describe(err), exit_usage);
  auto holds = !settings.pause.empty() || !settings.resume.empty();
  return holds ? hold(settings) : list(settings);
}

} // namespace herald
