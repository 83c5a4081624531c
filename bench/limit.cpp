#include "bench/limit.hpp"

#include "bench/child_process.hpp"
#include "bench/clock.hpp"
#include "bench/event_body.hpp"
#include "bench/interrupt.hpp"
#include "bench/load_client.hpp"

#include <fstream>
#include <stdexcept>

namespace herald::bench {

namespace {

constexpr double warm_up_seconds = 0.3;

class one_request : public load_source {
public:
  one_request(uint16_t port, size_t body_size)
    : request_{"POST /s/0 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port)
               + "\r\nContent-Type: application/octet-stream\r\n"
                 "Content-Length: "
               + std::to_string(body_size) + "\r\n\r\n"
               + make_body(body_size, {monotonic_ns(), 0})} {}

  bool next(std::string& request, uint64_t& /*tag*/) override {
    request = request_;
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
  std::string request_;
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
  auto body = make_body(body_size, {monotonic_ns(), 0});
  body[stamp_size - 1] = ' '; // a Lua string holds no bare line end
  std::ofstream{file} << "wrk.method = \"POST\"\nwrk.body = \""
                      << body.substr(0, stamp_size - 1) << "\\n"
                      << body.substr(stamp_size)
                      << "\"\nwrk.headers[\"Content-Type\"] = "
                         "\"application/octet-stream\"\n";
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
  one_request source{target.port(), options.body};
  run_for(warm_up_seconds, client, source);
  auto begin = monotonic_ns();
  auto before = source.answers();
  run_for(options.seconds, client, source);
  auto elapsed = static_cast<double>(monotonic_ns() - begin) / 1e9;
  return static_cast<double>(source.answers() - before) / elapsed;
}

limit_figures measure_limit(sink& target, const limit_options& options) {
  target.stop_verifying();
  target.expect_body(options.body);
  limit_figures result;
  result.bare_per_s = measure_bare_client(target, options);
  if (is_installed("wrk"))
    result.wrk_per_s = measure_wrk(target, options);
  return result;
}

} // namespace herald::bench
