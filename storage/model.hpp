#pragma once

#include "config/text_hash.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald {

/// What herald keeps. Plain values; the words are those of ARCHITECTURE.md.

using log_id = uint16_t;       ///< A log: `hash(topic) mod L`.
using partition_id = uint16_t; ///< A shard of the subscriptions.
using sequence = uint64_t; ///< Position in a log. Starts at 1, may have gaps.
using epoch = uint64_t;    ///< Ownership of a partition, rises.
using unix_ms = int64_t;   ///< Milliseconds since 1970, UTC.

/// Identifies the pair (topic, callback). The first four bytes choose the
/// partition, so that an id alone finds its row.
struct subscription_id {
  std::array<uint8_t, 16> bytes{};

  /// 32 lower-case hex digits.
  std::string to_string() const;

  /// The reverse of `to_string`; nothing for any other text.
  static std::optional<subscription_id> parse(std::string_view text);

  /// The partition among `partitions` of them.
  partition_id partition(size_t partitions) const;

  /// Both halves as numbers of this machine. The second holds bits of a hash
  /// over topic and callback.
  std::array<uint64_t, 2> halves() const noexcept {
    return std::bit_cast<std::array<uint64_t, 2>>(bytes);
  }

  bool operator==(const subscription_id& other) const noexcept {
    auto mine = halves();
    auto theirs = other.halves();
    return ((mine[0] ^ theirs[0]) | (mine[1] ^ theirs[1])) == 0;
  }

  auto operator<=>(const subscription_id&) const = default;
};

/// The id of (topic, callback). `topic_key` is a `topic::key` (topic.hpp).
/// Subscriptions to a predicate are placed by their callback alone: several
/// layers of one callback then meet in one partition, which delivers once.
/// Subscriptions to a URL are placed by topic and callback.
subscription_id make_subscription_id(std::string_view topic_key, bool is_url,
                                     std::string_view callback);

/// A request field that travels with an event, e.g. `traceparent`.
using field = std::pair<std::string, std::string>;

/// How many nodes an event has come through, in its fields: a decimal number.
/// Not there: it comes from its publisher.
inline constexpr std::string_view hops_field = "herald-hops";

/// More are not taken: what came so far goes round in a circle.
inline constexpr uint32_t max_hops = 8;

/// The number in that field; what is no number is `max_hops`, what is larger
/// than fits is one more.
uint32_t parse_hops(std::string_view text);

/// What is known of an event without its body.
struct event_meta {
  std::string id;           ///< ULID, or derived from an idempotency key.
  std::string topic;        ///< As sent, less empty parts.
  std::string content_type; ///< As published, byte for byte.
  std::vector<field> fields;
  std::string self; ///< Canonical URL of the topic if it differs, else empty.
  unix_ms accepted_at = 0;
  log_id log = 0;
  sequence seq = 0; ///< 0 until it is appended.
  uint32_t body_size = 0;
};

/// An accepted event. Immutable from the moment it is appended, so every
/// actor shares the one copy.
struct event : event_meta {
  std::string body;
  /// SHA-256 of the body where the publisher named the event, so that another
  /// event of that name is noticed; else empty. Kept beside the id only.
  std::string digest;
  /// True if the id was made just now from random bits: `append` may skip the
  /// look-up for a duplicate. Must be false when an append is repeated. Not
  /// stored.
  bool fresh_id = false;
  /// True if the store holds the event and cannot read it: only `log` and
  /// `seq` are known. Not stored.
  bool damaged = false;
  /// The request fields that every subscriber receives alike, serialised once
  /// (actors/delivery/wire.hpp). Not stored.
  std::string wire;
};

/// How many nodes it came through, of its fields.
uint32_t hops_of(const event_meta& what);

using event_ptr = std::shared_ptr<const event>;

enum class signature_method : uint8_t { sha1 = 1, sha256, sha384, sha512 };

/// How an operator wants a subscription to be served. A member that is not set:
/// as the node is configured.
struct delivery_policy {
  std::vector<std::chrono::milliseconds> retry_schedule; ///< Empty: not set.
  std::optional<std::chrono::milliseconds> retry_max_age;
  std::optional<std::chrono::milliseconds> timeout; ///< Of one attempt.
  std::optional<uint32_t> in_flight;                ///< Attempts at once.
  std::optional<double> rate; ///< Attempts a second, at most.
  /// Strictly one after the other, in the order of the log, over failures.
  bool ordered = false;
  std::optional<signature_method> signature; ///< Of X-Hub-Signature.
  std::vector<field> headers;                ///< Sent with every delivery.

  bool operator==(const delivery_policy&) const = default;
};

/// Which entrance a subscription came by: they differ in leases and errors.
enum class entrance : uint8_t { hub = 1, intergov };

/// A requested change that waits for the subscriber's confirmation. The state
/// it would replace stays untouched until then (WebSub 5.1).
struct intent {
  bool subscribe = true; ///< False: unsubscribe.
  std::string secret;
  signature_method method = signature_method::sha256;
  int64_t lease_seconds = 0;
  unix_ms requested_at = 0;
  entrance from = entrance::hub;
  std::string topic; ///< As spelled in this request, and so in its GET.
  /// What a client of PubSubHubbub 0.3 wants to see again in that GET; empty:
  /// nothing.
  std::string verify_token;

