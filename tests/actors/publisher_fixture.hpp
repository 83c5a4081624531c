#pragma once

#include "actors/publisher.hpp"
#include "tests/actors/engine_fixture.hpp"

#include <gtest/gtest.h>

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
  };

  static publish_listener::behavior_type
  listen(publish_listener::pointer, std::shared_ptr<listener_notes> notes) {
    return {
      [notes](published& what) {
        ++notes->messages;
        for (auto& [token, result] : what.outcomes)
          if (!notes->outcomes.emplace(token, std::move(result)).second)
            ++notes->repeated;
      },
    };
  }

  std::shared_ptr<listener_notes> told = std::make_shared<listener_notes>();
  std::shared_ptr<spreader_notes> first = std::make_shared<spreader_notes>();
  std::shared_ptr<spreader_notes> second = std::make_shared<spreader_notes>();
  std::shared_ptr<health> state = std::make_shared<health>();
  publish_listener asker = spawn(listen, told);
  publisher_limits limits;
  publisher_actor aut;
  std::vector<size_t> appends; ///< Events in the store before each.

  void make() {
    publisher_options options;
    options.limits = limits;
    options.store = keeper;
    options.spreaders
      = {spawn(noting_spreader, first), spawn(noting_spreader, second)};
    options.time = time;
    options.state = state;
    options.hub_url = "http://hub.example/hub";
    aut = spawn(publisher, std::move(options));
    ASSERT_TRUE(ask<atom::done>(aut, atom::start_v));
    watch_appends();
  }

  void watch_appends() {
    disk->fault = [this](std::string_view call, fault_at when) {
      if (call == "append" && when == fault_at::before)
        appends.push_back(disk->logs[0].events.size());
      return caf::error{};
    };
  }

  static event fresh(std::string id) {
    auto result = event_of(std::move(id));
    result.fresh_id = true;
    return result;
  }

  void send(uint64_t token, std::vector<event> events) {
    self->send(aut, atom::publish_v, token, asker, std::move(events));
  }

  void publish(uint64_t token, std::vector<event> events) {
    send(token, std::move(events));
    run();
  }

  bool answered(uint64_t token) { return told->outcomes.contains(token); }

  std::vector<append_result> result(uint64_t token) {
    auto i = told->outcomes.find(token);
    if (i == told->outcomes.end() || !i->second) {
      ADD_FAILURE() << token << " was not accepted";
      return std::vector<append_result>(8);
    }
    return *i->second;
  }

  errc refusal(uint64_t token) {
    auto i = told->outcomes.find(token);
    if (i == told->outcomes.end() || i->second) {
      ADD_FAILURE() << token << " was not refused";
      return errc::invalid;
    }
    return code_of(i->second.error());
  }

  /// The sequences that a spreader knows of if it started at `at`: events that
  /// it was given, and nothing that it could miss.
  static std::vector<sequence> known(const spreader_notes& notes, sequence at) {
    std::vector<sequence> result;
    for (auto& batch : notes.batches) {
      EXPECT_EQ(batch.after, at) << "the news must follow what is known";
      for (auto& what : *batch.events) {
        EXPECT_GT(what->seq, at);
        at = what->seq;
        result.push_back(at);
      }
    }
    return result;
  }
};

} // namespace herald::test
