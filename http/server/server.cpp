#include "http/server/server.hpp"

#include "http/problem.hpp"
#include "http/server/listener.hpp"
#include "http/server/reply_queue.hpp"
#include "http/server/response_writer.hpp"
#include "http/server/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cassert>
#include <string>
#include <utility>

namespace herald {

namespace net = boost::asio;
using boost::system::error_code;

/// Everything of a server that lives on its I/O thread.
class server::core : public session_host,
                     public std::enable_shared_from_this<core> {
public:
  using clock = session::clock;

  core(net::io_context& io, server_limits limits, handler deliver, judge gate)
    : io_(io), limits_(limits), deliver_(std::move(deliver)),
      gate_(std::move(gate)), sweeper_(io) {
    // nop
  }

  /// Apart from the constructor, because it needs `weak_from_this`.
  void start();
  caf::expected<endpoint> listen(const endpoint& where, sharing how);
  void begin_stop(milliseconds grace, std::function<void()> done);
  void abort();
  net::io_context& io() { return io_; }
  void set_judge(judge gate) { gate_ = std::move(gate); }

  std::optional<http_response> judge_head(http_request& what) override {
    return gate_(what);
  }
  uint64_t dispatch(session& from, http_request what) override;
  bool reserve(size_t more) override;
  void release(size_t bytes) override;
  void ended(session& who) override;
  const server_limits& limits() const override { return limits_; }
  std::string_view date() override;
  bool stopping() const override { return stopping_; }

private:
  struct acceptor {
    tcp_acceptor socket;
    bool paused = false;
  };

  void accept(size_t index);
  void on_accepted(size_t index, error_code ec, tcp_socket socket);
  void admit(tcp_socket socket);
  void turn_away(tcp_socket socket);
  uint32_t free_slot();
  void flush_requests();
  void deliver_replies();
  void settle(const reply& what);
  void schedule_sweep();
  void sweep();
  void close_acceptors();
  void finish_stop();
  template <class F>
  void for_each_session(F f);

  net::io_context& io_;
  server_limits limits_;
  handler deliver_;
  judge gate_;
  net::steady_timer sweeper_;
  std::vector<acceptor> acceptors_;
  std::vector<std::shared_ptr<session>> slots_;
  std::vector<uint32_t> free_;
  size_t open_ = 0;
  size_t buffered_ = 0;
  uint64_t serials_ = 0;
  std::vector<exchange_ptr> requests_; // Read in this turn of the loop.
  std::shared_ptr<reply_queue> replies_;
  std::vector<reply> settling_;
  date_cache date_;
  bool stopping_ = false;
  clock::time_point stop_at_ = clock::time_point::max();
  std::function<void()> done_;
};

void server::core::start() {
  auto wake = [this, weak = weak_from_this()] {
    net::post(io_, [weak] {
      if (auto self = weak.lock())
        self->deliver_replies();
    });
  };
  replies_ = std::make_shared<reply_queue>(std::move(wake));
  schedule_sweep();
}

caf::expected<endpoint> server::core::listen(const endpoint& where,
                                             sharing how) {
  auto opened = open_listener(io_, where, how == sharing::first);
  if (!opened)
    return std::move(opened.error());
  endpoint result{where.host, opened->local_endpoint().port()};
  acceptors_.push_back({std::move(*opened)});
  accept(acceptors_.size() - 1);
  return result;
}

void server::core::accept(size_t index) {
  acceptors_[index].paused = false;
  acceptors_[index].socket.async_accept(
    [self = shared_from_this(), index](error_code ec, tcp_socket socket) {
      self->on_accepted(index, ec, std::move(socket));
    });
}

void server::core::on_accepted(size_t index, error_code ec, tcp_socket socket) {
  if (stopping_ || ec == net::error::operation_aborted)
    return;
  // Out of descriptors or memory: goes on with the next sweep.
  if (ec && ec != net::error::connection_aborted) {
    acceptors_[index].paused = true;
    return;
  }
  if (!ec && open_ < limits_.connections)
    admit(std::move(socket));
  else if (!ec)
    turn_away(std::move(socket));
  accept(index);
}

uint32_t server::core::free_slot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  auto result = free_.back();
  free_.pop_back();
  return result;
}

void server::core::admit(tcp_socket socket) {
  auto fresh = make_session(std::move(socket), shared_from_this());
  fresh->slot = free_slot();
  slots_[fresh->slot] = fresh;
  ++open_;
  fresh->start();
}

