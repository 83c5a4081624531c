#include "http/asio_address.hpp"

#include <algorithm>

namespace herald {

namespace ip = boost::asio::ip;

ip::address to_asio(const ip_address& from) {
  ip::address_v6::bytes_type octets;
  std::copy(from.bytes.begin(), from.bytes.end(), octets.begin());
  ip::address_v6 result{octets};
  if (from.is_v4())
    return ip::make_address_v4(ip::v4_mapped, result);
  return result;
}

ip_address from_asio(const ip::address& from) {
  if (from.is_v4())
    return ip_address::v4(from.to_v4().to_bytes());
  return ip_address::v6(from.to_v6().to_bytes());
}

} // namespace herald
