#include "tests/end_to_end/support/fixture.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace herald::end_to_end {

bool eventually(const std::function<bool()>& what) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline)
    if (what())
      return true;
  return false;
}

void end_to_end::start(std::vector<std::string> args,
                       std::filesystem::path data) {
  node_ = std::make_unique<node_process>(std::move(args), std::move(data));
  node_->start();
}

http_message end_to_end::get(const std::string& target) {
  return request(node_->port(), "GET", target);
}

http_message end_to_end::post(const std::string& target,
                              const std::string& type, const std::string& body,
                              field_list more) {
  if (!type.empty())
    more.emplace_back("Content-Type", type);
  return request(node_->port(), "POST", target, more, body);
}

http_message end_to_end::hub(const std::string& mode, const std::string& topic,
                             const std::string& callback,
                             const field_list& more) {
  field_list form{
    {"hub.mode", mode}, {"hub.topic", topic}, {"hub.callback", callback}};
  form.insert(form.end(), more.begin(), more.end());
  return post_form(node_->port(), "/hub", form);
}

void end_to_end::subscribe(const std::string& topic,
                           const std::string& callback,
                           const field_list& more) {
  auto answer = hub("subscribe", topic, callback, more);
  ASSERT_EQ(answer.status(), 202) << answer.body;
  ASSERT_TRUE(wait_for_state(topic, callback, "active"))
    << callback << " is " << state_of(topic, callback);
}

std::string end_to_end::publish(const std::string& topic,
                                const std::string& body,
                                const std::string& type) {
  auto answer = post("/events?topic=" + percent_encode(topic), type, body);
  EXPECT_EQ(answer.status(), 202) << answer.body;
  return answer.status() == 202
           ? nlohmann::json::parse(answer.body)["id"].get<std::string>()
           : "";
}

std::string end_to_end::state_of(const std::string& topic,
                                 const std::string& callback) {
  auto answer = get("/subscriptions?topic=" + percent_encode(topic)
                    + "&callback=" + percent_encode(callback));
  EXPECT_EQ(answer.status(), 200) << answer.body;
  auto page = nlohmann::json::parse(answer.body, nullptr, false);
  if (page.is_discarded() || page["items"].empty())
    return "";
  return page["items"][0]["state"].get<std::string>();
}

bool end_to_end::wait_for_state(const std::string& topic,
                                const std::string& callback,
                                const std::string& state) {
  return eventually([&] { return state_of(topic, callback) == state; });
}

std::vector<std::string> fields_of(const receiver::requests& from,
                                   std::string_view field) {
  std::vector<std::string> result;
  for (auto& x : from)
    result.push_back(x.field(field));
  return result;
}

std::vector<std::string> bodies_of(const receiver::requests& from) {
  std::vector<std::string> result;
  for (auto& x : from)
    result.push_back(x.body);
  return result;
}

std::string data_file(const std::string& name) {
  return read_text(std::filesystem::path{HERALD_SOURCE_DIR}
                   / "tests/end_to_end/data" / name);
}

} // namespace herald::end_to_end
