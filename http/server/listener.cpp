#include "http/server/listener.hpp"

#include "config/errc.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <sys/socket.h>

namespace herald {

namespace net = boost::asio;

namespace {

using boost::system::error_code;
using address = net::ip::tcp::endpoint;

errc meaning_of(error_code ec) {
  if (ec == boost::system::errc::permission_denied)
    return errc::permission;
  if (ec == boost::system::errc::address_in_use)
    return errc::busy;
  return errc::invalid;
}

caf::error cannot_listen(const endpoint& where, error_code ec) {
  return fail(meaning_of(ec),
              "cannot listen on " + where.to_string() + ": " + ec.message());
}

bool share_port(tcp_acceptor& socket) {
  int on = 1;
  return ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on,
                      sizeof(on))
         == 0;
}

error_code open(tcp_acceptor& socket, const address& where, bool shared) {
  error_code ec;
  socket.open(where.protocol(), ec);
  if (!ec)
    socket.set_option(tcp_acceptor::reuse_address{true}, ec);
  if (!ec && where.address().is_v6())
    socket.set_option(net::ip::v6_only{true}, ec);
  if (!ec && shared && !share_port(socket))
    ec = error_code{errno, boost::system::system_category()};
  if (!ec)
    socket.bind(where, ec);
  if (!ec)
    socket.listen(tcp_acceptor::max_listen_connections, ec);
  return ec;
}

// Without SO_REUSEPORT the kernel refuses an address that is listened on.
error_code probe(net::io_context& io, const address& where) {
  tcp_acceptor socket{io.get_executor()};
  return where.port() == 0 ? error_code{} : open(socket, where, false);
}

} // namespace

caf::expected<tcp_acceptor>
open_listener(net::io_context& io, const endpoint& where, bool exclusive) {
  error_code ec;
  address to{net::ip::make_address(where.host, ec), where.port};
  if (!ec && exclusive)
    ec = probe(io, to);
  tcp_acceptor result{io.get_executor()};
  if (!ec)
    ec = open(result, to, true);
  if (ec)
    return cannot_listen(where, ec);
  return result;
}

} // namespace herald
