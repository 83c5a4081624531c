#include "http/node_client.hpp"

#include "storage/target.hpp"
#include "config/errc.hpp"
#include "config/units.hpp"
#include "config/version.hpp"
#include "http/form.hpp"
#include "http/problem.hpp"
#include "http/terminal.hpp"
#include "http/tls.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace herald {

namespace net = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = net::ip::tcp;

namespace {

using request_message = beast::http::request<beast::http::string_body>;
using answer_parser = beast::http::response_parser<beast::http::string_body>;

http_response
to_response(beast::http::response<beast::http::string_body> from) {
  http_response result;
  result.status = from.result_int();
  for (auto& x : from)
    result.fields.emplace_back(
      lowered({x.name_string().data(), x.name_string().size()}),
      std::string{x.value().data(), x.value().size()});
  result.body = std::move(from.body());
  return result;
}

/// Failures of a connection that the node closed while it was idle.
bool is_stale(const error_code& ec) {
  return ec == beast::http::error::end_of_stream || ec == net::error::eof
         || ec == net::error::connection_reset || ec == net::error::broken_pipe
         || ec == net::ssl::error::stream_truncated;
}

std::string_view value_of(const http_response& answer, std::string_view name) {
  for (auto& [key, value] : answer.fields)
    if (key == name)
      return value;
  return {};
}

/// The sentence of an RFC 9457 problem or of intergov's errors.
std::string detail_of(const std::string& body) {
  auto parsed = nlohmann::json::parse(body, nullptr, false);
  if (!parsed.is_object())
    return {};
  for (auto* name : {"detail", "title"})
    if (auto i = parsed.find(name); i != parsed.end() && i->is_string())
      return i->get<std::string>();
  return {};
}

} // namespace

class node_client::core {
public:
  core(target to, std::string prefix, std::string token,
       std::chrono::milliseconds timeout)
    : to_(std::move(to)), prefix_(std::move(prefix)), token_(std::move(token)),
      timeout_(timeout) {
    // nop
  }

  caf::error prepare();
  caf::expected<http_response> exchange(const node_request& what);

private:
  using clock = std::chrono::steady_clock;

  template <class Start>
  error_code run(Start start);
  request_message message(const node_request& what) const;
  caf::error open();
  error_code resolve(tcp::resolver::results_type& into);
  error_code connect();
  caf::error secure();
  error_code converse(const request_message& what, answer_parser& into);
  void close();
  caf::error unreachable(const std::string& why) const;
  caf::error failure(const error_code& ec) const;

