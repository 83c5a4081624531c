#pragma once

#include "actors/wall_clock.hpp"
#include "http/front_end.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace herald::test {

using namespace std::chrono_literals;
using nlohmann::json;

inline constexpr auto form_type = "application/x-www-form-urlencoded";

class recorded_exchange : public exchange {
public:
  void answer(http_response response) override {
    EXPECT_FALSE(answered) << "answered twice";
    answered = std::move(response);
  }

  unsigned status() const { return answered ? answered->status : 0; }

  std::optional<http_response> answered;
};

using recorded = std::shared_ptr<recorded_exchange>;

struct taken_publish {
  log_id log = 0;
  uint64_t token = 0;
  publish_listener asker;
  std::vector<event> events;
};

/// What the scripted engine answers, and what it was asked.
struct script {
  std::vector<taken_publish> publishes;
  std::vector<intent_request> intents;
  std::vector<subscription_id> removed;
  std::vector<uint64_t> page_sizes;
  caf::error failure; ///< Of registry and reader.
  bool silent = false;
  std::vector<subscription> rows;
  std::vector<subscription_id> failing;
};

inline subscription_page page_of(const script& what, const std::string& after,
                                 size_t limit) {
  auto begin = after.empty() ? 0 : std::stoul(after);
  auto end = std::min(what.rows.size(), begin + limit);
  subscription_page result;
  for (auto i = begin; i < end; ++i)
    result.items.push_back(what.rows[i]);
  if (end < what.rows.size())
    result.next = std::to_string(end);
  return result;
}

inline subscriber_status status_of(const script& what,
                                   const subscription_id& id) {
  subscriber_status result;
  result.failing = std::count(what.failing.begin(), what.failing.end(), id) > 0;
  result.pending = result.failing ? 7 : 0;
  result.last_attempt = 1'000;
  return result;
}

// The engine's actors, untyped: each handles only what a front end sends.

inline caf::behavior fake_publisher(caf::event_based_actor*, script* what,
                                    log_id log) {
  return {[=](atom::publish, uint64_t token, publish_listener& asker,
              std::vector<event>& events) {
    what->publishes.push_back(
      {log, token, std::move(asker), std::move(events)});
  }};
}

inline caf::behavior fake_registry(caf::event_based_actor* me, script* what) {
  auto answer = [=]() -> caf::result<atom::done> {
    if (what->silent)
      return me->make_response_promise<atom::done>();
    if (what->failure)
      return what->failure;
    return atom::done_v;
  };
  return {[=](intent_request& asked) {
            what->intents.push_back(std::move(asked));
            return answer();
          },
          [=](atom::remove, const subscription_id& id) {
            what->removed.push_back(id);
            return answer();
          }};
}

inline caf::behavior fake_reader(caf::event_based_actor*, script* what) {
  return {
    [=](atom::fetch,
        const subscription_id& id) -> caf::result<std::optional<subscription>> {
      if (what->failure)
        return what->failure;
      for (auto& row : what->rows)
        if (row.id == id)
          return std::optional{row};
      return std::optional<subscription>{};
    },
    [=](atom::find, const subscription_filter&, const std::string& after,
        uint64_t limit) -> caf::result<subscription_page> {
      if (what->failure)
        return what->failure;
      what->page_sizes.push_back(limit);
      return page_of(*what, after, limit);
    }};
}

inline caf::behavior fake_spreader(caf::event_based_actor*, script* what) {
  return {[=](atom::status, const std::vector<subscription_id>& ids) {
    std::vector<subscriber_status> result;
    for (auto& id : ids)
      result.push_back(status_of(*what, id));
    return result;
  }};
}

class a_front_end : public herald::test::deterministic {
protected:
  template <class Handle, class F, class... Ts>
  Handle fake(F f, Ts... xs) {
    return caf::actor_cast<Handle>(spawn(f, xs...));
  }

  void start() {
    engine handles;
    for (log_id log = 0; log < 4; ++log)
      handles.publishers.push_back(
        fake<publisher_actor>(fake_publisher, &engine_script, log));
    for (int i = 0; i < 3; ++i) {
      handles.registries.push_back(
        fake<registry_actor>(fake_registry, &engine_script));
      handles.spreaders.push_back(
        fake<spreader_actor>(fake_spreader, &engine_script));
    }
    handles.reader = fake<storekeeper_actor>(fake_reader, &engine_script);
    handles.time = std::make_shared<wall_clock>(now(), unix_ms{1'000'000});
    handles.state = node;
    handles.hub_url = "http://hub/hub";
    aut = spawn(front_end, handles, options);
    run();
  }

  recorded send(std::string method, std::string target, std::string type = {},
                std::string body = {}) {
    auto result = std::make_shared<recorded_exchange>();
    result->request
      = {std::move(method), std::move(target), {}, std::move(body)};
    if (!type.empty())
      result->request.fields.emplace_back("content-type", std::move(type));
    caf::anon_send(aut, std::vector<exchange_ptr>{result});
    run();
    return result;
  }

  recorded publish(const std::string& topic, const std::string& key = {}) {
    auto result = std::make_shared<recorded_exchange>();
    result->request = {"POST", "/events?topic=" + topic, {}, "body"};
    if (!key.empty())
      result->request.fields.emplace_back("idempotency-key", key);
    caf::anon_send(aut, std::vector<exchange_ptr>{result});
    run();
    return result;
  }

  template <class Result>
  publish_outcome outcome_of(const taken_publish& x, Result result) {
    return {x.token, std::move(result)};
  }

  /// The publishers tell these outcomes in one message.
  void tell(std::vector<publish_outcome> outcomes) {
    caf::anon_send(aut, published{std::move(outcomes)});
    run();
  }

  void add_rows(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      subscription row;
      row.id = make_subscription_id("a", false, std::to_string(i));
      row.topic = "a";
      row.callback = std::to_string(i);
      row.active = true;
      row.expires_at = 9'000'000;
      engine_script.rows.push_back(row);
    }
  }

  static json body_of(const recorded& x) {
    return json::parse(x->answered->body);
  }

  static std::string value(const recorded& x, std::string_view name) {
    for (auto& [key, text] : x->answered->fields)
      if (key == name)
        return text;
    return {};
  }

  script engine_script;
  std::shared_ptr<health> node = [] {
    auto result = std::make_shared<health>();
    result->ready = true;
    return result;
  }();
  front_end_options options;
  front_end_actor aut;
};

} // namespace herald::test
