#include "tests/http/client/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace herald::test {

namespace {

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr)
    throw std::runtime_error{"bad extension " + value};
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

} // namespace

identity make_identity(const std::string& common_name, const std::string& names,
                       const identity* issuer, bool expired) {
  identity result{{EVP_EC_gen("P-256"), EVP_PKEY_free},
                  {X509_new(), X509_free}};
  auto* cert = result.certificate.get();
  const auto& by = issuer == nullptr ? result : *issuer;
  static long serial = 1;
  X509_set_version(cert, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
  X509_gmtime_adj(X509_getm_notBefore(cert), -7200);
  X509_gmtime_adj(X509_getm_notAfter(cert), expired ? -60 : 3600);
  X509_set_pubkey(cert, result.key.get());
  auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             text, -1, -1, 0);
  X509_set_issuer_name(cert, X509_get_subject_name(by.certificate.get()));
  if (names.empty())
    add_extension(cert, by.certificate.get(), NID_basic_constraints,
                  "critical,CA:TRUE");
  else
    add_extension(cert, by.certificate.get(), NID_subject_alt_name, names);
  X509_sign(cert, by.key.get(), EVP_sha256());
  return result;
}

ssl_context_ptr serve_as(const identity& who, int max_version) {
  ssl_context_ptr result{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  SSL_CTX_set_security_level(result.get(), 0); // to offer what is outdated
  SSL_CTX_set_max_proto_version(result.get(), max_version);
  SSL_CTX_use_certificate(result.get(), who.certificate.get());
  SSL_CTX_use_PrivateKey(result.get(), who.key.get());
  return result;
}

void write_pem(const identity& who, const std::filesystem::path& to) {
  std::unique_ptr<FILE, int (*)(FILE*)> file{std::fopen(to.c_str(), "w"),
                                             std::fclose};
  if (!file || PEM_write_X509(file.get(), who.certificate.get()) != 1)
    throw std::runtime_error{"cannot write " + to.string()};
}

} // namespace herald::test
