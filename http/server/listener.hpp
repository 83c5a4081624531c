#pragma once

#include "config/config.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <caf/expected.hpp>

namespace herald {

/// A listening socket bound to its I/O thread's executor.
using tcp_acceptor
  = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                       boost::asio::io_context::executor_type>;

/// Opens a listening socket that other sockets of this user may share
/// (SO_REUSEPORT). `exclusive`: fails if there is one on the address already,
/// because a second node by mistake would silently take half the connections.
/// Errors: `invalid`, `busy`, `permission`; the text names the address.
caf::expected<tcp_acceptor> open_listener(boost::asio::io_context& io,
                                          const endpoint& where,
                                          bool exclusive);

} // namespace herald
