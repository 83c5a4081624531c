#pragma once

#include "actors/engine.hpp"
#include "actors/publisher.hpp"
#include "tests/actors/engine_fixture.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace herald::test {

/// A publisher before a store in memory, with one asker and two spreaders.
class a_publisher : public with_store {
protected:
  /// By token, what was told.
  struct listener_notes {
    std::map<uint64_t, caf::expected<std::vector<append_result>>> outcomes;
    size_t messages = 0;
    size_t repeated = 0;
    sequence head = 0; ///< Of the log, when the last message came.
  };

  a_publisher();
  ~a_publisher() override;

  void make();

  void watch_appends();

  static event fresh(std::string id);

  void send(uint64_t token, std::vector<event> events);

  void publish(uint64_t token, std::vector<event> events);

  /// Asks for the drain and handles every message; the result takes the answer,
  /// which must have come by then.
  std::function<bool()> ask_to_drain();

  /// Drains, and says whether it was answered.
  bool drain();

  bool answered(uint64_t token) { return told->outcomes.contains(token); }

  std::vector<append_result> result(uint64_t token);

  errc refusal(uint64_t token);

  /// The sequences that a spreader knows of if it started at `at`: events that
  /// it was given, and nothing that it could miss.
  static std::vector<sequence> known(const spreader_notes& notes, sequence at);

  std::shared_ptr<listener_notes> told = std::make_shared<listener_notes>();
  std::shared_ptr<spreader_notes> first = std::make_shared<spreader_notes>();
  std::shared_ptr<spreader_notes> second = std::make_shared<spreader_notes>();
  std::shared_ptr<health> state = std::make_shared<health>();
  std::shared_ptr<log_heads> heads = std::make_shared<log_heads>(1);
  std::shared_ptr<engine_counters> counters
    = std::make_shared<engine_counters>();
  std::shared_ptr<const topic_marks> marks; ///< Null: all may want all.
  publish_listener asker;
  publisher_limits limits;
  publisher_actor aut;
  std::vector<size_t> appends; ///< Events in the store before each.
};

} // namespace herald::test
