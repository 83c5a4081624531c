#pragma once

#include "bench/load/sink_memory.hpp"
#include "bench/process/child_process.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace herald::bench {

/// How a callback behaves.
enum class health {
  well,  ///< `/s/`: takes everything.
  hangs, ///< `/hang/`: accepts and never answers.
  slow,  ///< `/slow/`: answers late.
  fails, ///< `/fail/`: answers 503.
};

/// A subscriber that does next to nothing, in a process of its own: forked by
/// the constructor, killed by the destructor, and when the driver dies.
/// Create it while the driver has one thread.
class sink {
public:
  /// Listens on 127.0.0.1; port 0 takes any free port. `by_tls`: speaks HTTPS
  /// only, and is trusted by whoever trusts `certificate`.
  explicit sink(uint16_t port = 0, bool by_tls = false);
  ~sink();
  sink(const sink&) = delete;
  sink& operator=(const sink&) = delete;

  uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }

  /// A file in PEM; empty if it speaks plain HTTP. It goes with the sink.
  std::filesystem::path certificate() const;

  /// Counters; every read is a look into shared memory.
  const sink_counters& counters() const { return memory_->counters; }

  /// A copy of all latencies so far; subtract with `histogram::since`.
  histogram latency() const { return memory_->latency.snapshot(); }

  /// The size each body should have from now on; see `body_size_of`.
  void expect_body(uint64_t bytes);

  /// Whether each delivery must be signed with its subscriber's `secret_of`.
  /// The signature of every 64th is computed and compared.
  void expect_signatures(bool expected);

  /// While dead, every POST is answered 503, and counted as refused only.
  void play_dead(bool is_dead);

  /// Forgets which events were seen, and checks from now on that each comes
  /// once to each subscriber of its topic: event n is on topic n % `topics`,
  /// whose subscribers are numbered from (n % `topics`) * `subscribers`.
  void verify(uint64_t topics, uint64_t subscribers);
  void stop_verifying();

  /// From now on the callbacks that are not well are what they are; before,
  /// they answer like all others. The slow ones answer `delay_ns` (above 0)
  /// late.
  void fall_ill(uint64_t delay_ns);

  /// `http://127.0.0.1:PORT/s/INDEX`, by TLS `https:`, and
  /// `http://127.0.0.1:PORT/t/INDEX`.
  std::string callback(uint64_t index, health how = health::well) const;
  std::string topic(uint64_t index) const;

private:
  std::string base() const;

  sink_memory* memory_;
  std::unique_ptr<temp_folder> folder_; ///< Of the certificate; null: none.
  uint16_t port_ = 0;
  pid_t pid_ = -1;
};

} // namespace herald::bench
