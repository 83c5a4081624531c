#pragma once

#include "actors/wall_clock.hpp"
#include "http/front_end/front_end.hpp"
#include "tests/http/api/form_type.hpp"
#include "tests/support/deterministic.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::test {

using namespace std::chrono_literals;
using nlohmann::json;

class recorded_exchange : public exchange {
public:
  void answer(http_response response) override;

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

  // What an operator asks for.
  std::vector<event_meta> events; ///< Of all logs, ascending.
  std::vector<attempt_record> attempts;
  std::vector<dead_letter> letters; ///< Newest first.
  std::vector<lag> lags;            ///< Of every subscriber.
  std::vector<subscription_patch> patches;
  std::vector<std::vector<sequence>> rewound;
  std::vector<redeliver_order> redelivered;
  std::vector<std::vector<job_key>> dropped;
  std::vector<replay_order> replays;
  std::vector<subscription_id> cancelled;
  size_t reads = 0;         ///< Of a log.
  caf::error order_failure; ///< Of the spreaders' orders.
};

/// A front end before a scripted engine of four logs and three partitions.
class a_front_end : public herald::test::deterministic {
protected:
  a_front_end();
  ~a_front_end() override;

  void start();

  recorded send(std::string method, std::string target, std::string type = {},
                std::string body = {});

  recorded publish(const std::string& topic, const std::string& key = {});

  static publish_outcome
  outcome_of(const taken_publish& x,
             caf::expected<std::vector<append_result>> result);

  /// The publishers tell these outcomes in one message.
  void tell(std::vector<publish_outcome> outcomes);

  void add_rows(size_t count);

  static json body_of(const recorded& x);

  static std::string value(const recorded& x, std::string_view name);

  script engine_script;
  std::shared_ptr<health> node = std::make_shared<health>();
  std::shared_ptr<engine_counters> counters
    = std::make_shared<engine_counters>(3, 4);
  front_end_options options;
  front_end_actor aut;
};

} // namespace herald::test
