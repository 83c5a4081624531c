#pragma once

#include "actors/messages.hpp"
#include "http/problem.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>
#include <variant>

namespace herald {

/// How an operator's wishes for a subscription are read and shown
/// (docs/operation.md). Pure functions, any thread.

/// Limits on the request fields of a policy: their number, and the bytes of a
/// name and of a value.
inline constexpr size_t max_policy_headers = 16;
inline constexpr size_t max_header_name = 256;
inline constexpr size_t max_header_value = 4096;

/// What stands for a header's value where a policy is shown: it may be secret.
inline constexpr std::string_view masked_value = "***";

/// Reads the body of `PATCH /subscriptions/{id}`, a merge patch (RFC 7396) of
/// `paused` and `policy`: null unsets a member, lists and `headers` are
/// replaced as a whole. The refusal is a 400 that names the member and its
/// rule.
std::variant<subscription_patch, refusal> parse_patch(std::string_view body);

/// The members that are set; headers with their values masked.
nlohmann::ordered_json policy_json(const delivery_policy& what);

/// True if a policy may not set this request field: herald sets it, or it
/// speaks of the connection. Any letter case.
bool is_own_header(std::string_view name);

} // namespace herald
