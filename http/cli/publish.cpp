#include "http/cli/publish.hpp"

#include "config/errc.hpp"
#include "http/cli/bulk.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/terminal.hpp"
#include "http/form.hpp"
#include "http/ulid.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>

#include <unistd.h>

namespace herald {

namespace {

constexpr uint64_t default_connections = 16;
constexpr uint64_t max_connections = 64;

struct publish_settings {
  client_settings node = default_client_settings();
  std::string topic;
  std::string data;
  std::string file;
  std::string type;
  std::string key;
  bool has_data = false;
  bool lines = false;
  uint64_t connections = default_connections;
};

void declare(flag_set& flags, publish_settings& into) {
  flags.word("TOPIC", into.topic);
  flags.option(
    "--data", "TEXT",
    [&into](const std::string& text) {
      into.data = text;
      into.has_data = true;
      return caf::error{};
    },
    "The event. Without --data and --file it is read from stdin.");
  flags.option("--file", "FILE", into.file, "Read the event from FILE.");
  flags.option("--type", "CONTENT-TYPE", into.type,
               "Default: application/json if it is JSON, text/plain if it is\n"
               "UTF-8, else application/octet-stream.");
  flags.option("--key", "KEY", into.key,
               "Idempotency key: publishing it again is no second event.\n"
               "With --lines, line N has the key KEY-N.");
  flags.toggle("--lines", into.lines, "Each line of the input is one event.");
  flags.count(
    "--connections", into.connections, 1, max_connections,
    "With --lines: how many at once. Default: 16; 1 keeps the order.");
  add_client_flags(flags, into.node);
}

caf::error check(const publish_settings& what) {
  if (what.topic.empty())
    return fail(errc::invalid, "TOPIC is empty; accepted: a URL or a predicate "
                               "such as orders.created");
  if (what.has_data && !what.file.empty())
    return fail(errc::invalid, "flag --file: not together with --data");
  if (what.has_data && what.lines)
    return fail(errc::invalid, "flag --lines: not together with --data; "
                               "accepted: --file or stdin");
  return caf::none;
}

std::string random_key() {
  using namespace std::chrono;
  return ulid_generator{}.next(
    duration_cast<milliseconds>(system_clock::now().time_since_epoch())
      .count());
}

node_request to_request(const publish_settings& what, std::string key,
                        std::string body) {
  node_request result;
  result.method = "POST";
  result.target = "/events" + query_of({{"topic", what.topic}});
  result.fields
    = {{"Content-Type", what.type.empty() ? guessed_type(body) : what.type},
       {"Idempotency-Key", std::move(key)}};
  result.body = std::move(body);
  return result;
}

caf::expected<std::string> read_all(std::istream& in, const std::string& name) {
  if (!in)
    return fail(errc::invalid, "cannot read " + name);
  std::string result{std::istreambuf_iterator<char>{in}, {}};
  if (in.bad())
    return fail(errc::invalid, "cannot read " + name);
  return result;
}

caf::expected<std::string> read_event(const publish_settings& what) {
  if (what.has_data)
    return what.data;
  if (!what.file.empty() && what.file != "-") {
    std::ifstream in{what.file, std::ios::binary};
    return read_all(in, what.file);
  }
  if (::isatty(STDIN_FILENO) == 1)
    std::cerr << "Type the event; end it with Ctrl-D on a line of its own.\n";
  return read_all(std::cin, "stdin");
}

int publish_one(const publish_settings& what) {
  auto body = read_event(what);
  if (!body)
    return complain(describe(body.error()), exit_failure);
  auto node = node_client::make(what.node);
  if (!node)
    return complain(describe(node.error()), exit_usage);
  auto key = what.key.empty() ? random_key() : what.key;
  auto request = to_request(what, std::move(key), std::move(*body));
  auto answer = persist(**node, request, false);
  if (!answer)
    return complain(describe(answer.error()), exit_failure);
  if (answer->status != 202)
    return complain("not published: " + explain(*answer), exit_failure);
  std::cout << (what.node.json ? answer->body + "\n"
                               : describe_acceptance(answer->body));
  return exit_success;
}

int publish_lines(const publish_settings& what) {
  auto prefix = (what.key.empty() ? random_key() : what.key) + "-";
  std::atomic<bool> reached{false};
  auto step = [&](node_client& node,
                  const bulk_line& line) -> caf::expected<std::string> {
    auto key = prefix + std::to_string(line.number);
    auto answer = persist(node, to_request(what, std::move(key), line.text),
                          reached.load(std::memory_order_relaxed));
    if (!answer)
      return std::move(answer.error());
    reached.store(true, std::memory_order_relaxed);
    if (answer->status != 202)
      return fail(errc::refused, explain(*answer));
    return what.node.json ? answer->body + "\n" : std::string{};
  };
  bulk_options options;
  options.label = "publishing";
  options.connections = what.connections;
  auto result
    = run_bulk(what.node, what.file.empty() ? "-" : what.file, options, step);
  if (!result)
    return complain(describe(result.error()), exit_failure);
  (what.node.json ? std::cerr : std::cout)
    << summary_of(*result, "published", options.unit) << "\n";
  return result->failed > 0 ? exit_failure : exit_success;
}

} // namespace

std::string guessed_type(std::string_view body) {
  auto first = body.find_first_not_of(" \t\r\n");
  auto looks_like_json
    = first != body.npos && (body[first] == '{' || body[first] == '[');
  if (looks_like_json && nlohmann::json::accept(body))
    return "application/json";
  return is_utf8(body) ? "text/plain; charset=utf-8"
                       : "application/octet-stream";
}

std::string describe_acceptance(const std::string& json_text) {
  auto parsed = nlohmann::json::parse(json_text, nullptr, false);
  if (!parsed.is_object())
    return printable(json_text) + "\n";
  auto text = [&](const char* name) {
    auto i = parsed.find(name);
    return i != parsed.end() && i->is_string() ? i->get<std::string>() : "";
  };
  auto again = parsed.find("duplicate");
  auto repeated = again != parsed.end() && *again == true;
  auto number = parsed.find("sequence");
  auto result = (repeated ? "already published " : "published ")
                + printable(text("id")) + " to " + printable(text("topic"));
  if (number != parsed.end())
    result += " (sequence " + number->dump() + ")";
  return result + "\n";
}

int run_publish(command_args args) {
  publish_settings settings;
  flag_set flags{
    "herald publish TOPIC [OPTIONS]",
    "Publishes an event. It is stored when this command ends, and "
    "every subscriber gets it.\n\n"
    "  herald publish orders.created --data '{\"order\":1}'\n"
    "  herald publish orders.created --lines --file orders.ndjson"};
  declare(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  if (auto err = check(settings))
    return complain(describe(err), exit_usage);
  return settings.lines ? publish_lines(settings) : publish_one(settings);
}

} // namespace herald
