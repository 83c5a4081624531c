#include "bench/self_test.hpp"

#include "bench/load/event_body.hpp"
#include "bench/load/load_client.hpp"
#include "bench/load/signature.hpp"
#include "bench/load/sink.hpp"
#include "bench/load/tls.hpp"
#include "bench/process/clock.hpp"
#include "bench/process/interrupt.hpp"
#include "bench/scenarios/limit.hpp"

#include <deque>
#include <memory>
#include <ostream>
#include <string>

#include <fcntl.h>

namespace herald::bench {

namespace {

constexpr size_t body_size = 1024;
constexpr uint64_t subscribers = 10;
constexpr uint64_t patience_ns = 5'000'000'000;

/// Sends prepared requests once each and keeps the last answer.
class prepared : public load_source {
public:
  void add_post(const std::string& target, const std::string& body,
                const std::string& fields = {}) {
    requests_.push_back("POST " + target + " HTTP/1.1\r\nHost: h\r\n" + fields
                        + "content-length:" + std::to_string(body.size())
                        + "\r\n\r\n" + body);
  }

  void add_get(const std::string& target) {
    requests_.push_back("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  bool next(std::string& request, uint64_t& /*tag*/) override {
    if (requests_.empty())
      return false;
    request = std::move(requests_.front());
    requests_.pop_front();
    return true;
  }

  void answered(const http_answer& answer) override {
    ++(answer.status == 200 ? ok : failed);
    last_body = answer.body;
  }

  bool is_empty() const { return requests_.empty(); }

  uint64_t ok = 0;
  uint64_t failed = 0;
  std::string last_body;

private:
  std::deque<std::string> requests_;
};

class self_test {
public:
  explicit self_test(std::ostream& out) : out_{out} {
    target_.expect_body(body_size);
    target_.verify(1, subscribers);
  }

  bool run() {
    quantiles_are_within_their_bucket();
    counts_agree();
    repeats_and_strays_are_noticed();
    bad_bodies_are_noticed();
    challenges_are_echoed();
    long_bodies_are_put_together();
    bad_requests_lose_the_connection();
    signatures_are_checked();
    the_dead_refuse();
    sizes_are_mixed();
    stamps_are_found_in_json();
    limit_is_measured();
    tls_is_spoken();
    return passed_;
  }

private:
  void expect_equal(uint64_t actual, uint64_t wanted, const char* what) {
    if (actual == wanted)
      return;
    passed_ = false;
    out_ << "FAILED " << what << ": " << actual << " instead of " << wanted
         << '\n';
  }

  void send_all(prepared& source) { send_all(source, target_); }

  static void send_all(prepared& source, const sink& target,
                       size_t connections = 8) {
    load_client client{target.port(), connections};
    auto deadline = monotonic_ns() + patience_ns;
    while (!source.is_empty() && monotonic_ns() < deadline)
      client.turn(source, std::chrono::milliseconds{1});
    client.finish(source, deadline);
  }

  static void deliver(prepared& source, uint64_t number, uint64_t subscriber) {
    source.add_post("/s/" + std::to_string(subscriber),
                    make_body(body_size, {monotonic_ns(), number}));
  }

