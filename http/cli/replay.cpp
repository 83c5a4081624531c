#include "http/cli/replay.hpp"

#include "config/errc.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/listing.hpp"
#include "http/cli/operate.hpp"
#include "http/cli/terminal.hpp"
#include "http/moment.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>

namespace herald {

namespace {

using json = nlohmann::ordered_json;
using clock = std::chrono::steady_clock;

constexpr timespec look_interval{0, 200'000'000};

struct replay_settings {
  client_settings node = default_client_settings();
  std::string id;
  std::string since;
  std::string until;
  bool wait = false;
  bool cancel = false;
};

caf::error read_moment(const std::string& text, std::string& into) {
  auto parsed = parse_moment(text);
  if (!parsed)
    return std::move(parsed.error());
  into = text;
  return caf::none;
}

void declare(flag_set& flags, replay_settings& into) {
  flags.word("SUBSCRIPTION", into.id);
  flags.option(
    "--since", "TIME",
    [&into](const std::string& x) { return read_moment(x, into.since); },
    "From events accepted then: 2026-01-31T12:00:00Z, or how\n"
    "long ago, 2h.");
  flags.option(
    "--until", "TIME",
    [&into](const std::string& x) { return read_moment(x, into.until); },
    "Up to events accepted then. Default: now.");
  flags.toggle("--wait", into.wait, "Wait until the replay has ended.");
  flags.toggle("--cancel", into.cancel, "End the replay that is running.");
  add_client_flags(flags, into.node);
}

caf::error check(const replay_settings& what) {
  if (what.cancel && !(what.since.empty() && what.until.empty() && !what.wait))
    return fail(errc::invalid,
                "flag --cancel: not together with --since, --until and --wait");
  if (what.since.empty() && !what.until.empty())
    return fail(errc::invalid, "flag --until: needs --since");
  return caf::none;
}

uint64_t number_of(const json& item, const char* name) {
  auto i = item.find(name);
  return i != item.end() && i->is_number_unsigned() ? i->get<uint64_t>() : 0;
}

caf::error no_answer() {
  return fail(errc::invalid, "the node's answer cannot be read");
}

/// SIGINT, held back so that it can be waited for.
sigset_t hold_interrupts() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGINT);
  ::sigprocmask(SIG_BLOCK, &result, nullptr);
  return result;
}

/// How the subscriber is, as far as a replay depends on it.
struct outlook {
  std::string hindrance; ///< Why nothing may move; empty: nothing is wrong.
  uint64_t pending = 0;
};

outlook ask_outlook(node_client& node, const std::string& id) {
  auto answer = operate(node, "GET", id, "", "");
  auto parsed = answer ? json::parse(answer->body, nullptr, false) : json{};
  if (!parsed.is_object())
    return {};
  auto state = text_of(parsed, "state");
  return {state == "active" ? "" : ", the subscription is " + state,
          number_of(parsed, "pending")};
}

caf::expected<replay_progress> ask_progress(node_client& node,
                                            const std::string& id) {
  auto answer = operate(node, "GET", id, "/replay", "");
  if (!answer)
    return std::move(answer.error());
  return parse_replay(answer->body);
}

int interrupted(const replay_settings& what) {
  std::cerr << "herald: the replay goes on; watch it with `herald replay "
            << what.id << " --wait`, end it with --cancel\n";
  return exit_failure;
}

void draw(progress_bar& bar, uint64_t left, uint64_t total,
          const std::string& hindrance) {
  auto done = total - std::min(left, total);
  bar.update(done,
             grouped(done) + " of " + grouped(total) + " events" + hindrance);
}

/// A replay ends when it has found its events; the last ones may be under way.
std::string end_line(clock::duration passed, uint64_t pending) {
  using namespace std::chrono;
  auto result = "replayed after " + rough_duration(floor<seconds>(passed));
  if (pending > 0)
    result += "; " + grouped(pending) + " deliveries are pending";
  return result;
}

