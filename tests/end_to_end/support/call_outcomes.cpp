#include "tests/end_to_end/support/call_outcomes.hpp"

#include <nlohmann/json.hpp>

#include <sstream>

namespace herald::end_to_end {

double metric_of(uint16_t port, const std::string& sample) {
  std::istringstream lines{request(port, "GET", "/metrics").body};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(sample + ' '))
      return std::stod(line.substr(sample.size() + 1));
  return -1;
}

void call_outcomes::start_unverified(const std::vector<std::string>& more) {
  std::vector<std::string> args{"--intergov-verify", "false",
                                "--retry-schedule",  "1h",
                                "--retry-jitter",    "0"};
  args.insert(args.end(), more.begin(), more.end());
  start(args);
}

void call_outcomes::join_unverified(const std::string& topic,
                                    const std::string& callback) {
  auto answer = post_form(node().port(), "/subscriptions",
                          {{"hub.mode", "subscribe"},
                           {"hub.topic", topic},
                           {"hub.callback", callback}});
  ASSERT_EQ(answer.status(), 202) << callback << ' ' << answer.body;
  ASSERT_TRUE(wait_for_state(topic, callback, "active")) << callback;
}

std::string call_outcomes::first_error(const std::string& topic,
                                       const std::string& callback) {
  auto path = "/subscriptions/" + shown(topic, callback, "id") + "/attempts";
  if (!wait_for_items(path, 1))
    return "no attempt";
  auto error = items(path)[0]["error"];
  return error.is_string() ? error.get<std::string>() : "none";
}

double call_outcomes::metric(const std::string& sample) {
  return metric_of(node().port(), sample);
}

bool call_outcomes::wait_for_metric(const std::string& sample, double least) {
  return eventually([&] { return metric(sample) >= least; });
}

} // namespace herald::end_to_end
