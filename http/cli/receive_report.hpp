#pragma once

#include "config/text_hash.hpp"
#include "http/cli/terminal.hpp"
#include "http/exchange.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace herald {

/// What `herald receive` thinks of the requests it gets, and how it says so.
/// Pure, without threads of its own.

/// Of a delivery: `none` it carries no signature, `unchecked` it does, but no
/// secret is known.
enum class signature_verdict : uint8_t { ok, bad, none, unchecked };

std::string_view to_string(signature_verdict what);

/// Checks X-Hub-Signature (WebSub 7.1) and webhook-signature (Standard
/// Webhooks, with five minutes of tolerance); all that are there have to be
/// right. An empty `secret` is none.
signature_verdict check_signatures(const http_request& request,
                                   std::string_view secret, unix_ms now);

enum class received_kind : uint8_t { delivery, verification, denial, other };

/// One request, taken apart. What is missing is empty.
struct received {
  received_kind kind = received_kind::other;
  unix_ms time = 0;
  std::string path;
  std::string mode;  ///< Of a verification.
  std::string topic; ///< Link's rel=self, Herald-Topic or hub.topic.
  std::string lease; ///< hub.lease_seconds.
  std::string challenge;
  std::string reason; ///< Of a denial.
  std::string id;     ///< webhook-id
  std::string attempt;
  size_t bytes = 0;
  signature_verdict signature = signature_verdict::none;
  bool duplicate = false; ///< Answered with 2xx before.
  unsigned status = 200;  ///< The answer.
};

/// All but `duplicate` and `status`.
received take_apart(const http_request& request, std::string_view secret,
                    unix_ms now);

/// Whether it is of `topic`, which was subscribed to; empty: any is. A delivery
/// of another URL counts as well: a page may have a canonical one of its own
/// (WebSub 4).
bool is_expected(const received& what, const std::string& topic);

/// The target of rel="self" in a Link field, or empty.
std::string self_link(std::string_view link);

/// The line for people, with its end; `where` colours it.
std::string line_of(const received& what, const paint& where);

/// The same for scripts: one JSON object.
std::string json_of(const received& what);

/// What came in, in numbers.
class receive_counts {
public:
  /// How many deliveries are remembered to find duplicates.
  static constexpr size_t max_remembered = 1'000'000;

  /// Counts the delivery, whose status is known, and marks duplicates.
  void add(received& what, bool secret_known);

  std::string summary() const;
  std::string summary_json() const;

private:
  void remember(std::string key);

  uint64_t deliveries_ = 0;
  uint64_t distinct_ = 0;
  uint64_t duplicates_ = 0;
  uint64_t bad_signatures_ = 0;
  uint64_t failed_ = 0; ///< Answered with anything but 2xx.
  std::unordered_set<std::string, text_hash> seen_;
  std::deque<std::string> order_;
};

} // namespace herald
