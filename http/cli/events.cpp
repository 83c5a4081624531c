#include "http/cli/events.hpp"

#include "config/errc.hpp"
#include "http/cli/bulk.hpp"
#include "http/cli/command_line.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

#include <unistd.h>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

struct event_settings {
  client_settings node = default_client_settings();
  std::string id;
  std::string topic;
  bool follow = false;
  uint64_t limit = UINT64_MAX;
};

void declare(flag_set& flags, event_settings& into) {
  flags.word("ID", into.id, false);
  flags.option("--topic", "TOPIC", into.topic,
               "Only what a subscription to it would get.");
  flags.toggle("--follow", into.follow,
               "Go on with what is published, until the limit.");
  flags.count("--limit", into.limit, 1, UINT64_MAX,
              "At most so many. Default: all that are kept.");
  add_client_flags(flags, into.node);
}

/// One event is shown by its id; the rest chooses what is listed.
caf::error check(const event_settings& what) {
  if (what.id.empty())
    return caf::none;
  if (what.follow)
    return fail(errc::invalid, "flag --follow: not together with an id");
  if (!what.topic.empty())
    return fail(errc::invalid, "flag --topic: not together with an id");
  if (what.limit != UINT64_MAX)
    return fail(errc::invalid, "flag --limit: not together with an id");
  return caf::none;
}

int list(const event_settings& what) {
  listing_wish wish;
  wish.path = "/events";
  wish.query = {{"topic", what.topic}};
  wish.limit = what.limit;
  wish.nothing = "no events";
  wish.follow = what.follow;
  wish.read = parse_event_page;
  return print_listing(what.node, wish);
}

caf::expected<std::string> fetch(const event_settings& what) {
  auto node = node_client::make(what.node);
  if (!node)
    return std::move(node.error());
  node_request ask;
  ask.target = "/events/" + form_encoded(what.id);
  auto answer = persist(**node, ask, true);
  if (!answer)
    return std::move(answer.error());
  if (answer->status != 200)
    return fail(errc::refused, explain(*answer));
  return std::move(answer->body);
}

int show(const event_settings& what) {
  auto body = fetch(what);
  if (!body)
    return complain(describe(body.error()), exit_failure);
  if (what.node.json) {
    std::cout << on_one_line(std::move(*body)) << "\n";
    return exit_success;
  }
  using namespace std::chrono;
  auto text = event_report_text(*body, floor<seconds>(system_clock::now()),
                                terminal_width(STDOUT_FILENO));
  if (!text)
    return complain(describe(text.error()), exit_failure);
  std::cout << *text;
  return exit_success;
}

} // namespace

caf::expected<listing_rows> parse_event_page(const std::string& body) {
  return parse_listing(body,
                       {{"ACCEPTED", false, false},
                        {"ID", false, false},
                        {"SIZE", true, false},
                        {"TYPE", false, true},
                        {"TOPIC", false, true}},
                       [](const json& item) {
                         return std::vector<std::string>{
                           text_of(item, "accepted_at"), text_of(item, "id"),
                           text_of(item, "size"), text_of(item, "content_type"),
                           text_of(item, "topic")};
                       });
}

std::string on_one_line(std::string text) {
  for (auto& c : text)
    if (c == '\n' || c == '\r')
      c = ' ';
  return text;
}

int run_events(command_args args) {
  event_settings settings;
  flag_set flags{"herald events [ID] [OPTIONS]",
                 "Lists the events that are kept, oldest first; or shows one, "
                 "and what became of it."};
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  if (auto why = check(settings))
    return complain(describe(why), exit_usage);
  return settings.id.empty() ? list(settings) : show(settings);
}

} // namespace herald
