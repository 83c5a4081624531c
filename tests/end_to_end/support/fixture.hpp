#pragma once

#include "tests/end_to_end/support/node_process.hpp"
#include "tests/end_to_end/support/receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace herald::end_to_end {

inline const std::string form_type = "application/x-www-form-urlencoded";

/// A topic that is a URL; nothing ever asks for it.
inline const std::string feed = "http://publisher.example/feed";

/// Short retries, so that failures are seen to heal within a test.
inline const std::vector<std::string> quick_retries{
  "--retry-schedule", "50ms,100ms,200ms", "--retry-jitter", "0"};

/// Nobody listens there.
inline const std::string nowhere = "http://127.0.0.1:1027/";

inline std::set<std::string> as_set(const std::vector<std::string>& from) {
  return {from.begin(), from.end()};
}

/// Asks `what` again and again until it is true; false after `patience`. Only
/// for what cannot be waited for, such as a node's answer to a GET.
bool eventually(const std::function<bool()>& what);

/// Gives a test a small language over one node.
class end_to_end : public ::testing::Test {
public:
  /// Starts the node of this test; `args` go to `herald serve`.
  void start(std::vector<std::string> args = quick_retries,
             std::filesystem::path data = {});

  node_process& node() { return *node_; }

  http_message get(const std::string& target);
  http_message post(const std::string& target, const std::string& type,
                    const std::string& body, field_list more = {});

  /// `POST /hub`; `more` are further fields of the form.
  http_message hub(const std::string& mode, const std::string& topic,
                   const std::string& callback, const field_list& more = {});

  /// Subscribes and waits until the subscription is active.
  void subscribe(const std::string& topic, const std::string& callback,
                 const field_list& more = {});

  /// Publishes `body` under `topic`; the id of the event.
  std::string publish(const std::string& topic, const std::string& body,
                      const std::string& type = "text/plain");

  /// The subscription's state as the node lists it; empty if there is none.
  std::string state_of(const std::string& topic, const std::string& callback);

  bool wait_for_state(const std::string& topic, const std::string& callback,
                      const std::string& state);

private:
  std::unique_ptr<node_process> node_;
};

/// The values of `field` in the given requests.
std::vector<std::string> fields_of(const receiver::requests& from,
                                   std::string_view field);

std::vector<std::string> bodies_of(const receiver::requests& from);

/// The text of a file in tests/end_to_end/data.
std::string data_file(const std::string& name);

} // namespace herald::end_to_end
