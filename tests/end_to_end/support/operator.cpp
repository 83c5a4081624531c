#include "tests/end_to_end/support/operator.hpp"

#include <nlohmann/json.hpp>

namespace herald::end_to_end {

using nlohmann::json;

std::string operation::path_of(const std::string& topic, const receiver& to,
                               const std::string& name) {
  return "/subscriptions/" + shown(topic, to.url(), "id") + name;
}

json operation::ask(const std::string& method, const std::string& path,
                    const std::string& body, int status) {
  auto answer = request(node().port(), method, path,
                        {{"Content-Type", "application/json"}}, body);
  EXPECT_EQ(answer.status(), status) << method << ' ' << path << answer.body;
  return json::parse(answer.body, nullptr, false);
}

json operation::items(const std::string& path) {
  return ask("GET", path, "", 200)["items"];
}

bool operation::wait_for_items(const std::string& path, size_t count) {
  return eventually([&] { return items(path).size() == count; });
}

run_result operation::run_client(std::vector<std::string> args) {
  args.insert(args.begin(), HERALD_BINARY);
  args.insert(args.end(), {"--node", node().url()});
  return run(args);
}

} // namespace herald::end_to_end
