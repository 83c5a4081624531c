#include "http/cli/subscribe.hpp"

#include "config/errc.hpp"
#include "config/units.hpp"
#include "http/cli/bulk.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/discover.hpp"
#include "http/cli/flags.hpp"
#include "http/form.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <thread>

namespace herald {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr milliseconds first_pause = 20ms;
constexpr milliseconds longest_pause = 500ms;
// The request is answered before everything that reads knows of it.
constexpr milliseconds settle_time = 500ms;
constexpr uint64_t default_connections = 16;
constexpr uint64_t max_connections = 64;

struct subscribe_settings {
  client_settings node = default_client_settings();
  subscribe_wish wish;
  std::string file;
  bool discover = false;
  bool wait = false;
  milliseconds timeout = 30s;
  uint64_t connections = default_connections;
};

caf::error read_lease(const std::string& text, subscribe_wish& into) {
  auto lease = parse_duration(text);
  if (!lease)
    return std::move(lease.error());
  if (*lease < 1s || *lease % 1s != 0ms)
    return fail(errc::invalid, "\"" + text
                                 + "\": expected whole seconds, at "
                                   "least 1s, such as 10d");
  into.lease = std::chrono::duration_cast<std::chrono::seconds>(*lease);
  return caf::none;
}

caf::error read_timeout(const std::string& text, milliseconds& into) {
  auto timeout = parse_duration(text);
  if (!timeout)
    return std::move(timeout.error());
  into = *timeout;
  return caf::none;
}

void declare(flag_set& flags, subscribe_settings& into) {
  flags.word("TOPIC", into.wish.topic, false);
  flags.word("CALLBACK", into.wish.callback, false);
  if (into.wish.subscribe) {
    add_secret_flags(flags, into.wish.secret,
                     "Deliveries are signed with it; under 200 bytes.");
    flags.option(
      "--lease", "DURATION",
      [&into](const std::string& x) { return read_lease(x, into.wish); },
      "How long it is wished for, e.g. 10d. Default: the node's.");
  }
  flags.toggle("--discover", into.discover,
               "TOPIC is a URL: ask it who its hub is, and ask that hub\n"
               "in place of the node.");
  flags.option("--file", "FILE", into.file,
               "Many: a line each, TOPIC CALLBACK [SECRET]; - is stdin.");
  flags.toggle("--wait", into.wait,
               into.wish.subscribe ? "Wait until the callback is verified."
                                   : "Wait until the subscription is gone.");
  flags.option(
    "--timeout", "DURATION",
    [&into](const std::string& x) { return read_timeout(x, into.timeout); },
    "How long --wait waits. Default: 30s.");
  flags.count("--connections", into.connections, 1, max_connections,
              "With --file: how many at once. Default: 16.");
  add_client_flags(flags, into.node);
}

caf::error check(const subscribe_settings& what) {
  if (what.discover && !what.file.empty())
    return fail(errc::invalid, "flag --file: not together with --discover");
  if (what.discover && what.wait)
    return fail(errc::invalid,
                "flag --wait: not together with --discover, because not every "
                "hub can be asked what became of it");
  auto words = !what.wish.topic.empty() || !what.wish.callback.empty();
  if (words && !what.file.empty())
    return fail(errc::invalid, "flag --file: not together with TOPIC CALLBACK");
  if (!what.file.empty())
    return caf::none;
  if (what.wish.topic.empty())
    return fail(errc::invalid, "TOPIC is missing; accepted: TOPIC CALLBACK, or "
                               "--file FILE");
  if (what.wish.callback.empty())
    return fail(errc::invalid,
                "CALLBACK is missing; accepted: the subscriber's "
                "http or https URL");
  return caf::none;
}

caf::error work_on(node_client& node, const subscribe_settings& how,
                   const subscribe_wish& what) {
  if (auto err = request_subscription(node, what))
    return err;
  return how.wait ? await_subscription(node, what, how.timeout) : caf::error{};
}

std::string_view state_after(const subscribe_settings& what) {
  if (!what.wait)
    return "accepted";
  return what.wish.subscribe ? "verified" : "gone";
}

std::string json_line(const subscribe_settings& how,
                      const subscribe_wish& what) {
  nlohmann::ordered_json result;
  result["topic"] = what.topic;
  result["callback"] = what.callback;
  result["result"] = state_after(how);
  return result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
         + "\n";
}

std::string outcome_line(const subscribe_settings& what) {
  if (what.node.json)
    return json_line(what, what.wish);
  if (!what.wait)
    return what.wish.subscribe
             ? "accepted; the callback is being verified\n"
             : "accepted; the callback is asked whether it agrees\n";
  return what.wish.subscribe ? "verified; the subscription is active\n"
                             : "the subscription is gone\n";
}

int run_single(const subscribe_settings& what) {
  auto node = node_client::make(what.node);
  if (!node)
    return complain(describe(node.error()), exit_usage);
  if (auto err = work_on(**node, what, what.wish))
    return complain(describe(err), exit_failure);
  std::cout << outcome_line(what);
  return exit_success;
}

int run_file(const subscribe_settings& what) {
  auto step = [&](node_client& node,
                  const bulk_line& line) -> caf::expected<std::string> {
    auto wish = parse_wish(line.text, what.wish);
    if (!wish)
      return std::move(wish.error());
    if (auto err = work_on(node, what, *wish))
      return err;
    return what.node.json ? json_line(what, *wish) : std::string{};
  };
  bulk_options options;
  options.label = what.wish.subscribe ? "subscribing" : "unsubscribing";
  options.unit = "subscriptions";
  options.connections = what.connections;
  options.skip_notes = true;
  auto result = run_bulk(what.node, what.file, options, step);
  if (!result)
    return complain(describe(result.error()), exit_failure);
  (what.node.json ? std::cerr : std::cout)
    << summary_of(*result, state_after(what), options.unit) << "\n";
  return result->failed > 0 ? exit_failure : exit_success;
}

int run(command_args args, flag_set flags, bool subscribe) {
  subscribe_settings settings;
  settings.wish.subscribe = subscribe;
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  if (auto err = check(settings))
    return complain(describe(err), exit_usage);
  if (settings.discover)
    return run_discovered(settings.node, settings.wish);
  return settings.file.empty() ? run_single(settings) : run_file(settings);
}

/// True if it is as wished, false if it may yet become so.
caf::expected<bool> judge(const std::string& state, bool subscribe,
                          bool settled) {
  if (!subscribe)
    return state.empty();
  if (state.empty() && settled)
    return fail(errc::refused,
                "not verified: the callback did not confirm the subscription");
  return !state.empty() && state != "pending" && state != "expired";
}

caf::error not_in_time(const subscribe_wish& what, milliseconds timeout) {
  return fail(errc::timeout,
              (what.subscribe ? "not verified within "
                              : "the callback has not agreed within ")
                + print_duration(timeout)
                + ": is something listening at the callback?");
}

} // namespace

