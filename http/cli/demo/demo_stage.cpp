#include "http/cli/demo/demo_stage.hpp"

#include "config/config.hpp"
#include "config/errc.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>
#include <sys/signalfd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <poll.h>
#include <unistd.h>

namespace herald {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using tcp = boost::asio::ip::tcp;

constexpr std::string_view ready_prefix = "herald ready on ";
constexpr const char* usual_address = "127.0.0.1:8080";
constexpr const char* any_address = "127.0.0.1:0";
constexpr auto start_timeout = 10s;
constexpr auto stop_timeout = 3s;
constexpr size_t log_tail_lines = 10;

std::string free_address() {
  boost::asio::io_context io;
  boost::system::error_code ec;
  tcp::acceptor probe{io};
  probe.open(tcp::v4(), ec);
  probe.set_option(tcp::acceptor::reuse_address{true}, ec);
  probe.bind({boost::asio::ip::make_address("127.0.0.1"), 8080}, ec);
  if (!ec)
    probe.listen(1, ec);
  return ec ? any_address : usual_address;
}

std::string without_scheme(const std::string& url) {
  auto scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(scheme + 3);
}

std::string member_of(const nlohmann::json& line, const char* name) {
  auto i = line.find(name);
  return i != line.end() && i->is_string() ? i->get<std::string>() : "";
}

uint64_t number_of(const nlohmann::json& line, const char* name) {
  auto i = line.find(name);
  return i != line.end() && i->is_number_unsigned() ? i->get<uint64_t>() : 0;
}

sigset_t caught_signals() {
  sigset_t result;
  sigemptyset(&result);
  for (auto x : {SIGINT, SIGTERM, SIGHUP})
    sigaddset(&result, x);
  return result;
}

void stop(child_process* what) {
  if (what == nullptr)
    return;
  what->send(SIGTERM);
  if (!what->join(stop_timeout))
    what->send(SIGKILL);
}

} // namespace

caf::expected<sighting> parse_sighting(const std::string& who,
                                       const std::string& line) {
  auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object())
    return fail(errc::invalid, "not a line of herald receive: " + line);
  sighting result;
  result.who = who;
  result.kind = member_of(parsed, "kind");
  result.url = member_of(parsed, "url");
  result.id = member_of(parsed, "id");
  result.topic = member_of(parsed, "topic");
  result.challenge = member_of(parsed, "challenge");
  result.signature = member_of(parsed, "signature");
  result.attempt = number_of(parsed, "attempt");
  result.status = static_cast<unsigned>(number_of(parsed, "status"));
  auto again = parsed.find("duplicate");
  result.duplicate = again != parsed.end() && *again == true;
  return result;
}

demo_stage::demo_stage(seen_handler on_seen) : on_seen_(std::move(on_seen)) {
  // nop
}

demo_stage::~demo_stage() {
  stop(node_.get());
  for (auto& x : receivers_)
    stop(x.process.get());
  node_.reset();
  receivers_.clear();
  std::error_code ignored;
  if (!folder_.empty())
    std::filesystem::remove_all(folder_, ignored);
  if (signals_ >= 0)
    ::close(signals_);
}

caf::error demo_stage::open() {
  std::error_code ec;
  auto base = std::filesystem::temp_directory_path(ec);
  auto name = (ec ? "/tmp" : base.string()) + "/herald-demo-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    return fail(errc::unavailable, "cannot make a folder like " + name);
  folder_ = name;
  auto caught = caught_signals();
  ::sigprocmask(SIG_BLOCK, &caught, nullptr);
  signals_ = ::signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0)
    return fail(errc::unavailable, "cannot wait for signals");
  return caf::none;
}

caf::error demo_stage::start_node() {
  auto where = node_url_.empty() ? free_address() : without_scheme(node_url_);
  node_ready_ = false;
  auto made = child_process::start(
    {"serve", "--listen", where, "--data", store_path(), "--retry-schedule",
     "1s", "--retry-jitter", "0", "--log-level", "warn"},
    folder_ + "/node.log");
  if (!made)
    return std::move(made.error());
  node_ = std::move(*made);
  return wait_until([this] { return node_ready_; }, start_timeout,
                    "the node is not ready after 10 seconds");
}

