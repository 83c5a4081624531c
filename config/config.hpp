#pragma once

#include "config/allowed_addresses.hpp"
#include "config/network.hpp"
#include "config/port_set.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace herald {

/// Everything that can be configured, as plain structs with their defaults.
/// Each component receives its own struct, never the whole. Names follow the
/// flags: `retry.max_age` is `--retry-max-age`, `HERALD_RETRY_MAX_AGE` and
/// `[retry] max-age`. Read-only after start, so every thread may read it.

using milliseconds = std::chrono::milliseconds;

/// Where to listen. The host is a literal IPv4 or IPv6 address, without
/// brackets; port 0 takes any free port (tests).
struct endpoint {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;

  /// `host:port`, with brackets around an IPv6 address.
  std::string to_string() const;

  bool operator==(const endpoint&) const = default;
};

/// Leases granted on `/hub` (WebSub 5.1): a request is clamped to min..max.
struct lease_config {
  std::chrono::seconds by_default{10 * 24 * 3600};
  std::chrono::seconds min{60};
  std::chrono::seconds max{365 * 24 * 3600};
};

struct verify_config {
  milliseconds timeout{10'000}; ///< Deadline of one verification GET.
};

/// When a failed delivery is tried again.
struct retry_config {
  std::vector<milliseconds> schedule; ///< The last delay repeats. Never empty.
  milliseconds max_age{3 * 24 * 3600 * 1000LL}; ///< From acceptance.
  double jitter = 0.2; ///< Share of the delay, both ways; 0..1.

  retry_config();
};

struct delivery_config {
  milliseconds timeout{10'000};        ///< Of one whole attempt.
  milliseconds connect_timeout{3'000}; ///< DNS, TCP and TLS together.
  size_t in_flight = 8;                ///< Attempts at once, per subscription.
  size_t total_in_flight = 4096;       ///< Attempts at once, of the node.
  size_t origin_connections = 64;      ///< Connections per callback origin.
  /// From when its name was looked up; then a connection is not used again.
  milliseconds connection_age{60'000};
};

/// When a subscriber that keeps failing is left alone for a while.
struct breaker_config {
  /// In a row, until the breaker opens; 0: it never does.
  size_t failures = 10;
  /// Longest pause between two probes; up to it they follow the schedule of the
  /// retries.
  milliseconds max_pause{600'000};
};

/// Where callbacks and topics may be. What `allow` means where nobody gave it
/// says `effective_allow` (config/effective.hpp).
struct callbacks_config {
  allowed_addresses allow;
  std::vector<ip_network> deny;
  port_set ports = port_set::usual();
  bool self = false; ///< The node may call itself.
};

/// Who may ask. There is no access control yet: whoever reaches the node may do
/// everything.
enum class auth_mode : uint8_t {
  automatic, ///< Refuses to start where others than this machine can reach it.
  none       ///< Somebody said that this is meant so.
};

/// Names of the node beside that of the base URL: lower case, no ports.
struct hosts_config {
  std::vector<std::string> allow;
};

/// Web pages of other origins that may use the node: `https://app.example`,
/// lower case, without the scheme's own port.
struct origins_config {
  std::vector<std::string> allow;
};

/// Reverse proxies that stand in front of the node.
struct proxies_config {
  std::vector<ip_network> trusted; ///< What they say of their client counts.
};

struct topics_config {
  std::vector<std::string> allow{"*"}; ///< Globs over URLs and predicates.
};

struct events_config {
  size_t max_body = 1024 * 1024; ///< Bytes; 413 above.
  /// For how long a partition may be behind the log before no more events are
  /// taken (503); 0 turns it off.
  milliseconds max_backlog{3'600'000};
};

/// Of each publisher, in a second; 0: any. 429 above.
struct quota_config {
  size_t events = 0;
  uint64_t bytes = 0; ///< Of bodies.
};

struct retention_config {
  milliseconds events{7 * 24 * 3600 * 1000LL};
  milliseconds history{30 * 24 * 3600 * 1000LL};
  uint64_t bytes = 0;          ///< Of events; 0 turns the cap off.
  size_t attempts = 1'000'000; ///< In the history, of all subscriptions.
  bool successes = false;      ///< Keep those in the history, too.
};

/// What is kept of an answer that was no success, for people.
struct excerpt_config {
  size_t bytes = 256; ///< From its start; at most 1024, and 0: nothing.
};

struct store_config {
  /// While less than this is free on the device, no events or subscriptions are
  /// taken (503), so that the rest goes on. Bytes.
  uint64_t reserve = 64 * 1024 * 1024;
};

struct intergov_config {
  bool verify = true; ///< Verify the intent of `POST /subscriptions`.
};

enum class log_format : uint8_t { text, json };

struct log_config {
  std::string level = "info"; ///< trace debug info warn error off.
  log_format format = log_format::text;
};

struct config {
  std::vector<endpoint> listen{endpoint{}};
  std::string base_url; ///< No trailing slash. Empty: from the first listen.
  std::string data = "./var";
  size_t threads = 0; ///< I/O threads, and actor threads; 0: one per core.
  std::chrono::seconds drain{10};
  lease_config lease;
  verify_config verify;
  retry_config retry;
  delivery_config delivery;
  breaker_config breaker;
  callbacks_config callbacks;
  hosts_config hosts;
  origins_config origins;
  proxies_config proxies;
  topics_config topics;
  events_config events;
  quota_config quota;
  retention_config retention;
  excerpt_config excerpt;
  store_config store;
  intergov_config intergov;
  auth_mode auth = auth_mode::automatic;
  log_config log;
};

} // namespace herald
