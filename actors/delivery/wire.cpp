#include "actors/delivery/wire.hpp"

#include "config/text.hpp"
#include "config/version.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cctype>
#include <optional>

namespace herald {

namespace {

constexpr std::string_view secret_prefix = "whsec_";

constexpr std::string_view hex_digits = "0123456789abcdef";

const EVP_MD* digest_of(signature_method method) {
  switch (method) {
    case signature_method::sha1:
      return EVP_sha1();
    case signature_method::sha384:
      return EVP_sha384();
    case signature_method::sha512:
      return EVP_sha512();
    case signature_method::sha256:
      break;
  }
  return EVP_sha256();
}

std::string_view name_of(signature_method method) {
  switch (method) {
    case signature_method::sha1:
      return "sha1=";
    case signature_method::sha384:
      return "sha384=";
    case signature_method::sha512:
      return "sha512=";
    case signature_method::sha256:
      break;
  }
  return "sha256=";
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// HMAC of `data`; a view into `out`.
std::string_view hmac(const EVP_MD* digest, std::string_view key,
                      std::string_view data,
                      std::array<unsigned char, EVP_MAX_MD_SIZE>& out) {
  unsigned length = 0;
  [[maybe_unused]] auto ok
    = HMAC(digest, key.data(), static_cast<int>(key.size()), bytes(data),
           data.size(), out.data(), &length);
  assert(ok != nullptr);
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string base64(std::string_view data) {
  std::string result(4 * ((data.size() + 2) / 3) + 1, '\0');
  auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                bytes(data), static_cast<int>(data.size()));
  result.resize(static_cast<size_t>(length));
  return result;
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
         || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

std::string standard_key(std::string_view secret) {
  if (secret.starts_with(secret_prefix))
    if (auto key = decode_base64(secret.substr(secret_prefix.size())))
      return *key;
  return std::string{secret};
}

bool must_encode(unsigned char c) {
  return c <= 0x20 || c >= 0x7f || c == '"' || c == '<' || c == '>';
}

/// Control characters may not stand in a field; tabs may.
/// The value goes out byte for byte, but can never end the field: a control
/// character becomes a blank (RFC 9110, 5.5).
void add_field(std::string& out, std::string_view name,
               std::string_view value) {
  out.append(name).append(": ");
  auto begin = static_cast<ptrdiff_t>(out.size());
  out.append(value);
  std::replace_if(out.begin() + begin, out.end(), is_control, ' ');
  out.append("\r\n");
}

template <class Which>
std::string percent_encode(std::string_view text, Which which) {
  std::string result;
  result.reserve(text.size());
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (which(byte)) {
      result += '%';
      result += static_cast<char>(std::toupper(hex_digits[byte >> 4]));
      result += static_cast<char>(std::toupper(hex_digits[byte & 15]));
    } else {
      result += c;
    }
  }
  return result;
}

std::string link_field(const event& what, std::string_view hub_url) {
  std::string result;
  auto is_url = what.topic.find("://") != std::string::npos;
  if (is_url) {
    auto& self = what.self.empty() ? what.topic : what.self;
    result.append("<").append(percent_encode_field(self));
    result.append(">; rel=\"self\", ");
  }
  result.append("<").append(hub_url).append(">; rel=\"hub\"");
  return result;
}

} // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  auto digits = text.find_last_not_of('=') + 1;
  auto padding = text.size() - digits;
  std::string padded{text.substr(0, digits)};
  if (padded.empty() || digits % 4 == 1 || padding > 2
      || (padding > 0 && text.size() % 4 != 0)
      || !std::all_of(padded.begin(), padded.end(), is_base64))
    return std::nullopt;
  padded.resize((digits + 3) / 4 * 4, '=');
  std::string result(padded.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                  bytes(padded), static_cast<int>(padded.size()));
  result.resize(digits * 3 / 4);
  return result;
}

std::shared_ptr<const std::string> subscription_head(const target& to,
                                                     const subscription& who) {
  std::string head;
  head.append("POST ").append(to.path).append(" HTTP/1.1\r\n");
  add_field(head, "Host", to.authority);
  head.append("User-Agent: herald/").append(version()).append("\r\n");
  add_field(head, "Herald-Subscription", who.id.to_string());
  for (const auto& [name, value] : who.policy.headers)
    if (is_token(name))
      add_field(head, name, value);
  return std::make_shared<const std::string>(std::move(head));
}

std::string event_fields(const event& what, std::string_view hub_url) {
  std::string result;
  result.reserve(384);
  if (!what.content_type.empty())
    add_field(result, "Content-Type", what.content_type);
  add_field(result, "Content-Length", std::to_string(what.body.size()));
  add_field(result, "Link", link_field(what, hub_url));
  if (what.topic.find("://") == std::string::npos)
    add_field(result, "Herald-Topic", encode_topic(what.topic));
  add_field(result, "webhook-id", what.id);
  add_field(result, "Herald-Hops", std::to_string(hops_of(what) + 1));
  for (const auto& [name, value] : what.fields)
    if (name != hops_field && is_token(name))
      add_field(result, name, value);
  return result;
}

std::string attempt_fields(const subscription& who, const event& what,
                           uint32_t attempt, unix_ms now) {
  std::string result;
  add_field(result, "Herald-Attempt", std::to_string(attempt));
  if (who.secret.empty())
    return result;
  auto seconds = now / 1000;
  add_field(result, "X-Hub-Signature",
            hub_signature(who.policy.signature.value_or(who.method), who.secret,
                          what.body));
  add_field(result, "webhook-timestamp", std::to_string(seconds));
  add_field(result, "webhook-signature",
            standard_signature(who.secret, what.id, seconds, what.body));
  return result;
}

std::string hub_signature(signature_method method, std::string_view secret,
                          std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> buffer{};
  std::string result{name_of(method)};
  for (auto c : hmac(digest_of(method), secret, body, buffer)) {
    auto byte = static_cast<unsigned char>(c);
    result += hex_digits[byte >> 4];
    result += hex_digits[byte & 15];
  }
  return result;
}

std::string standard_signature(std::string_view secret, std::string_view id,
                               int64_t timestamp, std::string_view body) {
  std::string signed_text;
  signed_text.reserve(id.size() + body.size() + 24);
  signed_text.append(id).append(".");
  signed_text.append(std::to_string(timestamp)).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> buffer{};
  return "v1,"
         + base64(
           hmac(EVP_sha256(), standard_key(secret), signed_text, buffer));
}

bool is_usable_secret(std::string_view secret) {
  if (!secret.starts_with(secret_prefix))
    return true;
  secret.remove_prefix(secret_prefix.size());
  return secret.size() % 4 == 0 && decode_base64(secret);
}

std::string encode_topic(std::string_view text) {
  return percent_encode(
    text, [](unsigned char c) { return c == '%' || must_encode(c); });
}

std::string percent_encode_field(std::string_view text) {
  return percent_encode(text, must_encode);
}

} // namespace herald
