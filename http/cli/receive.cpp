#include "http/cli/receive.hpp"

#include "config/errc.hpp"
#include "config/units.hpp"
#include "http/cli/command_line.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/receive_report.hpp"
#include "http/io_thread.hpp"
#include "http/json/text.hpp"
#include "http/process.hpp"
#include "http/server/server.hpp"
#include "storage/topic.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <future>
#include <optional>

#include <unistd.h>

namespace herald {

namespace {

using namespace std::chrono_literals;

constexpr size_t max_body_bytes = 64 << 20;
constexpr milliseconds max_delay = 1h;
constexpr milliseconds stop_grace = 1s;

/// A number is milliseconds; any duration will do as well.
caf::error read_delay(const std::string& text, milliseconds& into) {
  auto number = parse_count(
    text, 0, static_cast<uint64_t>(milliseconds{max_delay}.count()));
  auto time = number ? milliseconds{static_cast<int64_t>(*number)} : 0ms;
  if (!number) {
    auto parsed = parse_duration(text);
    if (!parsed || *parsed > max_delay)
      return fail(errc::invalid, "\"" + text
                                   + "\": expected milliseconds or a "
                                     "duration such as 2s, at most 1h");
    time = *parsed;
  }
  into = time;
  return caf::none;
}

template <class T>
caf::error keep(caf::expected<T> from, T& into) {
  if (!from)
    return std::move(from.error());
  into = std::move(*from);
  return caf::none;
}

void declare(flag_set& flags, receive_settings& into, bool& listens) {
  flags.option(
    "--listen", "ADDR:PORT",
    [&into, &listens](const std::string& x) {
      listens = true;
      return keep(parse_endpoint(x), into.listen);
    },
    "Where to listen; port 0 takes a free one.");
  add_secret_flags(flags, into.secret,
                   "Refuse with 403 what is not signed with it.");
  flags.option(
    "--topic", "TOPIC",
    [&into](const std::string& x) {
      into.topic = x;
      auto parsed = parse_subscribed_topic(x);
      return parsed ? caf::error{} : std::move(parsed.error());
    },
    "The topic that was subscribed to: others are refused\nwith 404.");
  flags.option(
    "--status", "CODE[:N]",
    [&into](const std::string& x) {
      return keep(parse_answer_rule(x), into.rule);
    },
    "Answer the first N deliveries (or all) with CODE, e.g.\n503:2, 410.");
  flags.option(
    "--delay", "MS",
    [&into](const std::string& x) { return read_delay(x, into.delay); },
    "Answer deliveries so much later.");
  flags.toggle("--quiet", into.quiet, "Only the counts at the end.");
  flags.toggle("--json", into.json, "One JSON object a line, for scripts.");
}

unix_ms now() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

http_response response_to(const received& what) {
  std::vector<field> text{{"Content-Type", "text/plain"}};
  switch (what.kind) {
    case received_kind::verification:
      if (what.status / 100 != 2)
        return {what.status, std::move(text), "Nobody asked for this topic.\n"};
      return {what.status, std::move(text), what.challenge};
    case received_kind::other:
      return {what.status, std::move(text),
              "This is herald receive: it takes deliveries.\n"};
    default:
      return {what.status, {}, ""};
  }
}

/// Answers and reports; lives on the I/O thread.
class receiver {
public:
  receiver(boost::asio::io_context& io, const receive_settings& settings)
    : io_(io), settings_(settings), rule_(settings.rule),
      paint_(paint::for_fd(STDOUT_FILENO)) {
    // nop
  }

  void take(std::vector<exchange_ptr> batch) {
    for (auto& x : batch)
      take(x);
    flush();
  }

  const receive_counts& counts() const { return counts_; }

private:
  void take(const exchange_ptr& x);
  unsigned judge(const received& what);
  void answer_later(const exchange_ptr& x, http_response response);
  void flush();

