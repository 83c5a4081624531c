#pragma once

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace caf {
class actor_system;
} // namespace caf

namespace herald {

/// Whether the threads of a node still get to what is asked of them: each I/O
/// thread, and those of the actors. One thread; what it asks must outlive it.
class signs_of_life {
public:
  signs_of_life(std::vector<boost::asio::io_context*> threads,
                caf::actor_system& actors);

  /// Asks all of them anew.
  void ask();

  /// True if all have answered since.
  bool have_come() const { return *missing_ == 0; }

private:
  std::vector<boost::asio::io_context*> threads_;
  caf::actor_system& actors_;
  std::shared_ptr<std::atomic<size_t>> missing_;
};

} // namespace herald
