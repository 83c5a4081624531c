#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <string>
#include <thread>

namespace herald {

/// A thread that runs one Asio io_context, for it alone: whatever is started on
/// the context needs no locks. HTTP server and client may share one.
///
/// Declare it before (so that it is destroyed after) everything that uses the
/// context. Signals are blocked on the thread, so that the main thread gets
/// them.
class io_thread {
public:
  /// Starts the thread. `name` shows in debuggers; at most 15 bytes are kept.
  explicit io_thread(const std::string& name);

  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  /// Stops.
  ~io_thread();

  boost::asio::io_context& context() { return context_; }

  /// Runs what was posted before, then ends the thread. Handlers that wait for
  /// sockets or timers are never called; they are destroyed with the context.
  /// Idempotent. Not from the thread itself.
  void stop();

private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
    work_;
  std::thread thread_;
};

} // namespace herald
