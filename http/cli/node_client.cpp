#include "http/cli/node_client.hpp"

#include "config/errc.hpp"
#include "config/units.hpp"
#include "config/version.hpp"
#include "http/client/answer_parser.hpp"
#include "http/client/tls.hpp"
#include "storage/target.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace herald {

namespace net = boost::asio;
using boost::system::error_code;
using tcp = net::ip::tcp;

namespace {

/// Failures of a connection that the node closed while it was idle.
bool is_stale(const error_code& ec) {
  return ec == net::error::eof || ec == net::error::connection_reset
         || ec == net::error::broken_pipe
         || ec == net::ssl::error::stream_truncated;
}

bool is_end(const error_code& ec) {
  return ec == net::error::eof || ec == net::ssl::error::stream_truncated;
}

/// A value in the head of a request; nobody can begin another line with it.
std::string one_line(std::string_view text) {
  std::string result{text};
  std::erase_if(result, [](char c) { return c == '\r' || c == '\n'; });
  return result;
}

} // namespace

class node_client::core {
public:
  core(target to, std::string prefix, const client_settings& how,
       std::chrono::milliseconds timeout)
    : to_(std::move(to)), prefix_(std::move(prefix)), token_(how.token),
      is_node_(how.is_node), timeout_(timeout) {
    // nop
  }

  caf::error prepare();
  caf::expected<http_response> exchange(const node_request& what);

private:
  using clock = std::chrono::steady_clock;

  /// What came of an operation. One type of handler for all of them: each
  /// other one would be compiled with all of Asio's machinery.
  struct outcome {
    std::optional<error_code> why;
    size_t bytes = 0;
  };

  struct handler {
    outcome* into;

    void operator()(error_code ec, size_t bytes = 0) const {
      into->why = ec;
      into->bytes = bytes;
    }
  };

  error_code wait(const outcome& of);
  std::string head_of(const node_request& what) const;
  caf::error open();
  error_code resolve(tcp::resolver::results_type& into);
  error_code connect();
  error_code connect(const tcp::endpoint& where);
  caf::error secure();
  error_code send(std::string_view bytes);
  error_code receive();
  caf::error converse(const std::string& sent, bool& is_stale_connection);
  caf::error read_answer(bool& is_stale_connection);
  void close();
  caf::error unreachable(const std::string& why) const;
  caf::error failure(const error_code& ec) const;

  target to_;
  std::string prefix_;
  std::string token_;
  bool is_node_;
  std::chrono::milliseconds timeout_;
  clock::time_point deadline_{};
  net::io_context io_{1};
  tcp::socket socket_{io_};
  tls_context_ptr tls_context_;
  std::optional<tls_stream> tls_;
  std::string received_; ///< And not yet parsed.
  answer_parser parser_;
  bool is_open_ = false;
};

caf::error node_client::core::prepare() {
  if (!to_.tls)
    return caf::none;
  auto made = make_client_tls("");
  if (!made)
    return std::move(made.error());
  tls_context_ = std::move(*made);
  return caf::none;
}

/// Runs one operation until it is done or the deadline has passed.
error_code node_client::core::wait(const outcome& of) {
  io_.restart();
  while (!of.why && clock::now() < deadline_)
    io_.run_one_until(deadline_);
  if (of.why)
    return *of.why;
  error_code ignored;
  socket_.close(ignored);
  io_.restart();
  io_.run(); // What was cancelled still refers to the caller's frame.
  return net::error::timed_out;
}

std::string node_client::core::head_of(const node_request& what) const {
  auto result
    = what.method + " " + one_line(prefix_ + what.target) + " HTTP/1.1\r\n";
  auto add = [&](std::string_view name, std::string_view value) {
    result.append(name).append(": ").append(one_line(value)).append("\r\n");
  };
  add("Host", to_.authority);
  add("User-Agent", "herald/" + std::string{version()});
  if (what.method == "GET")
    add("Accept-Encoding", "identity");
  if (!token_.empty())
    add("Authorization", "Bearer " + token_);
  for (auto& [name, value] : what.fields)
    add(name, value);
  if (!what.body.empty() || what.method == "POST")
    add("Content-Length", std::to_string(what.body.size()));
  return result + "\r\n";
}

error_code node_client::core::resolve(tcp::resolver::results_type& into) {
  error_code ec;
  auto address = net::ip::make_address(to_.host, ec);
  if (!ec) {
    tcp::endpoint where{address, to_.port};
    into = tcp::resolver::results_type::create(where, to_.host, "");
    return {};
  }
  tcp::resolver names{io_};
  outcome done;
  names.async_resolve(to_.host, std::to_string(to_.port),
                      [&into, &done](error_code why, auto found) {
                        into = found;
                        done.why = why;
                      });
  return wait(done);
}

error_code node_client::core::connect(const tcp::endpoint& where) {
  error_code ignored;
  socket_.close(ignored);
  outcome done;
  socket_.async_connect(where, handler{&done});
  return wait(done);
}

error_code node_client::core::connect() {
  tcp::resolver::results_type found;
  if (auto ec = resolve(found))
    return ec;
  error_code ec = net::error::host_not_found;
  for (auto& each : found) {
    ec = connect(each.endpoint());
    if (!ec || ec == net::error::timed_out)
      break;
  }
  error_code ignored;
  if (!ec)
    socket_.set_option(tcp::no_delay{true}, ignored);
  return ec;
}

