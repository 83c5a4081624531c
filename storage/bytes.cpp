#include "storage/bytes.hpp"

#include <openssl/evp.h>

#include <cassert>

namespace herald {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

} // namespace

std::string to_hex(std::string_view bytes) {
  std::string result;
  result.reserve(2 * bytes.size());
  for (auto c : bytes) {
    result += hex_digits[static_cast<unsigned char>(c) >> 4];
    result += hex_digits[static_cast<unsigned char>(c) & 15];
  }
  return result;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string result(text.size() / 2, '\0');
  if (text.size() % 2 != 0)
    return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    auto digit = hex_digits.find(text[i]);
    if (digit == std::string_view::npos)
      return std::nullopt;
    auto high = static_cast<unsigned char>(result[i / 2]) << 4;
    result[i / 2] = static_cast<char>(high | static_cast<int>(digit));
  }
  return result;
}

uint64_t stable_hash(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (auto c : bytes)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

std::string sha256(std::string_view bytes) {
  std::string result(32, '\0');
  [[maybe_unused]] auto ok = EVP_Digest(
    bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(result.data()),
    nullptr, EVP_sha256(), nullptr);
  assert(ok == 1);
  return result;
}

} // namespace herald
