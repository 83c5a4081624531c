#include "http/client/tls.hpp"

#include "config/errc.hpp"
#include "config/network.hpp"

#include <boost/asio/ssl/error.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace herald {

namespace ssl = boost::asio::ssl;

caf::expected<tls_context_ptr> make_client_tls(const std::string& ca_file) {
  boost::system::error_code ec;
  auto result = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(result->native_handle(), TLS1_2_VERSION);
  result->set_verify_mode(ssl::verify_peer, ec);
  result->set_default_verify_paths(ec);
  if (!ec && !ca_file.empty())
    result->load_verify_file(ca_file, ec);
  if (ec)
    return fail(errc::invalid, "cannot read the certificate authorities"
                                 + (ca_file.empty() ? "" : " in " + ca_file)
                                 + ": " + ec.message());
  return result;
}

bool expect_host(tls_stream& stream, std::string host) {
  // A dot at the end is of DNS alone (RFC 6066, 3).
  if (host.ends_with('.'))
    host.pop_back();
  auto* handle = stream.native_handle();
  auto* rules = SSL_get0_param(handle);
  if (ip_address::parse(host))
    return X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // What SSL_set_tlsext_host_name does, less its C-style cast.
  auto* name = host.data();
  return SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME,
                  TLSEXT_NAMETYPE_host_name, name)
           == 1
         && X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()) == 1;
}

std::string describe_handshake(tls_stream& stream,
                               const boost::system::error_code& ec) {
  auto verdict = SSL_get_verify_result(stream.native_handle());
  if (verdict == X509_V_OK)
    return "TLS handshake failed: " + ec.message();
  return std::string{"certificate refused: "}
         + X509_verify_cert_error_string(verdict);
}

} // namespace herald