  target to_;
  std::string prefix_;
  std::string token_;
  std::chrono::milliseconds timeout_;
  clock::time_point deadline_{};
  net::io_context io_{1};
  tcp::socket socket_{io_};
  tls_context_ptr tls_context_;
  std::optional<tls_stream> tls_;
  beast::flat_buffer buffer_;
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
template <class Start>
error_code node_client::core::run(Start start) {
  std::optional<error_code> result;
  start([&](error_code ec, auto&&...) { result = ec; });
  io_.restart();
  while (!result && clock::now() < deadline_)
    io_.run_one_until(deadline_);
  if (result)
    return *result;
  close();
  io_.restart();
  io_.run(); // What was cancelled still refers to this frame.
  return net::error::timed_out;
}

request_message node_client::core::message(const node_request& what) const {
  request_message result;
  result.method_string(what.method);
  result.target(prefix_ + what.target);
  result.version(11);
  result.set(beast::http::field::host, to_.authority);
  result.set(beast::http::field::user_agent,
             "herald/" + std::string{version()});
  if (!token_.empty())
    result.set(beast::http::field::authorization, "Bearer " + token_);
  for (auto& [name, value] : what.fields)
    result.insert(name, value);
  result.body() = what.body;
  result.prepare_payload();
  return result;
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
  return run([&](auto done) {
    names.async_resolve(to_.host, std::to_string(to_.port),
                        [&into, done](error_code why, auto found) {
                          into = found;
                          done(why);
                        });
  });
}

error_code node_client::core::connect() {
  tcp::resolver::results_type where;
  if (auto ec = resolve(where))
    return ec;
  auto ec = run([&](auto done) { net::async_connect(socket_, where, done); });
  error_code ignored;
  if (!ec)
    socket_.set_option(tcp::no_delay{true}, ignored);
  return ec;
}

caf::error node_client::core::secure() {
  tls_.emplace(socket_, *tls_context_);
  if (!expect_host(*tls_, to_.host))
    return unreachable("no certificate can be for this host");
  auto ec = run([&](auto done) {
    tls_->async_handshake(net::ssl::stream_base::client, done);
  });
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

error_code node_client::core::converse(const request_message& what,
                                       answer_parser& into) {
  auto through = [&](auto& stream) {
    if (auto ec
        = run([&](auto done) { beast::http::async_write(stream, what, done); }))
      return ec;
    return run(
      [&](auto done) { beast::http::async_read(stream, buffer_, into, done); });
  };
  return tls_ ? through(*tls_) : through(socket_);
}

void node_client::core::close() {
  error_code ignored;
  tls_.reset();
  socket_.close(ignored);
  buffer_.clear();
  is_open_ = false;
}

caf::error node_client::core::unreachable(const std::string& why) const {
  return fail(errc::unreachable, to_.origin + ": " + why);
}

caf::error node_client::core::failure(const error_code& ec) const {
  if (ec == net::error::timed_out)
    return fail(errc::timeout, to_.origin + " did not answer within "
                                 + print_duration(timeout_));
  if (ec == beast::http::error::body_limit)
    return fail(errc::too_large, to_.origin + " answers with more than "
                                   + print_size(max_answer_bytes));
  if (ec == net::error::connection_refused)
    return unreachable("no node listens there; start one with `herald serve`, "
                       "or name yours with --node");
  return unreachable(ec.message());
}

caf::expected<http_response>
node_client::core::exchange(const node_request& what) {
  deadline_ = clock::now() + timeout_;
  auto sent = message(what);
  for (auto kept = is_open_;; kept = false) {
    if (!kept)
      if (auto err = open())
        return err;
    answer_parser parser;
    parser.body_limit(max_answer_bytes);
    auto ec = converse(sent, parser);
    if (ec) {
      close();
      if (kept && is_stale(ec) && !parser.got_some())
        continue;
      return failure(ec);
    }
    if (!parser.get().keep_alive())
      close();
    return to_response(parser.release());
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
  auto prefix = parsed->path == "/" ? "" : parsed->path;
  auto made = std::make_unique<core>(std::move(*parsed), std::move(prefix),
                                     to.token, timeout);
  if (auto err = made->prepare())
    return err;
  return std::unique_ptr<node_client>{new node_client(std::move(made))};
}

caf::expected<http_response> node_client::exchange(const node_request& what) {
  return core_->exchange(what);
}

std::string form_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != plain.npos)
      result += c;
    else
      result.append("%")
        .append(1, digits[byte >> 4])
        .append(1, digits[byte & 15]);
  }
  return result;
}

std::string form_of(const std::vector<field>& parameters) {
  std::string result;
  for (auto& [name, value] : parameters)
    if (!value.empty())
      result.append(result.empty() ? "" : "&")
        .append(name)
        .append("=")
        .append(form_encoded(value));
  return result;
}

std::string query_of(const std::vector<field>& parameters) {
  auto result = form_of(parameters);
  return result.empty() ? result : "?" + result;
}

std::string explain(const http_response& answer) {
  constexpr size_t max_shown = 500;
  auto text = detail_of(answer.body);
  if (text.empty())
    text = answer.body;
  text.erase(text.find_last_not_of(" \r\n") + 1);
  if (text.empty())
    text = reason_phrase(answer.status);
  return std::to_string(answer.status) + ": "
         + shortened(printable(text), max_shown);
}

std::chrono::milliseconds retry_after(const http_response& answer,
                                      std::chrono::milliseconds otherwise) {
  constexpr uint64_t max_seconds = 60;
  auto seconds = parse_count(value_of(answer, "retry-after"), 0, UINT32_MAX);
  if (!seconds)
    return otherwise;
  return std::chrono::seconds{std::min(*seconds, max_seconds)};
}

bool is_transient(const http_response& answer) {
  return answer.status == 429 || answer.status == 503;
}

} // namespace herald
