#include "bench/scenarios/unit_cost.hpp"

#include "bench/load/event_body.hpp"
#include "bench/load/load_client.hpp"
#include "bench/process/child_process.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/process/net.hpp"
#include "bench/process/progress.hpp"

#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace herald::bench {

namespace {

constexpr size_t appended_bytes = 1024;

void measure_fdatasync(const std::filesystem::path& parent, double seconds,
                       histogram& times) {
  temp_folder folder{parent};
  auto file = (folder.path() / "log").string();
  unique_fd out{
    check(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
          "open")};
  std::string text(appended_bytes, 'x');
  for (auto end = monotonic_ns() + seconds_to_ns(seconds);
       monotonic_ns() < end;) {
    check_interrupted();
    auto begin = monotonic_ns();
    check(static_cast<int>(::write(out.get(), text.data(), text.size())),
          "write");
    check(::fdatasync(out.get()), "fdatasync");
    times.record(monotonic_ns() - begin);
  }
}

class timed_posts : public load_source {
public:
  timed_posts(const sink& target, size_t body, histogram& times)
    : target_{target}, body_{body}, times_{times} {}

  bool next(std::string& request, uint64_t& /*tag*/) override {
    auto size = body_size_of(body_, sent_);
    request = "POST /s/0 HTTP/1.1\r\nHost: 127.0.0.1:"
              + std::to_string(target_.port())
              + "\r\nContent-Type: application/octet-stream\r\n"
                "Content-Length: "
              + std::to_string(size) + "\r\n\r\n"
              + make_body(size, {monotonic_ns(), sent_});
    ++sent_;
    return true;
  }

  void answered(const http_answer& answer) override {
    times_.record(answer.elapsed_ns);
  }

private:
  const sink& target_;
  size_t body_;
  histogram& times_;
  uint64_t sent_ = 0;
};

void measure_round_trip(const sink& target, size_t body, double seconds,
                        histogram& times) {
  load_client client{target.port(), 1};
  timed_posts source{target, body, times};
  for (auto end = monotonic_ns() + seconds_to_ns(seconds);
       monotonic_ns() < end;) {
    check_interrupted();
    client.turn(source, std::chrono::milliseconds{1});
  }
}

} // namespace

double unit_cost::ms() const {
  return static_cast<double>(fdatasync.quantile(0.5) + round_trip.quantile(0.5))
         / 1e6;
}

unit_cost measure_unit_cost(const std::filesystem::path& folder, sink& target,
                            size_t body, double seconds) {
  stage shown{"unit: one fdatasync, one round trip", seconds};
  target.stop_verifying();
  target.expect_signatures(false);
  target.expect_body(body);
  unit_cost result;
  measure_fdatasync(folder, seconds / 2, result.fdatasync);
  measure_round_trip(target, body, seconds / 2, result.round_trip);
  return result;
}

} // namespace herald::bench
