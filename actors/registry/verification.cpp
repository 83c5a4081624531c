#include "actors/registry/verification.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <openssl/rand.h>

namespace herald {

namespace {

constexpr size_t random_bytes = 32;

/// Six bits a character: unreserved in URLs (RFC 4648, section 5).
constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(const std::array<unsigned char, random_bytes>& bytes) {
  std::string result;
  uint32_t bits = 0;
  unsigned held = 0;
  for (auto byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6)
      result += alphabet[bits >> (held - 6) & 63];
  }
  result += alphabet[bits << (6 - held) & 63];
  return result;
}

/// Grows `path` by one parameter after another.
class query_writer {
public:
  explicit query_writer(std::string_view path) : path_(path) {
    auto mark = path.find('?');
    if (mark == std::string_view::npos)
      path_ += '?';
    separate_ = mark != std::string_view::npos && mark + 1 < path.size();
  }

  query_writer& add(std::string_view name, std::string_view value) {
    if (separate_)
      path_ += '&';
    separate_ = true;
    path_.append(name).append("=").append(boost::urls::encode(
      {value.data(), value.size()}, boost::urls::unreserved_chars));
    return *this;
  }

  std::string take() { return std::move(path_); }

private:
  std::string path_;
  bool separate_ = false;
};

} // namespace

caf::expected<std::string> make_challenge() {
  std::array<unsigned char, random_bytes> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return fail(errc::unavailable, "The system has no random bytes.");
  return base64url(bytes);
}

std::string verification_path(std::string_view path, std::string_view topic,
                              const intent& what, std::string_view challenge) {
  query_writer query{path};
  query.add("hub.mode", what.subscribe ? "subscribe" : "unsubscribe")
    .add("hub.topic", topic)
    .add("hub.challenge", challenge);
  if (what.subscribe)
    query.add("hub.lease_seconds", std::to_string(what.lease_seconds));
  if (!what.verify_token.empty())
    query.add("hub.verify_token", what.verify_token);
  return query.take();
}

std::string denial_path(std::string_view path, std::string_view topic,
                        std::string_view reason) {
  return query_writer{path}
    .add("hub.mode", "denied")
    .add("hub.topic", topic)
    .add("hub.reason", reason)
    .take();
}

callback_answer judge(const fetch_reply& reply, std::string_view challenge) {
  auto status = reply.outcome.status;
  if (reply.outcome.why == failure::policy)
    return callback_answer::refused;
  if (status == 0 || status >= 500)
    return callback_answer::silent;
  if (challenge.empty())
    return callback_answer::confirmed;
  return status / 100 == 2 && reply.body == challenge
           ? callback_answer::confirmed
           : callback_answer::refused;
}

} // namespace herald
