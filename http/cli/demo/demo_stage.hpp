#pragma once

#include "http/cli/demo/child_process.hpp"
#include "http/cli/node_client.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace herald {

/// What a receiver of the demo reported: a line of `herald receive --json`.
struct sighting {
  std::string who;  ///< `A` or `B`.
  std::string kind; ///< `ready`, `delivery`, `verification`, …
  std::string url;  ///< Of `ready`.
  std::string id;
  std::string topic;
  std::string challenge;
  std::string signature;
  uint64_t attempt = 0;
  unsigned status = 0;
  bool duplicate = false;
};

/// Errors: `invalid` if the line is not of that kind.
caf::expected<sighting> parse_sighting(const std::string& who,
                                       const std::string& line);

/// The processes of the demo and the folder they live in. One thread. When it
/// goes, the processes are stopped and the folder is removed.
class demo_stage {
public:
  using seen_handler = std::function<void(const sighting&)>;

  explicit demo_stage(seen_handler on_seen);

  demo_stage(const demo_stage&) = delete;
  demo_stage& operator=(const demo_stage&) = delete;
  ~demo_stage();

  /// Makes the folder and catches SIGINT, SIGTERM and SIGHUP.
  caf::error open();

  /// Starts the node on the same folder and, after the first time, on the same
  /// port; waits until it is ready.
  caf::error start_node();

  /// kill -9: nothing but the files is left.
  void kill_node();

  /// Starts a receiver and waits until it listens; one that was there before
  /// gets its old port.
  caf::error start_receiver(const std::string& who,
                            const std::vector<std::string>& more = {});

  /// Stops a receiver in order.
  void stop_receiver(const std::string& who);

  /// Handles what happens until `done` is true. Errors: `timeout` with
  /// `otherwise` as its sentence, `stopping` after a signal, `unavailable` if
  /// a process ended by itself.
  caf::error wait_until(const std::function<bool()>& done,
                        std::chrono::milliseconds timeout,
                        const std::string& otherwise);

  /// Handles what happens for a while, so that a person can read along.
  /// Errors: as `wait_until`, less `timeout`.
  caf::error pause(std::chrono::milliseconds time);

  /// Handles what happens until a signal comes.
  caf::error wait_for_signal();

  /// Asks the node; one connection per call, because the node comes and goes.
  caf::expected<http_response> ask(const node_request& what);

  const std::string& node_url() const { return node_url_; }
  pid_t node_pid() const { return node_ ? node_->pid() : 0; }
  std::string url_of(const std::string& who) const;
  std::string store_path() const { return folder_ + "/store"; }

  /// The last lines that the node wrote to stderr.
  std::string node_log_tail() const;

private:
  struct receiver {
    std::string who;
    std::string url;
    std::unique_ptr<child_process> process;
  };

  receiver& entry(const std::string& who);
  caf::error pump(std::chrono::milliseconds timeout);
  caf::error read_children();
  caf::error read_node();
  void read_receiver(receiver& from);

  seen_handler on_seen_;
  std::string folder_;
  int signals_ = -1;
  std::string node_url_;
  bool node_ready_ = false;
  std::unique_ptr<child_process> node_;
  std::deque<receiver> receivers_;
};

} // namespace herald