// Best effort: nobody waits for this client.
void server::core::turn_away(tcp_socket socket) {
  refusal why;
  why.status = 503;
  why.sentence = "The node has as many connections as it can.";
  why.retry_after = retry_overloaded_s;
  framing closing;
  closing.close = true;
  std::string answer;
  write_response(answer, problem_response(why), closing, date());
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(net::buffer(answer), ignored);
  socket.shutdown(tcp_socket::shutdown_both, ignored);
}

// Posted behind what the loop has ready: the requests of one turn go together.
uint64_t server::core::dispatch(session& from, http_request what) {
  requests_.push_back(
    make_exchange(replies_, from.slot, ++serials_, std::move(what)));
  if (requests_.size() == 1)
    net::post(io_, [self = shared_from_this()] { self->flush_requests(); });
  return serials_;
}

void server::core::flush_requests() {
  std::vector<exchange_ptr> batch;
  batch.swap(requests_);
  if (deliver_ && !batch.empty())
    deliver_(std::move(batch));
}

void server::core::deliver_replies() {
  replies_->take(settling_);
  for (auto& what : settling_)
    settle(what);
  settling_.clear();
}

void server::core::settle(const reply& what) {
  auto who = slots_[what.slot];
  if (who == nullptr)
    return;
  if (what.response)
    who->answer(what.serial, *what.response);
  else
    who->abandon(what.serial);
}

bool server::core::reserve(size_t more) {
  if (more > limits_.buffered_bytes - buffered_)
    return false;
  buffered_ += more;
  return true;
}

void server::core::release(size_t bytes) {
  assert(bytes <= buffered_);
  buffered_ -= bytes;
}

std::string_view server::core::date() {
  using std::chrono::system_clock;
  return date_.at(system_clock::to_time_t(system_clock::now()));
}

void server::core::ended(session& who) {
  assert(slots_[who.slot].get() == &who);
  slots_[who.slot].reset();
  free_.push_back(who.slot);
  --open_;
  if (stopping_ && open_ == 0)
    finish_stop();
}

// A session may end within `f`, so it is held meanwhile.
template <class F>
void server::core::for_each_session(F f) {
  for (size_t i = 0; i < slots_.size(); ++i)
    if (auto who = slots_[i])
      f(*who);
}

void server::core::schedule_sweep() {
  sweeper_.expires_after(limits_.sweep_interval);
  sweeper_.async_wait([weak = weak_from_this()](error_code ec) {
    auto self = weak.lock();
    if (!ec && self != nullptr)
      self->sweep();
  });
}

void server::core::sweep() {
  auto now = clock::now();
  for (size_t i = 0; i < acceptors_.size(); ++i)
    if (acceptors_[i].paused)
      accept(i);
  for_each_session([now](session& who) { who.sweep(now); });
  if (now >= stop_at_)
    for_each_session([](session& who) { who.close(); });
  if (!stopping_ || open_ > 0)
    schedule_sweep();
}

void server::core::close_acceptors() {
  error_code ignored;
  for (auto& x : acceptors_) {
    x.paused = false;
    x.socket.close(ignored);
  }
}

void server::core::begin_stop(milliseconds grace, std::function<void()> done) {
  assert(!stopping_);
  stopping_ = true;
  done_ = std::move(done);
  stop_at_ = clock::now() + grace;
  close_acceptors();
  if (open_ == 0)
    return finish_stop();
  for_each_session([](session& who) { who.stop(); });
}

// Posted, because the last session ends deep within its own call.
void server::core::finish_stop() {
  replies_->close();
  sweeper_.cancel();
  net::post(io_, [self = shared_from_this()] {
    self->requests_.clear();
    self->deliver_ = nullptr;
    if (auto done = std::exchange(self->done_, nullptr))
      done();
  });
}

void server::core::abort() {
  stopping_ = true;
  done_ = nullptr;
  replies_->close();
  close_acceptors();
  sweeper_.cancel();
  for_each_session([](session& who) { who.close(); });
  requests_.clear();
}

server::server(net::io_context& io, server_limits limits, handler deliver,
               judge gate)
  : core_(
    std::make_shared<core>(io, limits, std::move(deliver), std::move(gate))) {
  core_->start();
}

server::~server() {
  core_->abort();
}

caf::expected<endpoint> server::listen(const endpoint& where, sharing how) {
  return core_->listen(where, how);
}

std::optional<http_response> let_all_pass(http_request&) {
  return std::nullopt;
}

void server::set_judge(judge gate) {
  net::post(core_->io(), [core = core_, gate = std::move(gate)]() mutable {
    core->set_judge(std::move(gate));
  });
}

void server::stop(milliseconds grace, std::function<void()> done) {
  net::post(core_->io(),
            [core = core_, grace, done = std::move(done)]() mutable {
              core->begin_stop(grace, std::move(done));
            });
}

} // namespace herald
