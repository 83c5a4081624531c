#include "bench/load/tls.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace herald::bench {

namespace {

constexpr long day_s = 86'400;

struct free_parts {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* part) const { X509_EXTENSION_free(part); }
  void operator()(FILE* file) const { std::fclose(file); }
};

template <class T>
using owned = std::unique_ptr<T, free_parts>;

[[noreturn]] void fail_tls(const char* what) {
  std::string text(256, '\0');
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  text.resize(text.find('\0'));
  throw std::runtime_error{std::string{what} + ": " + text};
}

void must(bool done, const char* what) {
  if (!done)
    fail_tls(what);
}

owned<X509> certificate_of(EVP_PKEY* key) {
  owned<X509> result{X509_new()};
  must(result != nullptr, "X509_new");
  auto* cert = result.get();
  X509_set_version(cert, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert), -day_s);
  X509_gmtime_adj(X509_getm_notAfter(cert), day_s);
  X509_set_pubkey(cert, key);
  auto* name = X509_get_subject_name(cert);
  const unsigned char text[] = "herald_bench";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(cert, name);
  owned<X509_EXTENSION> host{X509V3_EXT_conf_nid(
    nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1")};
  must(host && X509_add_ext(cert, host.get(), -1) == 1, "subjectAltName");
  must(X509_sign(cert, key, EVP_sha256()) > 0, "X509_sign");
  return result;
}

} // namespace

tls_server::tls_server() : context_{SSL_CTX_new(TLS_server_method())} {
  must(context_ != nullptr, "SSL_CTX_new");
  owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  must(key != nullptr, "EVP_EC_gen");
  auto cert = certificate_of(key.get());
  must(SSL_CTX_use_certificate(context(), cert.get()) == 1
         && SSL_CTX_use_PrivateKey(context(), key.get()) == 1,
       "SSL_CTX_use_certificate");
  SSL_CTX_set_min_proto_version(context(), TLS1_2_VERSION);
  // One system call takes several records.
  SSL_CTX_set_read_ahead(context(), 1);
}

void tls_server::write_certificate(const std::filesystem::path& file) const {
  owned<FILE> out{std::fopen(file.c_str(), "we")};
  must(out != nullptr
         && PEM_write_X509(out.get(), SSL_CTX_get0_certificate(context())) == 1,
       file.c_str());
}

tls_session::tls_session(const tls_server& of, int socket)
  : session_{SSL_new(of.context())} {
  must(session_ != nullptr && SSL_set_fd(session_.get(), socket) == 1,
       "SSL_new");
  SSL_set_accept_state(session_.get());
}

ssize_t tls_session::receive(char* to, size_t size) {
  size_t received = 0;
  was_full_ = false;
  while (received < size) {
    ERR_clear_error();
    size_t next = 0;
    auto result
      = SSL_read_ex(session_.get(), to + received, size - received, &next);
    received += next;
    if (result == 1)
      continue;
    if (received > 0)
      break;
    auto why = SSL_get_error(session_.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
      return 0;
    errno = EAGAIN;
    return -1;
  }
  was_full_ = received == size;
  return static_cast<ssize_t>(received);
}

bool tls_session::send(std::string_view what) {
  ERR_clear_error();
  size_t sent = 0;
  return SSL_write_ex(session_.get(), what.data(), what.size(), &sent) == 1
         && sent == what.size();
}

} // namespace herald::bench
