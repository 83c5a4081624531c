#include "http/signs_of_life.hpp"

#include <boost/asio/post.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <utility>

namespace herald {

signs_of_life::signs_of_life(std::vector<boost::asio::io_context*> threads,
                             caf::actor_system& actors)
  : threads_(std::move(threads)), actors_(actors) {
  ask();
}

void signs_of_life::ask() {
  using count = std::shared_ptr<std::atomic<size_t>>;
  missing_ = std::make_shared<std::atomic<size_t>>(threads_.size() + 1);
  for (auto* each : threads_)
    boost::asio::post(*each, [left = missing_] { --*left; });
  // CAF takes the address of no arguments at all.
  actors_.spawn([](const count& left) { --*left; }, missing_);
}

} // namespace herald