  void quantiles_are_within_their_bucket() {
    histogram values;
    for (uint64_t i = 1; i <= 100'000; ++i)
      values.record(i * 1000);
    expect_equal(values.count(), 100'000, "values");
    auto median = values.quantile(0.5);
    auto is_close = median >= 50'000'000 && median <= 50'400'000;
    expect_equal(is_close ? 1 : 0, 1, "median within its bucket");
    expect_equal(values.since(values).quantile(1), 0, "maximum of nothing");
    histogram small;
    small.record(200);
    expect_equal(small.quantile(1), 200, "small values are exact");
  }

  void counts_agree() {
    constexpr uint64_t events = 500;
    prepared source;
    for (uint64_t i = 0; i < events * subscribers; ++i)
      deliver(source, i / subscribers, i % subscribers);
    send_all(source);
    expect_equal(source.ok, events * subscribers, "answers");
    expect_equal(target_.counters().deliveries, source.ok, "deliveries");
    expect_equal(target_.latency().count(), source.ok, "latencies");
    expect_equal(target_.counters().connections, 8, "connections");
    expect_equal(target_.counters().duplicates, 0, "duplicates");
    expect_equal(target_.counters().bad_lengths, 0, "bad lengths");
  }

  void repeats_and_strays_are_noticed() {
    prepared source;
    deliver(source, 499, 3);
    deliver(source, 500, subscribers);
    send_all(source);
    expect_equal(target_.counters().duplicates, 1, "repeated delivery");
    expect_equal(target_.counters().misrouted, 1, "stray delivery");
    target_.verify(1, subscribers);
    prepared again;
    deliver(again, 499, 3);
    send_all(again);
    expect_equal(target_.counters().duplicates, 1, "forgotten delivery");
    target_.stop_verifying();
  }

  void bad_bodies_are_noticed() {
    prepared source;
    source.add_post("/s/0", make_body(body_size + 1, {}));
    source.add_post("/s/0", std::string(body_size, 'x'));
    send_all(source);
    expect_equal(target_.counters().bad_lengths, 1, "body of another size");
    expect_equal(target_.counters().bad_bodies, 1, "body without a stamp");
  }

  void challenges_are_echoed() {
    prepared source;
    source.add_get("/s/1?key=1&hub.mode=subscribe&hub.challenge=a%2Bb%zz");
    send_all(source);
    expect_equal(source.last_body == "a+b%zz" ? 1 : 0, 1, "echoed challenge");
    expect_equal(target_.counters().challenges, 1, "challenges");
    source.add_get("/s/1?hub.mode=denied");
    send_all(source);
    expect_equal(target_.counters().denials, 1, "denials");
  }

  void long_bodies_are_put_together() {
    constexpr size_t size = size_t{1024} * 1024;
    target_.expect_body(size);
    prepared source;
    for (uint64_t i = 0; i < 16; ++i)
      source.add_post("/s/0", make_body(size, {monotonic_ns(), i}));
    send_all(source);
    expect_equal(source.ok, 16, "long bodies");
    expect_equal(target_.counters().bad_lengths, 1, "lengths of long bodies");
  }

  void bad_requests_lose_the_connection() {
    prepared source;
    source.add_post("/s/0", std::string(3 * body_size * body_size, 'x'));
    send_all(source);
    expect_equal(source.failed, 1, "lost connection");
    expect_equal(target_.counters().malformed, 1, "malformed requests");
    source.add_get("/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: /");
    send_all(source);
    expect_equal(target_.counters().malformed, 2, "chunked requests");
  }

  // Every 64th signature is looked at, the first of them at once.
  void signatures_are_checked() {
    sink other;
    other.expect_body(body_size);
    other.expect_signatures(true);
    auto body = make_body(body_size, {monotonic_ns(), 0});
    auto field = [&](uint64_t index) {
      return "X-Hub-Signature: sha256=" + sign(secret_of(index), body) + "\r\n";
    };
    prepared source;
    source.add_post("/s/1", body, field(2));
    for (auto i = 1; i < 64; ++i)
      source.add_post("/s/1", body);
    source.add_post("/s/1", body, field(1));
    send_all(source, other, 1);
    expect_equal(other.counters().unsigned_, 63, "unsigned deliveries");
    expect_equal(other.counters().bad_signatures, 1, "bad signatures");
  }

  void the_dead_refuse() {
    auto before = target_.counters().deliveries.load();
    target_.play_dead(true);
    prepared source;
    deliver(source, 0, 0);
    send_all(source);
    target_.play_dead(false);
    expect_equal(source.failed, 1, "refusals of the dead");
    expect_equal(target_.counters().refused, 1, "refusals counted");
    expect_equal(target_.counters().deliveries - before, 0, "dead deliveries");
  }

  void sizes_are_mixed() {
    uint64_t sum = 0;
    for (uint64_t number = 31'400; number < 31'500; ++number)
      sum += body_size_of(mixed_sizes, number);
    constexpr uint64_t wanted
      = 40 * 100 + 1024 * (30 + 20 * 10 + 9 * 100 + 1024);
    expect_equal(sum, wanted, "bytes of a round of mixed sizes");
  }

  void stamps_are_found_in_json() {
    auto stamp = read_stamp('"' + make_body(50, {7, 8}) + '"');
    expect_equal(stamp ? stamp->number : 0, 8, "stamp of a JSON string");
  }

  void limit_is_measured() {
    target_.expect_body(body_size);
    auto before = target_.counters().deliveries.load();
    auto rate = measure_bare_client(target_, {0.2, body_size, 8});
    auto counted = target_.counters().deliveries - before;
    // The client warms up before it counts, so the sink has seen more.
    auto is_plausible = rate > 0 && 0.2 * rate < static_cast<double>(counted);
    expect_equal(is_plausible ? 1 : 0, 1, "plausible limit");
  }

  // A request in two records, from a client that trusts the certificate.
  void tls_is_spoken() {
    sink other{0, true};
    other.expect_body(body_size);
    std::unique_ptr<SSL_CTX, free_tls> trust{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_verify(trust.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_load_verify_file(trust.get(), other.certificate().c_str());
    std::unique_ptr<SSL, free_tls> session{SSL_new(trust.get())};
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), "127.0.0.1");
    auto socket = connect_loopback(other.port());
    ::fcntl(socket.get(), F_SETFL, 0);
    SSL_set_fd(session.get(), socket.get());
    expect_equal(SSL_connect(session.get()) == 1 ? 1 : 0, 1, "TLS handshake");
    auto request = "POST /s/0 HTTP/1.1\r\nHost: h\r\nContent-Length: "
                   + std::to_string(body_size) + "\r\n\r\n"
                   + make_body(body_size, {monotonic_ns(), 0});
    for (auto part : {request.substr(0, 100), request.substr(100)})
      SSL_write(session.get(), part.data(), static_cast<int>(part.size()));
    std::string answer(100, '\0');
    SSL_read(session.get(), answer.data(), static_cast<int>(answer.size()));
    expect_equal(answer.starts_with("HTTP/1.1 200") ? 1 : 0, 1, "TLS answers");
    expect_equal(other.counters().deliveries, 1, "TLS deliveries");
  }

  std::ostream& out_;
  sink target_;
  bool passed_ = true;
};

} // namespace

bool run_self_test(std::ostream& out) {
  return self_test{out}.run();
}

} // namespace herald::bench