  boost::asio::io_context& io_;
  const receive_settings& settings_;
  answer_rule rule_;
  paint paint_;
  receive_counts counts_;
  std::string lines_;
};

void receiver::take(const exchange_ptr& x) {
  auto what = take_apart(x->request, settings_.secret, now());
  what.status = judge(what);
  if (what.kind == received_kind::delivery)
    counts_.add(what, !settings_.secret.empty());
  if (!settings_.quiet)
    lines_ += settings_.json ? json_of(what) : line_of(what, paint_);
  auto response = response_to(what);
  if (what.kind == received_kind::other)
    response.fields.emplace_back("Allow", "GET, POST");
  if (what.kind == received_kind::delivery && settings_.delay > 0ms)
    answer_later(x, std::move(response));
  else
    x->answer(std::move(response));
}

unsigned receiver::judge(const received& what) {
  if (what.kind == received_kind::other)
    return 405;
  if (!is_expected(what, settings_.topic))
    return 404;
  if (what.kind != received_kind::delivery)
    return 200;
  auto is_right = what.signature == signature_verdict::ok;
  return settings_.secret.empty() || is_right ? rule_.next() : 403;
}

void receiver::answer_later(const exchange_ptr& x, http_response response) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io_);
  timer->expires_after(settings_.delay);
  timer->async_wait([timer, x, response = std::move(response)](auto) mutable {
    x->answer(std::move(response));
  });
}

// Written at once, so that a pipe sees lines as they happen.
void receiver::flush() {
  if (lines_.empty())
    return;
  std::fwrite(lines_.data(), 1, lines_.size(), stdout);
  std::fflush(stdout);
  lines_.clear();
}

server_limits limits_for(const receive_settings& settings) {
  server_limits result;
  result.body_bytes = max_body_bytes;
  result.answer_deadline += settings.delay;
  return result;
}

void announce(const endpoint& where, bool json_wanted) {
  auto url = "http://" + where.to_string();
  nlohmann::ordered_json line{{"kind", "ready"}, {"url", url}};
  auto text = json_wanted ? dump(line) : "herald receiving on " + url;
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

caf::expected<endpoint> listen(io_thread& io, server& http,
                               const endpoint& where) {
  std::promise<caf::expected<endpoint>> promise;
  auto result = promise.get_future();
  boost::asio::post(io.context(),
                    [&] { promise.set_value(http.listen(where)); });
  return result.get();
}

void stop(server& http) {
  std::promise<void> done;
  http.stop(stop_grace, [&] { done.set_value(); });
  done.get_future().wait();
}

int receive(const receive_settings& settings) {
  signal_wait signals;
  raise_file_limit();
  io_thread io{"receive"};
  receiver who{io.context(), settings};
  server http{
    io.context(), limits_for(settings),
    [&who](std::vector<exchange_ptr> batch) { who.take(std::move(batch)); },
    let_all_pass};
  auto where = listen(io, http, settings.listen);
  if (!where) {
    stop(http);
    return complain(describe(where.error()), exit_failure);
  }
  announce(*where, settings.json);
  signals.wait_for_end();
  signals.let_through();
  stop(http);
  io.stop();
  auto text
    = settings.json ? who.counts().summary_json() : who.counts().summary();
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return exit_success;
}

} // namespace

unsigned answer_rule::next() {
  if (left == 0)
    return 200;
  if (left != UINT64_MAX)
    --left;
  return status;
}

caf::expected<answer_rule> parse_answer_rule(std::string_view text) {
  auto colon = text.find(':');
  auto code = parse_count(text.substr(0, colon), 200, 599);
  auto count = colon == text.npos
                 ? caf::expected<uint64_t>{UINT64_MAX}
                 : parse_count(text.substr(colon + 1), 1, UINT64_MAX - 1);
  if (!code || !count)
    return fail(errc::invalid,
                "\"" + std::string{text}
                  + "\": expected CODE or CODE:N, with CODE in 200..599 and N "
                    "at least 1, such as 503:2");
  return answer_rule{static_cast<unsigned>(*code), *count};
}

int run_receive(command_args args) {
  receive_settings settings;
  auto listens = false;
  flag_set flags{"herald receive --listen ADDR:PORT [OPTIONS]",
                 "A subscriber for trying things: answers the challenge, "
                 "checks signatures, prints a\nline per delivery, and the "
                 "counts when it is stopped (Ctrl-C)."};
  declare(flags, settings, listens);
  if (auto status = flags.parse(args))
    return *status;
  if (!listens)
    return complain("flag --listen: is missing; accepted: ADDR:PORT, such as "
                    "127.0.0.1:9000",
                    exit_usage);
  return receive(settings);
}

} // namespace herald
