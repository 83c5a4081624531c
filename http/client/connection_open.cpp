#include "http/asio_address.hpp"
#include "http/client/connection.hpp"
#include "http/client/core.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

namespace asio = boost::asio;

using asio::ip::tcp;
using boost::system::error_code;

void client_connection::open(client_time now) {
  if (!core_.options().policy.allows_port(attempt_->to().port))
    return fail(failure::policy, "the callback's port is not allowed");
  connect_deadline_ = std::min(now + core_.options().delivery.connect_timeout,
                               attempt_->deadline);
  stage_ = stage::resolving;
  const auto& host = attempt_->to().host;
  if (auto literal = ip_address::parse(host))
    return on_resolved(resolution{{*literal}, {}, now});
  core_.names().resolve(host, now,
                        [self = pointer{this}](const resolution_ptr& found) {
                          self->on_resolved(*found);
                        });
}

void client_connection::on_resolved(const resolution& found) {
  if (stage_ != stage::resolving)
    return;
  if (found.addresses.empty())
    return fail(failure::dns, "name not resolved: " + found.error);
  expires = found.at + core_.options().delivery.connection_age;
  for (const auto& address : found.addresses)
    if (core_.options().policy.allows(address))
      addresses_.push_back(address);
  if (addresses_.empty())
    return fail(failure::policy, "the callback's address is not allowed");
  connect_next(std::chrono::steady_clock::now());
}

// The time that is left is shared out among the addresses that are left, so
// that a silent one does not cost the others their chance.
void client_connection::connect_next(client_time now) {
  stage_ = stage::connecting;
  while (next_address_ < addresses_.size()) {
    auto left = static_cast<int64_t>(addresses_.size() - next_address_);
    address_deadline_ = now + (connect_deadline_ - now) / left;
    const auto& address = addresses_[next_address_++];
    tcp::endpoint to{to_asio(address), attempt_->to().port};
    // The rules may have changed while others were tried.
    if (!core_.options().policy.allows(address) || !open_socket(to))
      continue;
    return socket_.async_connect(
      to, [self = pointer{this}, round = ++round_](const error_code& ec) {
        self->on_connected(round, ec);
      });
  }
  fail(failure::connect, "no connection: " + last_error_);
}

bool client_connection::open_socket(const tcp::endpoint& to) {
  error_code ec;
  socket_.close(ec);
  socket_.open(to.protocol(), ec);
  if (!ec)
    socket_.non_blocking(true, ec);
  if (!ec)
    socket_.set_option(tcp::no_delay{true}, ec);
  if (ec)
    last_error_ = ec.message();
  return !ec;
}

void client_connection::on_connected(unsigned round, const error_code& ec) {
  if (stage_ != stage::connecting || round != round_)
    return;
  if (ec) {
    last_error_ = ec.message();
    return connect_next(std::chrono::steady_clock::now());
  }
  if (leads_home())
    return refuse_self("the address is one that this node listens on");
  if (attempt_->to().tls)
    shake_hands();
  else
    transmit();
}

bool client_connection::leads_home() const {
  error_code ec;
  auto peer = socket_.remote_endpoint(ec);
  auto local = socket_.local_endpoint(ec);
  return !ec
         && core_.options().self.listens_at(
           from_asio(peer.address()), peer.port(), from_asio(local.address()));
}

void client_connection::shake_hands() {
  stage_ = stage::handshaking;
  tls_.emplace(socket_, core_.tls());
  if (!expect_host(*tls_, attempt_->to().host))
    return fail(failure::tls, "the host cannot have a certificate");
  tls_->async_handshake(
    tls_stream::client,
    [self = pointer{this}](const error_code& ec) { self->on_handshake(ec); });
}

void client_connection::on_handshake(const error_code& ec) {
  if (stage_ != stage::handshaking)
    return;
  if (ec)
    return fail(failure::tls, describe_handshake(*tls_, ec));
  transmit();
}

void client_connection::check_connect(client_time now) {
  if (now >= connect_deadline_)
    return fail(failure::timeout, "no connection in time");
  if (stage_ == stage::connecting && now >= address_deadline_
      && next_address_ < addresses_.size()) {
    last_error_ = "no connection in time";
    connect_next(now);
  }
}

} // namespace herald
