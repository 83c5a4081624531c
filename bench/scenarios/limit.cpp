#include "bench/scenarios/limit.hpp"

#include "bench/load/event_body.hpp"
#include "bench/load/load_client.hpp"
#include "bench/process/child_process.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/progress.hpp"

#include <fstream>
#include <stdexcept>

namespace herald::bench {

namespace {

constexpr double warm_up_seconds = 0.3;

/// How many requests are prepared: with mixed sizes a whole round.
size_t round_of(size_t body_size) {
  return body_size == mixed_sizes ? 100 : 1;
}

class prepared_requests : public load_source {
public:
  prepared_requests(uint16_t port, size_t body_size) {
    for (size_t number = 0; number < round_of(body_size); ++number)
      requests_.push_back(
        request(port, body_size_of(body_size, number), number));
  }

  bool next(std::string& request, uint64_t& /*tag*/) override {
    request = requests_[sent_++ % requests_.size()];
    return true;
  }

  void answered(const http_answer& answer) override {
    if (answer.status != 200)
      throw std::runtime_error{"the sink answered "
                               + std::to_string(answer.status)};
    ++answers_;
  }

  uint64_t answers() const { return answers_; }

private:
  static std::string request(uint16_t port, size_t size, uint64_t number) {
    return "POST /s/0 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port)
           + "\r\nContent-Type: application/octet-stream\r\n"
             "Content-Length: "
           + std::to_string(size) + "\r\n\r\n"
           + make_body(size, {monotonic_ns(), number});
  }

  std::vector<std::string> requests_;
  uint64_t sent_ = 0;
  uint64_t answers_ = 0;
};

void run_for(double seconds, load_client& client, load_source& source) {
  auto end = monotonic_ns() + seconds_to_ns(seconds);
  while (monotonic_ns() < end) {
    check_interrupted();
    client.turn(source, std::chrono::milliseconds{1});
  }
}

void write_script(const std::filesystem::path& file, size_t body_size) {
  std::ofstream out{file};
  out << "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = "
         "\"application/octet-stream\"\n";
  if (body_size != mixed_sizes) {
    out << "wrk.body = \"" << make_body(body_size, {monotonic_ns(), 0})
        << "\"\n";
    return;
  }
  out << "local bodies, sent, ready = {}, 0, {}\n";
  for (size_t number = 0; number < round_of(body_size); ++number)
    out << "bodies[" << number << "] = \""
        << make_body(stamp_size, {monotonic_ns(), number})
        << "\" .. string.rep(\"x\", "
        << body_size_of(body_size, number) - stamp_size << ")\n";
  out << "init = function()\n"
         "  for i = 0, 99 do ready[i] = wrk.format(nil, nil, nil, bodies[i]) "
         "end\n"
         "end\n"
         "request = function()\n"
         "  sent = sent + 1\n"
         "  return ready[sent % 100]\n"
         "end\n";
}

double parse_wrk(const std::string& output) {
  constexpr std::string_view label = "Requests/sec:";
  auto at = output.find(label);
  if (at == std::string::npos)
    throw std::runtime_error{"wrk failed: " + output};
  return std::stod(output.substr(at + label.size()));
}

double measure_wrk(const sink& target, const limit_options& options) {
  temp_folder folder{{}};
  auto script = folder.path() / "post.lua";
  auto output = folder.path() / "wrk.txt";
  write_script(script, options.body);
  auto seconds = std::max(1, static_cast<int>(options.seconds));
  child_process wrk{{"wrk", "-t1", "-c" + std::to_string(options.connections),
                     "-d" + std::to_string(seconds) + "s", "-s",
                     script.string(), target.callback(0)},
                    output};
  wrk.wait(seconds + 10);
  return parse_wrk(read_text(output));
}

} // namespace

double measure_bare_client(const sink& target, const limit_options& options) {
  load_client client{target.port(), options.connections};
  prepared_requests source{target.port(), options.body};
  run_for(warm_up_seconds, client, source);
  auto begin = monotonic_ns();
  auto before = source.answers();
  run_for(options.seconds, client, source);
  auto elapsed = static_cast<double>(monotonic_ns() - begin) / 1e9;
  return static_cast<double>(source.answers() - before) / elapsed;
}

limit_figures measure_limit(sink& target, const limit_options& options) {
  target.stop_verifying();
  target.expect_signatures(false);
  target.expect_body(options.body);
  auto by_tls = !target.certificate().empty();
  stage shown{"limit", (by_tls ? 1 : 2) * options.seconds};
  limit_figures result;
  if (!by_tls)
    result.bare_per_s = measure_bare_client(target, options);
  if (is_installed("wrk"))
    result.wrk_per_s = measure_wrk(target, options);
  else if (by_tls)
    throw std::runtime_error{"--tls needs wrk"};
  // Large bodies slow wrk down, and then it is no limit.
  if (options.body == mixed_sizes && result.bare_per_s > result.per_s())
    result.wrk_per_s.reset();
  return result;
}

limit_figures measure_limit_alone(const bench_options& options) {
  sink target;
  return measure_limit(target, {options.limit_seconds, options.body, 64});
}

} // namespace herald::bench
