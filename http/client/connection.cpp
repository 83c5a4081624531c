#include "http/client/connection.hpp"

#include "config/errc.hpp"
#include "http/client/core.hpp"
#include "http/client/request_head.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <memory>
#include <utility>

namespace herald {

namespace asio = boost::asio;

using boost::system::error_code;

namespace {

using buffers = std::array<asio::const_buffer, 2>;

} // namespace

client_connection::client_connection(client_core& core, client_origin& to)
  : core_(core), origin_(to), socket_(core.io()), in_(small_buffer) {
  // nop
}

client_connection::~client_connection() {
  delete attempt_;
}

void client_connection::send(client_attempt& what) {
  assert(attempt_ == nullptr);
  assert(stage_ == stage::fresh || stage_ == stage::idle);
  attempt_ = &what;
  if (origin_.is_base_url && what.is_to_callback())
    return refuse_self("the callback is this node's base URL");
  if (stage_ == stage::fresh)
    open(std::chrono::steady_clock::now());
  else
    transmit();
}

void client_connection::check(client_time now) {
  if (stage_ != stage::busy)
    return check_connect(now);
  if (now >= attempt_->deadline)
    break_off(failure::timeout, "no complete answer in time");
}

void client_connection::give_up() {
  break_off(failure::timeout, "no answer yet, and others waited");
}

// -- the request --------------------------------------------------------------

void client_connection::transmit() {
  stage_ = stage::busy;
  answered_ = false;
  sent_ = false;
  expect_answer();
  compose();
  if (tls_)
    write_tls();
  else
    write_plain();
  if (!reading_)
    read();
}

void client_connection::expect_answer() {
  if (attempt_->fetch)
    parser_.start({.max_body = attempt_->fetch->what.max_body,
                   .keep_body = attempt_->fetch->what.max_body,
                   .keep_fields = true});
  else
    parser_.start({.max_body = http_client::max_post_answer,
                   .keep_body = http_client::max_excerpt});
}

void client_connection::compose() {
  auto& out = core_.scratch();
  out.clear();
  if (attempt_->fetch)
    return append_request(attempt_->fetch->what, core_.options().user_agent,
                          out);
  append_head(attempt_->post, out);
  if (long_body().empty())
    out += attempt_->post.what->body;
}

std::string_view client_connection::long_body() const {
  if (attempt_->fetch || attempt_->post.what->body.size() <= max_copied_body)
    return {};
  return attempt_->post.what->body;
}

// A write that fails is not the end: the peer may have answered before it
// closed. The read that is pending tells.
void client_connection::write_plain() {
  auto head = asio::buffer(core_.scratch());
  auto body = long_body();
  error_code ec;
  size_t sent = body.empty()
                  ? socket_.write_some(head, ec)
                  : socket_.write_some(buffers{head, asio::buffer(body)}, ec);
  if (ec && ec != asio::error::would_block)
    return;
  sent_ = sent == head.size() + body.size();
  if (!sent_)
    write_rest(sent);
}

// The handlers hold the event: after a failure they may still look at the body
// when nobody else does any more.
void client_connection::write_rest(size_t sent) {
  auto from_head = std::min(sent, core_.scratch().size());
  unsent_.assign(core_.scratch(), from_head);
  auto body = long_body();
  body.remove_prefix(sent - from_head);
  asio::async_write(socket_, buffers{asio::buffer(unsent_), asio::buffer(body)},
                    [self = pointer{this}, held = attempt_->post.what](
                      const error_code& ec, size_t) { self->on_written(ec); });
}

void client_connection::write_tls() {
  unsent_.swap(core_.scratch());
  asio::async_write(*tls_,
                    buffers{asio::buffer(unsent_), asio::buffer(long_body())},
                    [self = pointer{this}, held = attempt_->post.what](
                      const error_code& ec, size_t) { self->on_written(ec); });
}

void client_connection::on_written(const error_code& ec) {
  sent_ = !ec;
}

// -- the answer ---------------------------------------------------------------

void client_connection::read() {
  reading_ = true;
  auto room = asio::buffer(in_.data() + filled_, in_.size() - filled_);
  auto handler = [self = pointer{this}](const error_code& ec, size_t bytes) {
    self->on_read(ec, bytes);
  };
  if (tls_)
    tls_->async_read_some(room, std::move(handler));
  else
    socket_.async_read_some(room, std::move(handler));
}

void client_connection::on_read(const error_code& ec, size_t bytes) {
  reading_ = false;
  if (stage_ == stage::closed)
    return;
  // Nothing was asked: the peer closes, or breaks the protocol.
  if (stage_ == stage::idle)
    return core_.lost(*this);
  assert(stage_ == stage::busy);
  if (ec)
    return on_closed(ec);
  filled_ += bytes;
  answered_ = true;
  consume();
}

void client_connection::consume() {
  size_t used = 0;
  auto state = parser_.feed({in_.data(), filled_}, used);
  filled_ -= used;
  if (filled_ > 0 && used > 0)
    std::memmove(in_.data(), in_.data() + used, filled_);
  switch (state) {
    case answer_parser::progress::more:
      return read_more();
    case answer_parser::progress::done:
      return finish(parser_.keep_alive() && sent_ && filled_ == 0);
    case answer_parser::progress::too_long:
      return break_off(failure::protocol, "the answer's body is too long");
    case answer_parser::progress::broken:
      return break_off(failure::protocol, "not HTTP: " + parser_.reason());
  }
}

void client_connection::read_more() {
  if (filled_ == large_buffer)
    return break_off(failure::protocol, "the answer's header is too long");
  if (filled_ == in_.size() || (attempt_->fetch && in_.size() < large_buffer))
    in_.resize(large_buffer);
  read();
}

void client_connection::on_closed(const error_code& ec) {
  if (!answered_ && reused_ && !attempt_->resent)
    return send_again();
  if (ec == asio::error::eof
      && parser_.finish() == answer_parser::progress::done)
    return finish(false);
  break_off(failure::protocol, answered_
                                 ? "closed within the answer: " + ec.message()
                                 : "closed without an answer: " + ec.message());
}

void client_connection::send_again() {
  auto keep = pointer{this};
  auto& what = *std::exchange(attempt_, nullptr);
  close_socket();
  core_.resend(*this, what);
}

// A post has its answer once the status line is there: whatever is wrong behind
// it, sending the event again would be no better.
void client_connection::break_off(failure why, std::string reason) {
  auto& got = parser_.result();
  if (attempt_->fetch || got.status_line == 0)
    return fail(why, std::move(reason));
  got.status = got.status_line;
  finish(false);
}

void client_connection::finish(bool reusable) {
  auto& got = parser_.result();
  if (attempt_->fetch && got.status / 100 == 2)
    if (auto err = take_codings_off(got, attempt_->fetch->what.max_body))
      return fail(failure::protocol, "the answer's body " + describe(err));
  http_outcome outcome;
  outcome.status = got.status;
  outcome.duration_ms = elapsed_ms();
  outcome.retry_after = std::move(got.retry_after);
  if (got.status / 100 != 2)
    outcome.excerpt.assign(got.body, 0, http_client::max_excerpt);
  settle(std::move(outcome), &got, reusable);
}

void client_connection::fail(failure why, std::string reason) {
  http_outcome outcome;
  outcome.why = why;
  outcome.duration_ms = elapsed_ms();
  outcome.excerpt = std::move(reason);
  settle(std::move(outcome), nullptr, false);
}

void client_connection::refuse_self(std::string reason) {
  if (auto& loops = core_.options().loops)
    loops->self_calls.fetch_add(1, relaxed);
  fail(failure::policy, std::move(reason));
}

void client_connection::settle(http_outcome outcome, answer* got,
                               bool reusable) {
  auto keep = pointer{this};
  auto& what = *std::exchange(attempt_, nullptr);
  idle_since = std::chrono::steady_clock::now();
  reusable = reusable && idle_since < expires;
  if (reusable) {
    stage_ = stage::idle;
    reused_ = true;
  } else {
    close_socket();
  }
  core_.settled(*this, what, std::move(outcome), got, reusable);
  if (stage_ != stage::closed && !reading_)
    read();
}

void client_connection::close() {
  assert(attempt_ == nullptr);
  close_socket();
}

void client_connection::close_socket() {
  stage_ = stage::closed;
  error_code ec;
  socket_.close(ec);
}

uint32_t client_connection::elapsed_ms() const {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  auto spent = std::chrono::steady_clock::now() - attempt_->started;
  return static_cast<uint32_t>(duration_cast<milliseconds>(spent).count());
}

} // namespace herald
