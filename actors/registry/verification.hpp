#pragma once

#include "actors/messages.hpp"

#include <caf/expected.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace herald {

/// The GETs that a hub makes to a callback (WebSub 5.2 and 5.3): their URLs and
/// what their answers mean. Pure but for the random bytes, any thread.

/// A GET that got no answer, or 5xx, is tried again after these delays; then it
/// has failed for good.
inline constexpr std::array<std::chrono::seconds, 4> verification_delays{
  std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{15},
  std::chrono::seconds{30}};

/// A longer answer cannot be the challenge.
inline constexpr size_t max_verification_body = 4096;

/// 256 random bits in URL-safe characters, for one request only (WebSub 8.2).
/// Fails if the operating system has no random bytes.
caf::expected<std::string> make_challenge();

/// `path` with the hub's parameters behind the callback's own query, which is
/// kept byte for byte, overlapping names included (WebSub 5.1.1).
std::string verification_path(std::string_view path, std::string_view topic,
                              const intent& what, std::string_view challenge);

/// The same for a subscription that policy denies (WebSub 5.2).
std::string denial_path(std::string_view path, std::string_view topic,
                        std::string_view reason);

/// What the answer to such a GET means.
enum class callback_answer : uint8_t {
  confirmed, ///< 2xx and exactly the challenge.
  refused,   ///< Any other answer: final.
  silent,    ///< No answer, or 5xx: worth another try.
};

/// `challenge` is empty for a denial: any answer then confirms it.
callback_answer judge(const fetch_reply& reply, std::string_view challenge);

} // namespace herald
