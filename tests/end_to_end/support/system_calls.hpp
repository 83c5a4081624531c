#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace herald::end_to_end {

/// One system call of a trace by `strace -f -y`. The trace is in the order of
/// what happened: a thread stops until its line is written, before each call
/// and after it.
struct system_call {
  static constexpr size_t never = std::numeric_limits<size_t>::max();

  int thread = 0;
  std::string name;
  std::string file;      ///< What the first argument stands for: `<PATH>`.
  std::string arguments; ///< As strace prints them, texts escaped.
  long result = -1;      ///< Negative: failed, or did not return.
  size_t begin = 0;      ///< Line, from 1.
  size_t end = never;    ///< Line, the same if nothing came in between.
};

/// The calls in the order in which they began. Lines that tell of something
/// else (signals, exits) are skipped.
std::vector<system_call> parse_trace(std::string_view trace);

/// Holds the trace of a node to the promise that what is acknowledged is
/// durable. `topics` were published, one event each, whose body is
/// `durable_body(topic)`. Each needs one 202 on a socket, and before that call
/// began: a write to the write-ahead log with the body, and then, begun after
/// that write had returned, an fsync or fdatasync of the same file that
/// returned 0. The answer is one sentence per event that has none of this, and
/// one if there are 202s of other events. Pure, any thread.
std::vector<std::string>
broken_promises(const std::vector<system_call>& trace,
                const std::vector<std::string>& topics);

/// A body that is found in a trace, whatever surrounds it: the store's log may
/// cut a text in two, at one place, so it is there twice.
std::string durable_body(const std::string& topic);

} // namespace herald::end_to_end
