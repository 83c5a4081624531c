#include "bench/load/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace herald::bench {

namespace {

std::string to_hex(const unsigned char* bytes, size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (size_t i = 0; i < size; ++i)
    result.append({digits[bytes[i] >> 4U], digits[bytes[i] & 15U]});
  return result;
}

} // namespace

std::string secret_of(uint64_t index) {
  return "secret-of-subscriber-" + std::to_string(index);
}

std::string_view signature_in(std::string_view head) {
  constexpr std::string_view field = "\r\nX-Hub-Signature: sha256=";
  auto at = head.find(field);
  if (at == std::string_view::npos)
    return {};
  head.remove_prefix(at + field.size());
  return head.substr(0, head.find('\r'));
}

std::string sign(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  ::HMAC(::EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(body.data()), body.size(),
         digest.data(), &size);
  return to_hex(digest.data(), size);
}

} // namespace herald::bench
