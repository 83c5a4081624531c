#include "tests/end_to_end/support/websub.hpp"

#include <nlohmann/json.hpp>

#include <ctime>
#include <utility>

namespace herald::end_to_end {

namespace {

std::string query_of(const http_message& request) {
  auto target = request.word(1);
  auto begin = target.find('?');
  return begin == std::string::npos ? "" : target.substr(begin + 1);
}

} // namespace

void websub::start_with(const std::vector<std::string>& more,
                        std::filesystem::path data) {
  auto args = quick_retries;
  args.insert(args.end(), more.begin(), more.end());
  start(args, std::move(data));
}

http_message websub::hub_form(const std::string& form,
                              const std::string& type) {
  return post("/hub", type, form);
}

std::string websub::shown(const std::string& topic, const std::string& callback,
                          const std::string& member) {
  auto answer = get("/subscriptions?topic=" + percent_encode(topic)
                    + "&callback=" + percent_encode(callback));
  auto page = nlohmann::json::parse(answer.body, nullptr, false);
  if (page.is_discarded() || page["items"].empty())
    return "";
  auto value = page["items"][0][member];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void websub::stop() {
  EXPECT_EQ(node().terminate(), 0);
}

void websub::restart() {
  stop();
  node().start();
}

std::string asked(const http_message& challenge, std::string_view field) {
  std::string result;
  for (auto& [name, value] : parse_form(query_of(challenge)))
    if (name == field)
      result = value;
  return result;
}

std::vector<std::string> asked(const receiver::requests& challenges,
                               std::string_view field) {
  std::vector<std::string> result;
  for (auto& x : challenges)
    result.push_back(asked(x, field));
  return result;
}

std::vector<std::string> targets_of(const receiver::requests& from) {
  std::vector<std::string> result;
  for (auto& x : from)
    result.push_back(x.word(1));
  return result;
}

reply reply_with(int status, std::string body, field_list fields) {
  return {reply::kind::answer, status, std::move(fields), std::move(body)};
}

receiver::script always(reply what) {
  return [what = std::move(what)](const http_message&) { return what; };
}

receiver::script in_turn(std::vector<reply> first, receiver::script then) {
  return [first = std::move(first), then = std::move(then),
          next = size_t{0}](const http_message& request) mutable {
    return next < first.size() ? first[next++] : then(request);
  };
}

receiver::script held(receiver::script script) {
  return [script = std::move(script)](const http_message& request) {
    auto result = script(request);
    result.how = reply::kind::hold;
    return result;
  };
}

reply echo_last(const http_message& challenge) {
  return reply_with(200, asked(challenge, "hub.challenge"));
}

std::string signature(const std::string& algorithm, const std::string& secret,
                      const http_message& delivery) {
  return algorithm + "=" + hmac_hex(algorithm, secret, delivery.body);
}

std::chrono::system_clock::time_point parse_time(const std::string& text) {
  std::tm parts{};
  auto rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || *rest != '.') {
    ADD_FAILURE() << "not a time: " << text;
    return {};
  }
  return std::chrono::system_clock::from_time_t(::timegm(&parts))
         + std::chrono::milliseconds{std::stoi(rest + 1)};
}

void expect_accepted(const http_message& answer) {
  EXPECT_EQ(answer.status(), 202) << answer.start << answer.body;
  EXPECT_EQ(answer.body, "");
}

void expect_refused(const http_message& answer, const std::string& field,
                    const std::string& input) {
  SCOPED_TRACE(input);
  EXPECT_EQ(answer.status() / 100, 4) << answer.start;
  EXPECT_THAT(answer.field("Content-Type"),
              ::testing::StartsWith("text/plain"));
  EXPECT_THAT(answer.body, ::testing::HasSubstr(field));
}

} // namespace herald::end_to_end
