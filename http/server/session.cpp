#include "http/server/session.hpp"

#include "http/asio_address.hpp"
#include "http/problem.hpp"
#include "http/server/request_reader.hpp"
#include "http/server/response_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cassert>
#include <string>

namespace herald {

namespace net = boost::asio;

namespace {

using boost::system::error_code;
using step = request_reader::step;

// A small request arrives in one read; a body gets larger ones.
constexpr size_t header_read_bytes = 4096;
constexpr size_t body_read_bytes = 64 * 1024;
// What an idle connection keeps of its buffers.
constexpr size_t max_idle_buffer = 8192;

constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

enum class phase {
  idle,      // Between requests.
  header,    // Within request line and fields.
  body,      // Within the body.
  waiting,   // For the engine's answer.
  writing,   // The answer.
  lingering, // Until the client closes too.
  closed
};

class connection : public session,
                   public std::enable_shared_from_this<connection> {
public:
  connection(tcp_socket socket, std::shared_ptr<session_host> host)
    : socket_(std::move(socket)), host_(std::move(host)),
      limits_(host_->limits()),
      reader_(limits_.header_bytes, limits_.body_bytes) {
    // nop
  }

  void start() override;
  void answer(uint64_t serial, const http_response& response) override;
  void abandon(uint64_t serial) override;
  void sweep(clock::time_point now) override;
  void stop() override;
  void close() override;

private:
  void enter(phase next, server_limits::ms deadline);
  void read();
  void on_read(error_code ec, size_t bytes);
  void discard();
  void parse();
  void enter_body();
  void on_partial();
  bool account();
  void hand_over();
  std::optional<http_response> judge();
  void settle(const http_response& response, step read);
  void refuse_request(const refusal& why);
  void send(const http_response& response, framing how);
  void flush();
  void on_written(error_code ec);
  void written();
  void linger();
  void next_request();
  bool has_begun();

  tcp_socket socket_;
  std::shared_ptr<session_host> host_;
  const server_limits& limits_;
  request_reader reader_;
  ip_address peer_;
  boost::beast::flat_buffer in_;
  std::string out_;
  clock::time_point deadline_;
  clock::time_point linger_end_;
  phase phase_ = phase::header;
  uint64_t serial_ = 0;
  size_t accounted_ = 0; // Bytes of the body in the host's books.
  size_t lingered_ = 0;
  bool reading_ = false;
  bool eof_ = false;
  bool head_only_ = false;
  bool continued_ = false;
  bool close_after_ = false;
  bool judged_ = false;
  std::vector<field> answer_fields_;
};

void connection::enter(phase next, server_limits::ms deadline) {
  assert(phase_ != phase::closed);
  phase_ = next;
  deadline_ = clock::now() + deadline;
}

void connection::start() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(net::ip::tcp::no_delay{true}, ignored);
  peer_ = from_asio(socket_.remote_endpoint(ignored).address());
  enter(phase::header, limits_.header_deadline);
  read();
}

void connection::read() {
  if (reading_ || phase_ == phase::closed)
    return;
  if (eof_)
    return close();
  reading_ = true;
  auto size = phase_ == phase::body ? body_read_bytes : header_read_bytes;
  socket_.async_read_some(in_.prepare(size), [self = shared_from_this()](
                                               error_code ec, size_t bytes) {
    self->reading_ = false;
    self->on_read(ec, bytes);
  });
}

void connection::on_read(error_code ec, size_t bytes) {
  if (phase_ == phase::closed)
    return;
  eof_ = ec == net::error::eof;
  if (ec && !eof_)
    return close();
  in_.commit(bytes);
  if (phase_ == phase::writing || phase_ == phase::lingering)
    return discard();
  if (eof_)
    return close();
  parse();
}

// Nothing that comes after the last answer counts.
void connection::discard() {
  lingered_ += in_.size();
  in_.consume(in_.size());
  if (phase_ != phase::lingering)
    return;
  auto now = clock::now();
  if (eof_ || lingered_ > limits_.lingering_bytes || now >= linger_end_)
    return close();
  deadline_ = std::min(now + limits_.linger_deadline, linger_end_);
  read();
}

void connection::parse() {
  if (in_.size() == 0)
    return read();
  if (phase_ == phase::idle)
    enter(phase::header, limits_.header_deadline);
  auto bytes = in_.cdata();
  size_t used = 0;
  auto result = reader_.feed(
    {static_cast<const char*>(bytes.data()), bytes.size()}, used);
  in_.consume(used);
  if (reader_.has_sound_head() && !judged_)
    if (auto refused = judge())
      return settle(*refused, result);
  if (result == step::failed)
    return refuse_request(reader_.why());
  if (!account())
    return;
  if (result == step::complete)
    hand_over();
  else
    on_partial();
}

void connection::on_partial() {
  if (phase_ == phase::header && reader_.has_header())
    enter_body();
  else
    read();
}

void connection::enter_body() {
  auto extra = reader_.expected_body() / limits_.min_bytes_per_second;
  enter(phase::body, limits_.body_deadline + std::chrono::seconds{extra});
  if (!reader_.expects_continue() || continued_)
    return read();
  // The line fits into the socket's empty buffer; a client that has filled it
  // without reading is none that waits.
  continued_ = true;
  error_code ec;
  auto sent = socket_.write_some(
    net::buffer(continue_line.data(), continue_line.size()), ec);
  if (ec || sent != continue_line.size())
    return close();
  read();
}

// Bodies are in the books until their request is answered.
bool connection::account() {
  auto size = reader_.request().body.size();
  if (size <= accounted_ || host_->reserve(size - accounted_)) {
    accounted_ = std::max(accounted_, size);
    return true;
  }
  refusal why;
  why.status = 503;
  why.sentence = "The node holds as many bodies as it can.";
  why.retry_after = retry_overloaded_s;
  refuse_request(why);
  return false;
}

/// Its body is not read for a request that would be refused all the same, and
/// nobody is asked to send one.
std::optional<http_response> connection::judge() {
  judged_ = true;
  auto& request = reader_.request();
  request.peer = peer_;
  auto result = host_->judge_head(request);
  answer_fields_ = std::move(request.answer_fields);
  return result;
}

/// Answers a request that was refused by its head; `read` is how far it has
/// come.
void connection::settle(const http_response& response, step read) {
  close_after_
    = read != step::complete || !reader_.keep_alive() || host_->stopping();
  send(response, {reader_.request().method == "HEAD", close_after_,
                  reader_.is_http_1_0()});
}

void connection::hand_over() {
  enter(phase::waiting, limits_.answer_deadline);
  auto& request = reader_.request();
  head_only_ = request.method == "HEAD";
  close_after_ = !reader_.keep_alive();
  serial_ = host_->dispatch(*this, std::move(request));
}

void connection::refuse_request(const refusal& why) {
  close_after_ = true;
  if (!judged_)
    judge();
  send(refuse(reader_.request(), why),
       {reader_.request().method == "HEAD", true, false});
}

void connection::answer(uint64_t serial, const http_response& response) {
  if (phase_ != phase::waiting || serial != serial_)
    return;
  close_after_ = close_after_ || host_->stopping();
  send(response, {head_only_, close_after_, reader_.is_http_1_0()});
}

void connection::abandon(uint64_t serial) {
  if (phase_ == phase::waiting && serial == serial_)
    close();
}

void connection::send(const http_response& response, framing how) {
  host_->release(accounted_);
  accounted_ = 0;
  enter(phase::writing, limits_.write_deadline);
  out_.clear();
  if (answer_fields_.empty()) {
    write_response(out_, response, how, host_->date());
  } else {
    auto whole = response;
    whole.fields.insert(whole.fields.end(), answer_fields_.begin(),
                        answer_fields_.end());
    write_response(out_, whole, how, host_->date());
  }
  flush();
}

// Most answers fit into the socket's buffer: no handler for those.
void connection::flush() {
  error_code ec;
  auto sent = socket_.write_some(net::buffer(out_), ec);
  if (ec && ec != net::error::would_block && ec != net::error::try_again)
    return close();
  if (sent == out_.size())
    return written();
  net::async_write(socket_, net::buffer(out_) + sent,
                   [self = shared_from_this()](error_code code, size_t) {
                     self->on_written(code);
                   });
}

void connection::on_written(error_code ec) {
  if (phase_ != phase::writing)
    return;
  if (ec)
    return close();
  written();
}

void connection::written() {
  if (close_after_ || host_->stopping())
    return linger();
  next_request();
}

// Closing with bytes unread would reset the connection, and the client might
// lose the answer (RFC 9112, 9.6): proxies send the whole of a body that is too
// large before they look for it.
void connection::linger() {
  error_code ignored;
  socket_.shutdown(net::ip::tcp::socket::shutdown_send, ignored);
  enter(phase::lingering, limits_.linger_deadline);
  linger_end_ = clock::now() + limits_.body_deadline;
  in_.consume(in_.size());
  read();
}

void connection::next_request() {
  reader_.restart();
  continued_ = false;
  judged_ = false;
  answer_fields_.clear();
  if (out_.capacity() > max_idle_buffer)
    std::string{}.swap(out_);
  if (in_.size() == 0 && in_.capacity() > max_idle_buffer)
    in_.shrink_to_fit();
  enter(phase::idle, limits_.idle_deadline);
  parse();
}

bool connection::has_begun() {
  return phase_ == phase::body
         || (phase_ == phase::header
             && (in_.size() > 0 || !reader_.request().method.empty()));
}

void connection::sweep(clock::time_point now) {
  if (phase_ == phase::closed || now < deadline_)
    return;
  if (!has_begun())
    return close();
  refusal why;
  why.status = 408;
  why.sentence = "The request took too long to arrive.";
  refuse_request(why);
}

void connection::stop() {
  if (phase_ == phase::idle || phase_ == phase::header || phase_ == phase::body)
    close();
}

void connection::close() {
  if (phase_ == phase::closed)
    return;
  phase_ = phase::closed;
  host_->release(accounted_);
  accounted_ = 0;
  error_code ignored;
  socket_.close(ignored);
  host_->ended(*this);
}

} // namespace

std::shared_ptr<session> make_session(tcp_socket socket,
                                      std::shared_ptr<session_host> host) {
  return std::make_shared<connection>(std::move(socket), std::move(host));
}

} // namespace herald
