#include "http/cli/dead.hpp"

#include "config/errc.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/operate.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

struct dead_settings {
  client_settings node = default_client_settings();
  std::string id;
  std::string redeliver;
  std::string drop;
  bool redeliver_all = false;
  bool drop_all = false;
  uint64_t limit = UINT64_MAX;
};

void declare(flag_set& flags, dead_settings& into) {
  flags.word("SUBSCRIPTION", into.id);
  flags.option("--redeliver", "EVENT", into.redeliver,
               "Deliver this event again, by its id.");
  flags.toggle("--redeliver-all", into.redeliver_all,
               "Deliver again all whose events are still kept.");
  flags.option("--drop", "EVENT", into.drop, "Drop the letter of this event.");
  flags.toggle("--drop-all", into.drop_all, "Drop all of them.");
  flags.count("--limit", into.limit, 1, UINT64_MAX,
              "List at most so many. Default: all.");
  add_client_flags(flags, into.node);
}

caf::error check(const dead_settings& what) {
  auto wishes = int{what.redeliver_all} + int{what.drop_all}
                + int{!what.redeliver.empty()} + int{!what.drop.empty()};
  if (wishes > 1)
    return fail(errc::invalid,
                "only one of --redeliver, --redeliver-all, --drop and "
                "--drop-all is accepted");
  if (wishes == 1 && what.limit != UINT64_MAX)
    return fail(errc::invalid, "flag --limit: only for a listing");
  return caf::none;
}

uint64_t number_of(const json& item, const char* name) {
  auto i = item.find(name);
  return i != item.end() && i->is_number_unsigned() ? i->get<uint64_t>() : 0;
}

/// The event; or, where it is gone, how many of them.
std::string event_of(const json& item) {
  auto first = number_of(item, "sequence");
  auto last = number_of(item, "up_to");
  if (last > first)
    return "up to " + grouped(last - first + 1) + " that are gone";
  auto id = text_of(item, "event");
  return id == "-" ? "one that is gone" : id;
}

std::string age_of(const json& item, std::chrono::sys_seconds now) {
  auto text = text_of(item, "at");
  auto time = parse_time(text);
  return time ? rough_duration(now - *time) : text;
}

int list(const dead_settings& what) {
  listing_wish wish;
  wish.path = subscription_path(what.id, "/dead");
  wish.limit = what.limit;
  wish.nothing = "no dead letters";
  wish.read = [](const std::string& body) {
    using namespace std::chrono;
    return parse_dead_page(body, floor<seconds>(system_clock::now()));
  };
  return print_listing(what.node, wish);
}

int redeliver(const dead_settings& what) {
  auto body = what.redeliver_all ? json{{"dead", true}}
                                 : json{{"event", what.redeliver}};
  auto answer
    = operate(what.node, "POST", what.id, "/redeliver",
              body.dump(-1, ' ', false, json::error_handler_t::replace));
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  auto line = redelivery_line(answer->body);
  if (!line)
    return complain(describe(line.error()), exit_failure);
  std::cout << (what.node.json ? answer->body : *line) << "\n";
  return exit_success;
}

int drop(const dead_settings& what) {
  auto answer = operate(what.node, "DELETE", what.id,
                        "/dead" + query_of({{"event", what.drop}}), "");
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  if (!what.node.json)
    std::cout << "dropped\n";
  return exit_success;
}

} // namespace

caf::expected<listing_rows> parse_dead_page(const std::string& body,
                                            std::chrono::sys_seconds now) {
  std::vector<table::column> columns{
    {"EVENT", false, true},    {"TOPIC", false, true},
    {"REASON", false, false},  {"STATUS", true, false},
    {"ATTEMPTS", true, false}, {"AGO", true, false}};
  return parse_listing(body, std::move(columns), [now](const json& item) {
    return std::vector<std::string>{event_of(item),
                                    text_of(item, "topic"),
                                    text_of(item, "reason"),
                                    text_of(item, "status"),
                                    text_of(item, "attempts"),
                                    age_of(item, now)};
  });
}

caf::expected<std::string> redelivery_line(const std::string& body) {
  auto parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("redelivered"))
    return fail(errc::invalid, "the node's answer cannot be read");
  auto done = number_of(parsed, "redelivered");
  auto result
    = "redelivering " + grouped(done) + (done == 1 ? " event" : " events");
  if (auto left = number_of(parsed, "expired"); left > 0)
    result += "; " + grouped(left)
              + (left == 1 ? " letter stays: its event is gone"
                           : " letters stay: their events are gone");
  return result;
}

int run_dead(command_args args) {
  dead_settings settings;
  flag_set flags{"herald dead SUBSCRIPTION [OPTIONS]",
                 "Lists the dead letters of a subscription, the newest first: "
                 "deliveries that were\ngiven up. SUBSCRIPTION is its id, see "
                 "`herald subscriptions`."};
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  if (auto err = check(settings))
    return complain(describe(err), exit_usage);
  if (settings.redeliver_all || !settings.redeliver.empty())
    return redeliver(settings);
  if (settings.drop_all || !settings.drop.empty())
    return drop(settings);
  return list(settings);
}

} // namespace herald