void demo_stage::kill_node() {
  node_->send(SIGKILL);
  node_->join(stop_timeout);
  node_.reset();
}

demo_stage::receiver& demo_stage::entry(const std::string& who) {
  auto i = std::find_if(receivers_.begin(), receivers_.end(),
                        [&](auto& x) { return x.who == who; });
  if (i != receivers_.end())
    return *i;
  receivers_.push_back({who, "", nullptr});
  return receivers_.back();
}

caf::error demo_stage::start_receiver(const std::string& who,
                                      const std::vector<std::string>& more) {
  auto& one = entry(who);
  auto where = one.url.empty() ? any_address : without_scheme(one.url);
  std::vector<std::string> args{"receive", "--json", "--listen", where};
  args.insert(args.end(), more.begin(), more.end());
  auto made = child_process::start(args, folder_ + "/receivers.log");
  if (!made)
    return std::move(made.error());
  one.process = std::move(*made);
  one.url.clear();
  return wait_until([&one] { return !one.url.empty(); }, start_timeout,
                    "receiver " + who + " does not listen after 10 seconds");
}

void demo_stage::stop_receiver(const std::string& who) {
  auto& one = entry(who);
  stop(one.process.get());
  one.process.reset();
}

std::string demo_stage::url_of(const std::string& who) const {
  for (auto& x : receivers_)
    if (x.who == who)
      return x.url;
  return {};
}

caf::error demo_stage::read_node() {
  for (auto& line : node_->read_lines())
    if (line.starts_with(ready_prefix)) {
      node_url_ = line.substr(ready_prefix.size());
      node_ready_ = true;
    }
  if (node_->output() < 0 || node_->join(0ms))
    return fail(errc::unavailable, "the node ended by itself");
  return caf::none;
}

void demo_stage::read_receiver(receiver& from) {
  for (auto& line : from.process->read_lines()) {
    auto seen = parse_sighting(from.who, line);
    if (!seen)
      continue;
    if (seen->kind == "ready")
      from.url = seen->url;
    on_seen_(*seen);
  }
}

caf::error demo_stage::read_children() {
  for (auto& x : receivers_) {
    if (!x.process)
      continue;
    read_receiver(x);
    if (x.process->output() < 0)
      return fail(errc::unavailable, "receiver " + x.who + " ended by itself");
  }
  return node_ ? read_node() : caf::error{};
}

caf::error demo_stage::pump(std::chrono::milliseconds timeout) {
  std::vector<pollfd> waits{{signals_, POLLIN, 0}};
  if (node_)
    waits.push_back({node_->output(), POLLIN, 0});
  for (auto& x : receivers_)
    if (x.process)
      waits.push_back({x.process->output(), POLLIN, 0});
  ::poll(waits.data(), waits.size(), static_cast<int>(timeout.count()));
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof(info)) == sizeof(info))
    return fail(errc::stopping, "interrupted");
  return read_children();
}

caf::error demo_stage::wait_until(const std::function<bool()>& done,
                                  std::chrono::milliseconds timeout,
                                  const std::string& otherwise) {
  constexpr std::chrono::milliseconds slice = 50ms;
  auto until = clock::now() + timeout;
  while (!done()) {
    if (clock::now() >= until)
      return fail(errc::timeout, otherwise);
    if (auto err = pump(slice))
      return err;
  }
  return caf::none;
}

caf::error demo_stage::pause(std::chrono::milliseconds time) {
  auto err = wait_until([] { return false; }, time, "");
  return err && code_of(err) == errc::timeout ? caf::error{} : err;
}

caf::error demo_stage::wait_for_signal() {
  constexpr std::chrono::milliseconds slice = 500ms;
  for (;;)
    if (auto err = pump(slice))
      return err;
}

caf::expected<http_response> demo_stage::ask(const node_request& what) {
  client_settings to;
  to.node = node_url_;
  auto node = node_client::make(to, 5s);
  if (!node)
    return std::move(node.error());
  return (*node)->exchange(what);
}

std::string demo_stage::node_log_tail() const {
  std::ifstream in{folder_ + "/node.log"};
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
    if (lines.size() > log_tail_lines)
      lines.pop_front();
  }
  std::string result;
  for (auto& x : lines)
    result += "  " + x + "\n";
  return result;
}

} // namespace herald
