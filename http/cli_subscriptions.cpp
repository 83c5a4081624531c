#include "http/cli_subscriptions.hpp"

#include "config/errc.hpp"
#include "http/cli.hpp"
#include "http/cli_bulk.hpp"
#include "http/cli_flags.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <iostream>

#include <unistd.h>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

constexpr uint64_t page_size = 1000;
constexpr std::array<std::string_view, 5> states{"pending", "active", "paused",
                                                 "failing", "expired"};

struct listing_settings {
  client_settings node = default_client_settings();
  std::string topic;
  std::string callback;
  std::string state;
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
  add_client_flags(flags, into.node);
}

std::string text_of(const json& item, const char* name) {
  auto i = item.find(name);
  if (i == item.end() || i->is_null())
    return "-";
  return printable(i->is_string() ? i->get<std::string>() : i->dump());
}

std::string expiry_of(const json& item, std::chrono::sys_seconds now) {
  auto text = text_of(item, "expires_at");
  auto time = parse_time(text);
  if (!time)
    return text;
  return *time <= now ? "now" : rough_duration(*time - now);
}

table empty_table() {
  table result;
  result.columns = {{"ID", false, true},         {"STATE", false, false},
                    {"TOPIC", false, true},      {"CALLBACK", false, true},
                    {"EXPIRES IN", true, false}, {"PENDING", true, false}};
  return result;
}

caf::expected<subscription_rows> fetch(node_client& node,
                                       const listing_settings& what,
                                       uint64_t limit,
                                       const std::string& after) {
  node_request ask;
  ask.target
    = "/subscriptions"
      + query_of({{"topic", what.topic},
                  {"callback", what.callback},
                  {"state", what.state},
                  {"limit", std::to_string(std::min(limit, page_size))},
                  {"after", after}});
  auto answer = persist(node, ask, false);
  if (!answer)
    return std::move(answer.error());
  if (answer->status != 200)
    return fail(errc::refused, explain(*answer));
  using namespace std::chrono;
  return parse_subscription_page(answer->body,
                                 floor<seconds>(system_clock::now()));
}

/// The header goes with the first page only; it is bold on a terminal.
void print_table(subscription_rows& page, bool first) {
  if (!first && page.shown.rows.empty())
    return;
  auto text = page.shown.format(terminal_width(STDOUT_FILENO));
  auto header = text.find('\n');
  if (first)
    std::cout << paint::for_fd(STDOUT_FILENO).bold(text.substr(0, header));
  std::cout << text.substr(first ? header : header + 1);
}

void print_json(const subscription_rows& page) {
  for (auto& item : page.json)
    std::cout << item << "\n";
}

int list(const listing_settings& what) {
  auto node = node_client::make(what.node);
  if (!node)
    return complain(describe(node.error()), exit_usage);
  std::string after;
  uint64_t count = 0;
  auto first = true;
  do {
    auto page = fetch(**node, what, what.limit - count, after);
    if (!page)
      return complain(describe(page.error()), exit_failure);
    count += page->json.size();
    if (what.node.json)
      print_json(*page);
    else if (count > 0)
      print_table(*page, std::exchange(first, false));
    after = page->next;
  } while (!after.empty() && count < what.limit);
  if (what.node.json)
    return exit_success;
  std::cout.flush();
  if (count == 0)
    std::cerr << "no subscriptions\n";
  else if (!after.empty())
    std::cerr << "there are more; raise --limit\n";
  return exit_success;
}

} // namespace

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::tm parts{};
  auto* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || (*rest != '.' && *rest != 'Z') || text.back() != 'Z')
    return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

caf::expected<subscription_rows>
parse_subscription_page(const std::string& body, std::chrono::sys_seconds now) {
  auto parsed = json::parse(body, nullptr, false);
  auto items = parsed.is_object() ? parsed.find("items") : parsed.end();
  if (!parsed.is_object() || items == parsed.end() || !items->is_array())
    return fail(errc::invalid, "the node's answer is not a listing");
  subscription_rows result;
  result.shown = empty_table();
  for (auto& item : *items) {
    if (!item.is_object())
      return fail(errc::invalid, "the node's answer is not a listing");
    result.json.push_back(item.dump());
    result.shown.rows.push_back(
      {text_of(item, "id"), text_of(item, "state"), text_of(item, "topic"),
       text_of(item, "callback"), expiry_of(item, now),
       text_of(item, "pending")});
  }
  auto next = parsed.find("next");
  if (next != parsed.end() && next->is_string())
    result.next = next->get<std::string>();
  return result;
}

int run_subscriptions(command_args args) {
  listing_settings settings;
  flag_set flags{"herald subscriptions [OPTIONS]",
                 "Lists who is subscribed to what."};
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  return list(settings);
}

} // namespace herald
