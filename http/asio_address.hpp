#pragma once

#include "config/network.hpp"

#include <boost/asio/ip/address.hpp>

namespace herald {

/// Asio's addresses and ours, which are used wherever no socket is.

boost::asio::ip::address to_asio(const ip_address& from);

ip_address from_asio(const boost::asio::ip::address& from);

} // namespace herald
