#include "config/options.hpp"

#include "config/option_codecs.hpp"

#include <algorithm>

namespace herald {

namespace {

using namespace std::chrono_literals;

using words = std::vector<std::string>;

constexpr milliseconds day = 24h;
constexpr milliseconds year = 365 * day;
constexpr milliseconds decade = 10 * year;

/// Options of this group have no table of their own in a file.
constexpr std::string_view general_group = "Node";

struct text {
  std::string_view flag;
  std::string_view group;
  std::string_view meaning;
  std::string_view default_text = {};
};

/// Joins a codec and the place of the value in `config` to a row of the table.
template <class Codec, class Place>
option_spec row(text about, Codec codec, Place place) {
  option_spec result;
  result.flag = about.flag;
  result.group = about.group;
  result.value = codec.name;
  result.meaning = about.meaning;
  result.default_text = about.default_text;
  result.read = [codec, place](config& into, const words& from) {
    return codec.read(from, place(into));
  };
  result.print
    = [codec, place](const config& from) { return codec.print(place(from)); };
  return result;
}

/// A row whose value SIGHUP puts into force.
template <class Codec, class Place>
option_spec reloading_row(text about, Codec codec, Place place) {
  auto result = row(about, codec, place);
  result.reloads = true;
  result.copy
    = [place](config& into, const config& from) { place(into) = place(from); };
  return result;
}

template <class Codec, class Place>
option_spec reloading_list_row(text about, Codec codec, Place place) {
  auto result = reloading_row(about, codec, place);
  result.list = true;
  return result;
}

template <class Codec, class Place>
option_spec list_row(text about, Codec codec, Place place) {
  auto result = row(about, codec, place);
  result.list = true;
  return result;
}

duration_codec from_to(milliseconds min, milliseconds max) {
  return {min, max};
}

void add_node(std::vector<option_spec>& out) {
  constexpr auto group = general_group;
  out.push_back(list_row(
    {"listen", group, "Address to listen on; repeatable, one socket each."},
    listen_codec{}, [](auto& c) -> auto& { return c.listen; }));
  out.push_back(row(
    {"base-url", group, "Public URL of this node; BASE/hub is advertised.",
     "from the first listen"},
    base_url_codec{}, [](auto& c) -> auto& { return c.base_url; }));
  out.push_back(row(
    {"data", group, "Folder of the store."}, path_codec{"DIR"},
    [](auto& c) -> auto& { return c.data; }));
  out.push_back(row(
    {"threads", group,
     "I/O threads, and as many actor threads; 0 means one per core.", "cores"},
    count_codec{0, 1024}, [](auto& c) -> auto& { return c.threads; }));
  out.push_back(row(
    {"drain-seconds", group, "How long a stop waits for what is in flight."},
    seconds_codec{}, [](auto& c) -> auto& { return c.drain; }));
  out.push_back(row(
    {"auth", group,
     "Who may ask: auto is this machine only, none is whoever reaches the "
     "node."},
    auth_codec{}, [](auto& c) -> auto& { return c.auth; }));
}

void add_leases(std::vector<option_spec>& out) {
  constexpr auto group = "Subscriptions";
  out.push_back(row(
    {"lease-default", group, "Lease granted where none is asked for."},
    from_to(1s, decade), [](auto& c) -> auto& { return c.lease.by_default; }));
  out.push_back(row(
    {"lease-min", group, "Shortest lease granted."}, from_to(1s, decade),
    [](auto& c) -> auto& { return c.lease.min; }));
  out.push_back(row(
    {"lease-max", group, "Longest lease granted."}, from_to(1s, decade),
    [](auto& c) -> auto& { return c.lease.max; }));
  out.push_back(row(
    {"verify-timeout", group, "Deadline of one verification GET."},
    from_to(1ms, 1h), [](auto& c) -> auto& { return c.verify.timeout; }));
  out.push_back(reloading_list_row(
    {"topics-allow", group,
     "Patterns of topics that may be subscribed to; others are denied."},
    globs_codec{}, [](auto& c) -> auto& { return c.topics.allow; }));
  out.push_back(row(
    {"intergov-verify", group,
     "Verify the intent of POST /subscriptions: true or false."},
    bool_codec{}, [](auto& c) -> auto& { return c.intergov.verify; }));
}

void add_retries(std::vector<option_spec>& out) {
  constexpr auto group = "Retries";
  out.push_back(list_row(
    {"retry-schedule", group, "Delays between attempts; the last one repeats."},
    schedule_codec{}, [](auto& c) -> auto& { return c.retry.schedule; }));
  out.push_back(row(
    {"retry-max-age", group,
     "Age of an event past which it is not tried again: a dead letter."},
    from_to(0s, year), [](auto& c) -> auto& { return c.retry.max_age; }));
  out.push_back(row(
    {"retry-jitter", group, "Share of the delay, both ways; 0 turns it off."},
    share_codec{}, [](auto& c) -> auto& { return c.retry.jitter; }));
}

void add_deliveries(std::vector<option_spec>& out) {
  constexpr auto group = "Deliveries";
  out.push_back(row(
    {"delivery-timeout", group, "Deadline of one whole attempt."},
    from_to(1ms, 1h), [](auto& c) -> auto& { return c.delivery.timeout; }));
  out.push_back(row(
    {"delivery-connect-timeout", group,
     "Deadline of DNS, TCP and TLS together."},
    from_to(1ms, 1h),
    [](auto& c) -> auto& { return c.delivery.connect_timeout; }));
  out.push_back(row(
    {"delivery-in-flight", group,
     "Concurrent attempts per subscription; 1 where ordered."},
    count_codec{1, 10'000},
    [](auto& c) -> auto& { return c.delivery.in_flight; }));
  out.push_back(row(
    {"delivery-total-in-flight", group, "Concurrent attempts of the node."},
    count_codec{1, 1'000'000},
    [](auto& c) -> auto& { return c.delivery.total_in_flight; }));
  out.push_back(row(
    {"delivery-origin-connections", group, "Connections per callback origin."},
    count_codec{1, 10'000},
    [](auto& c) -> auto& { return c.delivery.origin_connections; }));
  out.push_back(row(
    {"delivery-connection-age", group,
     "Age at which a connection is not used again, and names are looked up "
     "anew."},
    from_to(0ms, 24h),
    [](auto& c) -> auto& { return c.delivery.connection_age; }));
}

void add_breaker(std::vector<option_spec>& out) {
  constexpr auto group = "Deliveries";
  out.push_back(row(
    {"breaker-failures", group,
     "Failures in a row after which a subscriber is only probed; 0: never."},
    count_codec{0, 1'000'000},
    [](auto& c) -> auto& { return c.breaker.failures; }));
  out.push_back(row(
    {"breaker-max-pause", group,
     "Longest pause between two probes, which follow the retry schedule."},
    from_to(1ms, year), [](auto& c) -> auto& { return c.breaker.max_pause; }));
}

void add_addresses(std::vector<option_spec>& out) {
  constexpr auto group = "Addresses";
  out.push_back(reloading_list_row(
    {"callbacks-allow", group,
     "Addresses that may be called and fetched: public, loopback, private, and "
     "CIDR blocks.",
     "public, and loopback where listeners and base URL are loopback and no "
     "proxy is trusted"},
    addresses_codec{}, [](auto& c) -> auto& { return c.callbacks.allow; }));
  out.push_back(reloading_list_row(
    {"callbacks-deny", group,
     "CIDR blocks that are never called, even if allowed.", "none"},
    networks_codec{}, [](auto& c) -> auto& { return c.callbacks.deny; }));
  out.push_back(reloading_list_row(
    {"callbacks-ports", group, "Ports that may be called and fetched.",
     "80, 443, and from 1024 on those that browsers call"},
    ports_codec{}, [](auto& c) -> auto& { return c.callbacks.ports; }));
  out.push_back(row(
    {"callbacks-self", group,
     "Whether the node may call itself: true or false."},
    bool_codec{}, [](auto& c) -> auto& { return c.callbacks.self; }));
  out.push_back(reloading_list_row(
    {"hosts-allow", group,
     "Names in Host that are answered, beside addresses, localhost and the "
     "base URL's.",
     "none"},
    hosts_codec{}, [](auto& c) -> auto& { return c.hosts.allow; }));
  out.push_back(reloading_list_row(
    {"origins-allow", group,
     "Origins of other web pages that may use the node.", "none"},
    origins_codec{}, [](auto& c) -> auto& { return c.origins.allow; }));
  out.push_back(reloading_list_row(
    {"proxies-trusted", group,
     "CIDR blocks of reverse proxies whose Forwarded fields count.", "none"},
    networks_codec{}, [](auto& c) -> auto& { return c.proxies.trusted; }));
}

void add_events(std::vector<option_spec>& out) {
  constexpr auto group = "Events";
  out.push_back(row(
    {"events-max-body", group,
     "Largest body, form or fetched content; 413 above."},
    size_codec{1, 1ULL << 30},
    [](auto& c) -> auto& { return c.events.max_body; }));
  out.push_back(row(
    {"events-max-backlog", group,
     "How long spreading may be behind before events are refused; 0: any."},
    from_to(0ms, year), [](auto& c) -> auto& { return c.events.max_backlog; }));
  out.push_back(row(
    {"quota-events", group,
     "Events a second from one address; 429 above, 0: any."},
    count_codec{0, 1'000'000'000},
    [](auto& c) -> auto& { return c.quota.events; }));
  out.push_back(row(
    {"quota-bytes", group,
     "Bytes of bodies a second from one address; 429 above, 0: any."},
    size_codec{0, 1ULL << 40}, [](auto& c) -> auto& { return c.quota.bytes; }));
  out.push_back(row(
    {"retention-events", group, "How long events are kept."},
    from_to(1ms, decade), [](auto& c) -> auto& { return c.retention.events; }));
  out.push_back(row(
    {"retention-history", group,
     "How long attempts and dead letters are kept."},
    from_to(1ms, decade),
    [](auto& c) -> auto& { return c.retention.history; }));
  out.push_back(row(
    {"retention-bytes", group,
     "Size above which the oldest events go; 0 turns it off."},
    size_codec{0, 1ULL << 60},
    [](auto& c) -> auto& { return c.retention.bytes; }));
  out.push_back(row(
    {"retention-attempts", group,
     "Attempts kept for people; the oldest go first."},
    count_codec{1, 1'000'000'000},
    [](auto& c) -> auto& { return c.retention.attempts; }));
  out.push_back(row(
    {"retention-successes", group,
     "Keep successful attempts, too: true or false."},
    bool_codec{}, [](auto& c) -> auto& { return c.retention.successes; }));
  out.push_back(row(
    {"excerpt-bytes", group,
     "Start of an unsuccessful answer that is kept with an attempt; at most "
     "1024."},
    count_codec{0, 1024}, [](auto& c) -> auto& { return c.excerpt.bytes; }));
  out.push_back(row(
    {"store-reserve", group,
     "Free space below which events and subscriptions are refused."},
    size_codec{1, 1ULL << 60},
    [](auto& c) -> auto& { return c.store.reserve; }));
}

void add_operation(std::vector<option_spec>& out) {
  constexpr auto group = "Operation";
  out.push_back(reloading_row(
    {"log-level", group,
     "What is logged to stderr: trace, debug, info, warn, "
     "error, off."},
    log_level_codec{}, [](auto& c) -> auto& { return c.log.level; }));
  out.push_back(row(
    {"log-format", group, "Shape of log lines: text or json."},
    log_format_codec{}, [](auto& c) -> auto& { return c.log.format; }));
}

std::vector<option_spec> make_table() {
  std::vector<option_spec> result;
  add_node(result);
  add_leases(result);
  add_retries(result);
  add_deliveries(result);
  add_breaker(result);
  add_addresses(result);
  add_events(result);
  add_operation(result);
  return result;
}

bool is_general(std::string_view flag) {
  auto* option = find_option(flag);
  return option && option->group == general_group;
}

char to_environment(char c) {
  if (c == '-')
    return '_';
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

} // namespace

std::span<const option_spec> all_options() {
  static const auto table = make_table();
  return table;
}

const option_spec* find_option(std::string_view flag) {
  for (auto& option : all_options())
    if (option.flag == flag)
      return &option;
  return nullptr;
}

std::vector<std::string_view> reload_options(config& into, const config& from) {
  std::vector<std::string_view> result;
  for (auto& option : all_options())
    if (option.reloads)
      option.copy(into, from);
    else if (option.print(into) != option.print(from))
      result.push_back(option.flag);
  return result;
}

std::span<const missing_option> missing_options() {
  static constexpr missing_option result[] = {
    {"auth-tokens",
     "not implemented: there is no access control yet, so the node would be as "
     "open as without it"},
  };
  return result;
}

std::string flag_name(std::string_view flag) {
  return "--" + std::string{flag};
}

std::string environment_name(std::string_view flag) {
  std::string result = "HERALD_";
  std::transform(flag.begin(), flag.end(), std::back_inserter(result),
                 to_environment);
  return result;
}

std::string file_key(std::string_view flag) {
  std::string result{flag};
  auto dash = result.find('-');
  if (!is_general(flag) && dash != std::string::npos)
    result[dash] = '.';
  return result;
}

std::string default_text(const option_spec& option) {
  if (!option.default_text.empty())
    return std::string{option.default_text};
  return option.print(config{});
}

} // namespace herald
