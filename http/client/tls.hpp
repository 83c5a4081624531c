#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>

namespace herald {

using tls_context_ptr = std::shared_ptr<boost::asio::ssl::context>;

/// TLS on top of a socket that somebody else owns.
using tls_stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

/// A context for outbound connections: TLS 1.2 or newer, the peer must show a
/// certificate that the system's authorities, or those in `ca_file` (PEM, may
/// be empty), vouch for. errc::invalid, naming the file, if it cannot be read.
/// The context may serve several connections of one thread.
caf::expected<tls_context_ptr> make_client_tls(const std::string& ca_file);

/// Prepares `stream` for a handshake with `host`, a name or an address literal
/// without brackets: asks for it (SNI, names only) and lets the handshake fail
/// if the certificate is not for it (RFC 9110 section 4.3.4). False if the
/// host cannot be a certificate's subject.
bool expect_host(tls_stream& stream, std::string host);

/// Why a handshake failed, for people: the reason the certificate was refused,
/// if it was.
std::string describe_handshake(tls_stream& stream,
                               const boost::system::error_code& ec);

} // namespace herald