caf::error node_client::core::secure() {
  tls_.emplace(socket_, *tls_context_);
  if (!expect_host(*tls_, to_.host))
    return unreachable("no certificate can be for this host");
  outcome done;
  tls_->async_handshake(net::ssl::stream_base::client, handler{&done});
  auto ec = wait(done);
  if (ec == net::error::timed_out)
    return failure(ec);
  return ec ? unreachable(describe_handshake(*tls_, ec)) : caf::error{};
}

caf::error node_client::core::open() {
  close();
  if (auto ec = connect())
    return failure(ec);
  if (to_.tls)
    if (auto err = secure())
      return err;
  is_open_ = true;
  return caf::none;
}

error_code node_client::core::send(std::string_view bytes) {
  while (!bytes.empty()) {
    outcome done;
    auto what = net::const_buffer{bytes.data(), bytes.size()};
    if (tls_)
      tls_->async_write_some(what, handler{&done});
    else
      socket_.async_write_some(what, handler{&done});
    if (auto ec = wait(done))
      return ec;
    bytes.remove_prefix(done.bytes);
  }
  return {};
}

error_code node_client::core::receive() {
  std::array<char, 16 * 1024> bytes;
  outcome done;
  auto into = net::mutable_buffer{bytes.data(), bytes.size()};
  if (tls_)
    tls_->async_read_some(into, handler{&done});
  else
    socket_.async_read_some(into, handler{&done});
  auto ec = wait(done);
  received_.append(bytes.data(), done.bytes);
  return ec;
}

caf::error node_client::core::read_answer(bool& is_stale_connection) {
  for (auto is_first = true;; is_first = false) {
    auto ec = receive();
    is_stale_connection = is_first && is_stale(ec);
    if (ec && !is_end(ec))
      return failure(ec);
    size_t used = 0;
    auto progress = ec ? parser_.finish() : parser_.feed(received_, used);
    received_.erase(0, used);
    if (progress == answer_parser::progress::done)
      return caf::none;
    if (progress == answer_parser::progress::too_long)
      return fail(errc::too_large, to_.origin + " answers with more than "
                                     + print_size(max_answer_bytes));
    if (progress == answer_parser::progress::broken)
      return unreachable(parser_.reason());
  }
}

caf::error node_client::core::converse(const std::string& sent,
                                       bool& is_stale_connection) {
  if (auto ec = send(sent)) {
    is_stale_connection = is_stale(ec);
    return failure(ec);
  }
  return read_answer(is_stale_connection);
}

void node_client::core::close() {
  error_code ignored;
  tls_.reset();
  socket_.close(ignored);
  received_.clear();
  is_open_ = false;
}

caf::error node_client::core::unreachable(const std::string& why) const {
  return fail(errc::unreachable, to_.origin + ": " + why);
}

caf::error node_client::core::failure(const error_code& ec) const {
  if (ec == net::error::timed_out)
    return fail(errc::timeout, to_.origin + " did not answer within "
                                 + print_duration(timeout_));
  if (ec == net::error::connection_refused && is_node_)
    return unreachable("no node listens there; start one with `herald serve`, "
                       "or name yours with --node");
  return unreachable(ec.message());
}

caf::expected<http_response>
node_client::core::exchange(const node_request& what) {
  deadline_ = clock::now() + timeout_;
  auto sent = head_of(what) + what.body;
  for (auto kept = is_open_;; kept = false) {
    if (!kept)
      if (auto err = open())
        return err;
    parser_.start({max_answer_bytes, max_answer_bytes, true});
    auto is_stale_connection = false;
    if (auto err = converse(sent, is_stale_connection)) {
      close();
      if (kept && is_stale_connection)
        continue;
      return err;
    }
    if (!parser_.keep_alive() || !received_.empty())
      close();
    auto& answer = parser_.result();
    if (auto err = take_codings_off(answer, max_answer_bytes))
      return unreachable("the answer's body " + describe(err));
    return http_response{answer.status, std::move(answer.fields),
                         std::move(answer.body)};
  }
}

node_client::node_client(std::unique_ptr<core> made) : core_(std::move(made)) {
  // nop
}

node_client::~node_client() = default;

caf::expected<std::unique_ptr<node_client>>
node_client::make(const client_settings& to,
                  std::chrono::milliseconds timeout) {
  if (auto base = parse_base_url(to.node); !base)
    return fail(errc::invalid, "the node's URL (--node or HERALD_NODE): "
                                 + describe(base.error()));
  auto parsed = parse_target(to.node);
  if (!parsed)
    return fail(errc::invalid, "the node's URL (--node or HERALD_NODE): "
                                 + describe(parsed.error()));
  if (!to.token.empty() && !to.insecure && !parsed->tls
      && !is_loopback_host(parsed->host))
    return fail(errc::invalid,
                "the token (HERALD_TOKEN) would go to " + to.node
                  + " in the clear: name the node by https, or say --insecure");
  auto prefix = parsed->path == "/" ? "" : parsed->path;
  auto made = std::make_unique<core>(std::move(*parsed), std::move(prefix), to,
                                     timeout);
  if (auto err = made->prepare())
    return err;
  return std::unique_ptr<node_client>{new node_client(std::move(made))};
}

caf::expected<http_response> node_client::exchange(const node_request& what) {
  return core_->exchange(what);
}

} // namespace herald