node_request hub_request(const subscribe_wish& what) {
  auto seconds = what.lease.count();
  node_request result;
  result.method = "POST";
  result.target = "/hub";
  result.fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
  result.body = form_of(
    {{"hub.mode", what.subscribe ? "subscribe" : "unsubscribe"},
     {"hub.topic", what.topic},
     {"hub.callback", what.callback},
     {"hub.secret", what.secret},
     {"hub.lease_seconds", seconds > 0 ? std::to_string(seconds) : ""}});
  return result;
}

caf::expected<subscribe_wish> parse_wish(std::string_view line,
                                         const subscribe_wish& otherwise) {
  auto result = otherwise;
  std::istringstream in{std::string{line}};
  std::string secret;
  std::string more;
  if (!(in >> result.topic >> result.callback))
    return fail(errc::invalid, "expected TOPIC CALLBACK [SECRET]");
  if (in >> secret)
    result.secret = secret;
  if (in >> more)
    return fail(errc::invalid,
                "expected TOPIC CALLBACK [SECRET], but there is more");
  return result;
}

caf::error request_subscription(node_client& node, const subscribe_wish& what) {
  auto answer = persist(node, hub_request(what), false);
  if (!answer)
    return std::move(answer.error());
  if (answer->status != 202)
    return fail(errc::refused, "refused: " + explain(*answer));
  return caf::none;
}

std::string listed_state(const std::string& listing,
                         std::string_view callback) {
  auto parsed = nlohmann::json::parse(listing, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("items"))
    return {};
  for (auto& item : parsed["items"])
    if (item.is_object() && item.contains("callback") && item.contains("state")
        && item["callback"] == callback && item["state"].is_string())
      return item["state"].get<std::string>();
  return {};
}

caf::error await_subscription(node_client& node, const subscribe_wish& what,
                              milliseconds timeout) {
  node_request ask;
  ask.target = "/subscriptions"
               + query_of({{"topic", what.topic}, {"callback", what.callback}});
  auto begin = clock::now();
  for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
    auto passed = clock::now() - begin;
    auto answer = persist(node, ask, true);
    if (!answer)
      return std::move(answer.error());
    if (answer->status != 200)
      return fail(errc::refused, explain(*answer));
    auto done = judge(listed_state(answer->body, what.callback), what.subscribe,
                      passed > settle_time);
    if (!done)
      return std::move(done.error());
    if (*done)
      return caf::none;
    if (passed >= timeout)
      return not_in_time(what, timeout);
    std::this_thread::sleep_for(pause);
  }
}

int run_subscribe(command_args args) {
  return run(args,
             {"herald subscribe TOPIC CALLBACK [OPTIONS] | --file FILE",
              "Asks the node to deliver the events of TOPIC, a URL or a "
              "predicate, to CALLBACK.\nThe node first asks the callback "
              "whether it wants that (WebSub verification).\nWith --discover "
              "it is the hub that the page or feed TOPIC names, wherever it "
              "is."},
             true);
}

int run_unsubscribe(command_args args) {
  return run(args,
             {"herald unsubscribe TOPIC CALLBACK [OPTIONS] | --file FILE",
              "Ends a subscription. The node first asks the callback whether "
              "it agrees."},
             false);
}

} // namespace herald
