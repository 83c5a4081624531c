#include "bench/load/http_get.hpp"

#include "bench/load/load_client.hpp"
#include "bench/process/interrupt.hpp"

#include <stdexcept>
#include <system_error>

namespace herald::bench {

namespace {

class one_get : public load_source {
public:
  explicit one_get(std::string target) : target_{std::move(target)} {}

  bool next(std::string& request, uint64_t& /*tag*/) override {
    if (target_.empty())
      return false;
    request = "GET " + target_ + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    target_.clear();
    return true;
  }

  void answered(const http_answer& answer) override {
    is_answered = true;
    result = {answer.status, std::string{answer.body}};
  }

  bool is_answered = false;
  whole_answer result;

private:
  std::string target_;
};

} // namespace

whole_answer http_get(uint16_t port, const std::string& target) try {
  load_client client{port, 1};
  one_get source{target};
  while (!source.is_answered) {
    client.turn(source, std::chrono::milliseconds{10});
    check_interrupted();
  }
  return std::move(source.result);
} catch (const std::system_error&) {
  return {};
}

double read_metric(uint16_t port, const std::string& name) {
  auto answer = http_get(port, "/metrics");
  auto at = answer.body.find('\n' + name + ' ');
  if (answer.status != 200 || at == std::string::npos)
    throw std::runtime_error{"/metrics, answered "
                             + std::to_string(answer.status) + ", lacks "
                             + name};
  return std::stod(answer.body.substr(at + name.size() + 2));
}

} // namespace herald::bench
