#pragma once

#include "tests/http/client/raw_server.hpp"

#include <openssl/ssl.h>

#include <filesystem>
#include <memory>
#include <string>

namespace herald::test {

using key_ptr = std::shared_ptr<EVP_PKEY>;
using certificate_ptr = std::shared_ptr<X509>;

/// A key with a certificate for it.
struct identity {
  key_ptr key;
  certificate_ptr certificate;
};

/// Makes a certificate signed by `issuer`, or by itself. `names` is a
/// subjectAltName such as `DNS:a.example,IP:127.0.0.1`; empty makes an
/// authority. It is valid for an hour, or was until a minute ago.
identity make_identity(const std::string& common_name, const std::string& names,
                       const identity* issuer = nullptr, bool expired = false);

/// A server's side of TLS that shows `who`.
ssl_context_ptr serve_as(const identity& who, int max_version = TLS1_3_VERSION);

/// Writes the certificate as PEM.
void write_pem(const identity& who, const std::filesystem::path& to);

} // namespace herald::test