  bool operator==(const intent&) const = default;
};

/// The unique pair (topic, callback) and what is known of it. A new member has
/// to be kept in two places: the record (codec_subscription.cpp), and the
/// registry's memory (actors/registry/packed_subscription.cpp).
struct subscription {
  subscription_id id;
  std::string topic;     ///< As subscribed; of a renewal, once it is verified.
  std::string topic_key; ///< Normalised, see topic.hpp.
  std::string callback;  ///< Byte for byte as given.
  bool active = false;   ///< Verified. False: only `pending` counts.
  bool paused = false;
  std::string secret;
  signature_method method = signature_method::sha256;
  int64_t lease_seconds = 0;
  unix_ms created_at = 0;
  unix_ms expires_at = 0; ///< Meaningful while `active`.
  entrance from = entrance::hub;
  /// Per log: only events after this position are this subscription's.
  std::vector<sequence> starts;
  delivery_policy policy;
  std::optional<intent> pending;
  uint64_t revision = 0; ///< Of the partition, at the last change.
  /// Members by tag that a later version of herald has written: kept.
  std::vector<std::pair<uint16_t, std::string>> later;
};

using subscription_ptr = std::shared_ptr<const subscription>;

/// Names one event for one subscription.
struct job_key {
  subscription_id sub;
  log_id log = 0;
  sequence seq = 0;

  auto operator<=>(const job_key&) const = default;
};

/// One event pending for one subscription.
struct job {
  job_key key;
  uint32_t attempt = 0; ///< Attempts that were made.
  unix_ms due = 0;      ///< Not before this time.

  bool operator==(const job&) const = default;
};

/// "Serve this subscription from the log, after this position."
struct lag {
  subscription_id sub;
  log_id log = 0;
  sequence after = 0;
  /// Not 0: somebody asked for a replay of (after, until]; behind it the log is
  /// left out up to `resume`, where the subscription had got to.
  sequence until = 0;
  sequence resume = 0;

  bool operator==(const lag&) const = default;
};

/// How a subscriber has been answering: kept while its last attempt failed.
struct condition {
  subscription_id sub;
  uint32_t failures = 0; ///< Failed attempts in a row.
  unix_ms since = 0;     ///< When the first of them failed.
  unix_ms last_attempt = 0;
  unix_ms open_until = 0; ///< Nothing is sent before; 0: the breaker is closed.
  uint32_t probes = 0;    ///< That failed since the breaker opened.

  bool operator==(const condition&) const = default;
};

/// Why an attempt failed.
enum class failure : uint8_t {
  none = 0, ///< It succeeded.
  dns = 1,
  connect,
  tls,
  timeout,
  status,   ///< An answer other than 2xx.
  protocol, ///< Not HTTP, or the connection broke within the answer.
  policy,   ///< The address is not allowed.
  expired,  ///< The event is past retention.
  damaged,  ///< The stored event cannot be read.
};

std::string_view to_string(failure why);

/// One HTTP request made for a job.
struct attempt_record {
  job_key key;
  uint32_t attempt = 0; ///< From 1.
  unix_ms at = 0;
  uint32_t duration_ms = 0;
  uint16_t status = 0; ///< 0 if there was no answer.
  failure why = failure::none;
  std::string excerpt; ///< Of the response body, at most 1 KiB.

  bool operator==(const attempt_record&) const = default;
};

/// A job that was given up; or, with `up_to > key.seq`, all events of a
/// subscription in [key.seq, up_to].
struct dead_letter {
  job_key key;
  sequence up_to = 0; ///< Equal to `key.seq` for a single event.
  uint32_t attempts = 0;
  unix_ms at = 0;
  failure why = failure::none;
  uint16_t status = 0;

  bool operator==(const dead_letter&) const = default;
};

/// A publisher said that a topic has changed (WebSub: a light ping): the hub
/// owes a fetch.
struct ping {
  std::string topic;     ///< A URL, byte for byte. One row per topic of a log.
  unix_ms since = 0;     ///< When it was said, last.
  uint32_t attempts = 0; ///< Fetches that failed since then.
  unix_ms due = 0;       ///< Not before this time.
  uint32_t hops = 0;     ///< How many nodes the news came through, at most.
  bool followed = false; ///< Nobody said so but another page, by rel=self.

  bool operator==(const ping&) const = default;
};

/// What a topic was like when the hub fetched it last.
struct topic_content {
  std::string topic;
  uint64_t changes = 0; ///< How many times it was found changed.
  std::string etag;     ///< Validators of that answer; empty: it had none.
  std::string last_modified;
  std::string digest;   ///< SHA-256 of the content, 32 bytes.
  std::string self_url; ///< What it called its own URL (rel=self), if anything.

  bool operator==(const topic_content&) const = default;
};

} // namespace herald

template <>
struct std::hash<herald::subscription_id> {
  size_t operator()(const herald::subscription_id& id) const noexcept {
    auto [first, second] = id.halves();
    return herald::seeded(first, second);
  }
};

template <>
struct std::hash<herald::job_key> {
  size_t operator()(const herald::job_key& key) const noexcept;
};
