#pragma once

#include "config/network.hpp"
#include "config/text_hash.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald {

/// What a name stands for: addresses in the order to try them, or why not.
struct resolution {
  std::vector<ip_address> addresses;
  std::string error; ///< For people; meaningful without addresses.
  std::chrono::steady_clock::time_point at{}; ///< When it was found.
};

using resolution_ptr = std::shared_ptr<const resolution>;

/// Looks a host name up, blocking.
using lookup_function = std::function<resolution(const std::string& host)>;

/// The system's: getaddrinfo. `localhost`, and what is below it, is loopback of
/// both families, whatever the system says (RFC 6761, 6.3).
resolution system_lookup(const std::string& host);

/// Resolves host names without blocking the I/O thread, and remembers answers:
/// found for 30 s at most, not found for 5 s. Names are looked up side by side
/// on up to `max_lookups` threads, so that one name whose servers are silent
/// does not delay the others; each name is looked up once at a time. Threads
/// exist only while there are lookups.
///
/// Lives on the thread of its context: construct, use and destroy it there, or
/// while that does not run. Not asked about address literals.
class resolver {
public:
  using clock = std::chrono::steady_clock;
  using handler = std::function<void(const resolution_ptr&)>;

  static constexpr std::chrono::seconds keep_found{30};
  static constexpr std::chrono::seconds keep_failed{5};
  static constexpr size_t max_entries = 10'000;
  static constexpr size_t max_lookups = 8;

  /// `keep`: for how long what was found is remembered, up to 30 s.
  resolver(boost::asio::io_context& io, lookup_function lookup,
           clock::duration keep = keep_found);

  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;

  /// Stops.
  ~resolver();

  /// Calls `done` once: at once if the answer is known, else later from the
  /// context. `now` is the present time.
  void resolve(const std::string& host, clock::time_point now, handler done);

  /// Forgets everything; handlers that still wait are not called. A lookup that
  /// is running is left to end by itself.
  void stop();

private:
  class lookups;

  struct entry {
    resolution_ptr answer; ///< Null while it is looked up.
    clock::time_point expires;
    std::vector<handler> waiting;
  };

  void learn(const std::string& host, resolution answer);
  void make_room(clock::time_point now);

  std::shared_ptr<lookups> lookups_;
  clock::duration keep_;
  std::unordered_map<std::string, entry, text_hash> entries_;
};

} // namespace herald
