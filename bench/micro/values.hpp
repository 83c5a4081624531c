#pragma once

#include "storage/model.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace herald::micro {

/// What the micro benchmarks work on: values as a busy node has them.

/// Of each event, in bytes.
inline constexpr size_t body_bytes = 1024;

/// Of each subscription; 32 bytes after the prefix of Standard Webhooks.
inline constexpr std::string_view secret
  = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Event number `n` of log 0, its request fields serialised.
event make_event(uint64_t n);

/// A verified subscription to `topic`, with a secret.
subscription make_subscription(std::string_view topic, uint64_t n);

/// A JSON object of about `body_bytes` whose member `predicate` comes last.
std::string make_json();

/// The same as a structured CloudEvent.
std::string make_cloud_event();

} // namespace herald::micro