/// Watches a replay to its end; `total` 0: it may be any, if one runs.
int watch(node_client& node, const replay_settings& what, uint64_t total) {
  auto interrupts = hold_interrupts();
  auto begin = clock::now();
  std::optional<progress_bar> bar;
  for (;;) {
    auto now_it_is = ask_progress(node, what.id);
    if (!now_it_is)
      return complain(describe(now_it_is.error()), exit_failure);
    if (!now_it_is->running && total == 0) {
      std::cerr << "no replay is running\n";
      return exit_success;
    }
    if (!now_it_is->running)
      break;
    total = std::max(total, now_it_is->left);
    if (!bar)
      bar.emplace("replaying", total);
    draw(*bar, now_it_is->left, total, ask_outlook(node, what.id).hindrance);
    if (::sigtimedwait(&interrupts, nullptr, &look_interval) == SIGINT) {
      bar.reset();
      return interrupted(what);
    }
  }
  bar.reset();
  if (!what.node.json)
    std::cout << end_line(clock::now() - begin,
                          ask_outlook(node, what.id).pending)
              << "\n";
  return exit_success;
}

std::string start_line(const json& answer, uint64_t events) {
  return "replaying up to " + grouped(events) + " events, accepted from "
         + text_of(answer, "since") + " to " + text_of(answer, "until");
}

int begin(node_client& node, const replay_settings& what) {
  auto answer = operate(node, "POST", what.id, "/replay",
                        replay_body(what.since, what.until));
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  auto events = events_of_replay(answer->body);
  if (!events)
    return complain(describe(events.error()), exit_failure);
  if (what.wait)
    hold_interrupts(); // Whoever has read that it runs may interrupt.
  if (what.node.json)
    std::cout << answer->body << std::endl;
  else
    std::cout << start_line(json::parse(answer->body), *events) << std::endl;
  return what.wait ? watch(node, what, *events) : exit_success;
}

int cancel(node_client& node, const replay_settings& what) {
  auto answer = operate(node, "DELETE", what.id, "/replay", "");
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  if (!what.node.json)
    std::cout << "cancelled; what is on its way still arrives\n";
  return exit_success;
}

int show(node_client& node, const replay_settings& what) {
  auto answer = operate(node, "GET", what.id, "/replay", "");
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  auto progress = parse_replay(answer->body);
  if (!progress)
    return complain(describe(progress.error()), exit_failure);
  if (what.node.json)
    std::cout << answer->body << "\n";
  else if (progress->running)
    std::cout << "a replay is running; up to " << grouped(progress->left)
              << " events are left" << ask_outlook(node, what.id).hindrance
              << "\n";
  else
    std::cout << "no replay is running\n";
  return exit_success;
}

int run(const replay_settings& what) {
  auto node = node_client::make(what.node);
  if (!node)
    return complain(describe(node.error()), exit_usage);
  if (what.cancel)
    return cancel(**node, what);
  if (!what.since.empty())
    return begin(**node, what);
  return what.wait ? watch(**node, what, 0) : show(**node, what);
}

} // namespace

caf::expected<replay_progress> parse_replay(const std::string& body) {
  auto parsed = json::parse(body, nullptr, false);
  auto logs = parsed.is_object() ? parsed.find("logs") : parsed.end();
  if (!parsed.is_object() || logs == parsed.end() || !logs->is_array())
    return no_answer();
  replay_progress result;
  result.running = parsed.value("running", json{}) == json(true);
  for (auto& each : *logs) {
    if (!each.is_object())
      return no_answer();
    auto at = number_of(each, "at");
    result.left += std::max(number_of(each, "until"), at) - at;
  }
  return result;
}

caf::expected<uint64_t> events_of_replay(const std::string& body) {
  auto parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("events"))
    return no_answer();
  return number_of(parsed, "events");
}

std::string replay_body(const std::string& since, const std::string& until) {
  json result{{"since", since}};
  if (!until.empty())
    result["until"] = until;
  return result.dump(-1, ' ', false, json::error_handler_t::replace);
}

int run_replay(command_args args) {
  replay_settings settings;
  flag_set flags{"herald replay SUBSCRIPTION --since TIME [OPTIONS]",
                 "Delivers again what a subscription's topic got from one time "
                 "to another, as far as\nthe events are kept. SUBSCRIPTION is "
                 "its id, see `herald subscriptions`. Without\n--since it says "
                 "how far a replay is that is running."};
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  if (auto err = check(settings))
    return complain(describe(err), exit_usage);
  return run(settings);
}

} // namespace herald
