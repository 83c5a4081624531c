#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace herald::bench {

/// The secret that subscriber `index` subscribes with, one for each.
std::string secret_of(uint64_t index);

/// The hexadecimal digits after `X-Hub-Signature: sha256=` in the head of a
/// delivery; empty if it has no such field.
std::string_view signature_in(std::string_view head);

/// HMAC-SHA256 of the body under the secret, in hexadecimal digits.
std::string sign(std::string_view secret, std::string_view body);

} // namespace herald::bench
