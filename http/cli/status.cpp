#include "http/cli/status.hpp"

#include "config/errc.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/node_client.hpp"
#include "http/cli/terminal.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <iostream>

namespace herald {

namespace {

using json = nlohmann::ordered_json;

/// Reads one node's samples by short names.
class reader {
public:
  explicit reader(const node_status& what) : what_(what) {
    // nop
  }

  double number(std::string_view name) const {
    auto i = what_.samples.find(name);
    return i != what_.samples.end() ? i->second : 0;
  }

  uint64_t count(std::string_view name) const {
    return static_cast<uint64_t>(std::max(0.0, number(name)));
  }

  /// Of all samples of a family.
  uint64_t sum(const std::string& family) const {
    double result = 0;
    auto start = family + '{';
    for (auto i = what_.samples.lower_bound(start);
         i != what_.samples.end() && i->first.starts_with(start); ++i)
      result += i->second;
    return static_cast<uint64_t>(result);
  }

  /// The label `version` of the build.
  std::string version() const {
    constexpr std::string_view start = "herald_build_info{version=\"";
    auto i = what_.samples.lower_bound(start);
    if (i == what_.samples.end() || !i->first.starts_with(start))
      return "?";
    auto text = i->first.substr(start.size());
    return printable(text.substr(0, text.find('"')));
  }

  std::chrono::seconds uptime() const {
    auto started = number("process_start_time_seconds");
    auto now = static_cast<double>(what_.now.time_since_epoch().count());
    auto up = started > 0 ? std::max(0.0, now - started) : 0.0;
    return std::chrono::seconds{static_cast<int64_t>(up)};
  }

private:
  const node_status& what_;
};

std::string mebibytes(uint64_t bytes) {
  constexpr uint64_t mebibyte = 1 << 20;
  return grouped((bytes + mebibyte / 2) / mebibyte) + " MiB";
}

void add_line(std::string& to, std::string_view name,
              std::initializer_list<std::pair<uint64_t, const char*>> counts) {
  constexpr size_t label_width = 15;
  to.append("  ").append(name).append(label_width - name.size(), ' ');
  auto first = true;
  for (auto& [number, what] : counts)
    to.append(std::exchange(first, false) ? "" : ", ")
      .append(grouped(number))
      .append(" ")
      .append(what);
  to += '\n';
}

json counts_of(const reader& from) {
  auto of = [&](const char* name) { return from.count(name); };
  json result;
  result["events"] = {{"accepted", of("herald_events_accepted_total")},
                      {"duplicate", of("herald_events_duplicate_total")},
                      {"refused", from.sum("herald_publish_refused_total")}};
  result["deliveries"]
    = {{"delivered", of("herald_deliveries_total{outcome=\"done\"}")},
       {"pending", of("herald_jobs") + of("herald_open_deliveries")},
       {"dead", of("herald_dead_letters_total")},
       {"failed_attempts", from.sum("herald_attempts_failed_total")},
       {"behind", from.sum("herald_cursor_lag")}};
  result["subscribers"] = {
    {"subscriptions", of("herald_subscriptions{state=\"active_or_pending\"}")},
    {"pending", of("herald_subscriptions{state=\"pending\"}")},
    {"lagging", of("herald_lagging_subscribers")},
    {"breakers_open", of("herald_breakers_open")}};
  result["memory_bytes"] = of("process_resident_memory_bytes");
  return result;
}

caf::error ask(node_client& node, node_status& into) {
  auto ready = node.exchange({"GET", "/readyz", {}, {}});
  if (!ready)
    return std::move(ready.error());
  into.ready = ready->status == 200;
  into.why = into.ready ? "" : explain(*ready);
  auto metrics = node.exchange({"GET", "/metrics", {}, {}});
  if (!metrics)
    return std::move(metrics.error());
  if (metrics->status != 200)
    return fail(errc::refused, explain(*metrics));
  into.samples = parse_samples(metrics->body);
  using namespace std::chrono;
  into.now = floor<seconds>(system_clock::now());
  return caf::none;
}

} // namespace

sample_map parse_samples(std::string_view text) {
  sample_map result;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    auto blank = line.rfind(' ');
    if (line.starts_with('#') || blank == std::string_view::npos)
      continue;
    double value = 0;
    auto end = line.data() + line.size();
    auto [stop, code] = std::from_chars(line.data() + blank + 1, end, value);
    if (code == std::errc{} && stop == end)
      result.insert_or_assign(std::string{line.substr(0, blank)}, value);
  }
  return result;
}

std::string status_text(const node_status& what) {
  reader from{what};
  auto counts = counts_of(from);
  auto number = [&](const char* part, const char* name) {
    return counts[part][name].get<uint64_t>();
  };
  auto result = "herald " + from.version() + " at " + what.node + ": ";
  result.append(what.ready ? "ready" : "not ready (" + what.why + ")");
  result.append(", up ").append(rough_duration(from.uptime())).append("\n");
  add_line(result, "events",
           {{number("events", "accepted"), "accepted"},
            {number("events", "duplicate"), "known already"},
            {number("events", "refused"), "refused"}});
  add_line(result, "deliveries",
           {{number("deliveries", "delivered"), "delivered"},
            {number("deliveries", "pending"), "pending"},
            {number("deliveries", "dead"), "dead"},
            {number("deliveries", "failed_attempts"), "failed attempts"}});
  add_line(result, "subscriptions",
           {{number("subscribers", "subscriptions"), "in all"},
            {number("subscribers", "pending"), "pending"},
            {number("subscribers", "lagging"), "lagging"},
            {number("subscribers", "breakers_open"), "left alone"}});
  add_line(result, "to be spread",
           {{number("deliveries", "behind"), "events"}});
  return result + "  memory         "
         + mebibytes(counts["memory_bytes"].get<uint64_t>()) + "\n";
}

std::string status_json(const node_status& what) {
  reader from{what};
  json result;
  result["version"] = from.version();
  result["ready"] = what.ready;
  result["uptime_seconds"] = from.uptime().count();
  result.update(counts_of(from));
  return result.dump();
}

int run_status(command_args args) {
  auto settings = default_client_settings();
  flag_set flags{"herald status [OPTIONS]",
                 "Says how the node is, since its start. The exit status is 1 "
                 "unless it is ready."};
  add_client_flags(flags, settings);
  if (auto status = flags.parse(args))
    return *status;
  auto node = node_client::make(settings);
  if (!node)
    return complain(describe(node.error()), exit_usage);
  node_status status;
  status.node = settings.node;
  if (auto why = ask(**node, status))
    return complain(describe(why), exit_failure);
  std::cout << (settings.json ? status_json(status) + "\n"
                              : status_text(status));
  return status.ready ? exit_success : exit_failure;
}

} // namespace herald
