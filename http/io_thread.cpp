#include "http/io_thread.hpp"

#include <boost/asio/post.hpp>

#include <cassert>
#include <csignal>

#include <pthread.h>

namespace herald {

namespace {

// A new thread inherits the mask, so there is no moment without it.
class blocked_signals {
public:
  blocked_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }

  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;

  ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
  sigset_t before_;
};

} // namespace

io_thread::io_thread(const std::string& name) : work_(context_.get_executor()) {
  blocked_signals guard;
  thread_ = std::thread{[this] { context_.run(); }};
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

io_thread::~io_thread() {
  stop();
}

void io_thread::stop() {
  if (!thread_.joinable())
    return;
  assert(thread_.get_id() != std::this_thread::get_id());
  boost::asio::post(context_, [this] { context_.stop(); });
  thread_.join();
}

} // namespace herald
