#pragma once

#include "storage/store.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::codec {

/// What rows hold. Each record begins with a byte that names the version of
/// its format; numbers are big-endian, texts have their length in front.
/// What a key says already is not repeated in the record: decoding leaves
/// those members as they are in a default-made value, and the caller fills
/// them in. The layout is listed in docs/formats.md.
///
/// Decoding is total: any bytes give a value, or `incompatible` for a version
/// that this program does not know, or `corrupt`. Pure functions, any thread.

/// The version that this program writes, and the only one that it reads.
inline constexpr uint8_t version = 1;

/// The same of a subscription; of these it reads earlier ones as well. The
/// second ends with members that have a tag each, so that a new member needs no
/// new version: a program that does not know a tag keeps it as it is.
inline constexpr uint8_t subscription_version = 2;

/// Without log and seq. `body_size` counts, not `what.body_size`.
std::string encode(const event_meta& what, size_t body_size);
caf::expected<event_meta> decode_event(std::string_view record);

/// What stands in front of a body's bytes.
std::string_view body_prefix();
caf::expected<std::string_view> decode_body(std::string_view record);

/// Whole, its id included; as of `revision`, if that is given.
std::string encode(const subscription& what);
std::string encode(const subscription& what, uint64_t revision);
caf::expected<subscription> decode_subscription(std::string_view record);

/// Members by tag, as they stand at the end of a subscription.
using tagged_members = std::vector<std::pair<uint16_t, std::string>>;

std::string encode(const tagged_members& what);
caf::expected<tagged_members> decode_members(std::string_view record);

/// The part of a subscription that an operator sets.
std::string encode(const delivery_policy& what);
caf::expected<delivery_policy> decode_policy(std::string_view record);

/// Without subscription and log.
std::string encode(const lag& what);
caf::expected<lag> decode_lag(std::string_view record);

/// Without the subscription.
std::string encode(const condition& what);
caf::expected<condition> decode_condition(std::string_view record);

/// A row of the revisions: which subscription changed.
struct revision_row {
  subscription_id id;
  bool dropped = false;
};

std::string encode(const revision_row& what);
caf::expected<revision_row> decode_revision(std::string_view record);

/// Attempts and due; the key has the rest.
std::string encode(const job& what);
caf::expected<job> decode_job(std::string_view record);

/// Without job, time and attempt.
std::string encode(const attempt_record& what);
caf::expected<attempt_record> decode_attempt(std::string_view record);

/// Without the job.
std::string encode(const dead_letter& what);
caf::expected<dead_letter> decode_dead(std::string_view record);

/// Without the topic.
std::string encode(const ping& what);
caf::expected<ping> decode_ping(std::string_view record);

/// Without the topic.
std::string encode(const topic_content& what);
caf::expected<topic_content> decode_content(std::string_view record);

/// The record that tells a store of herald from others.
std::string encode(const store_shape& what);
caf::expected<store_shape> decode_shape(std::string_view record);

/// Where the event of an id is.
struct event_place {
  sequence seq = 0;
  std::string digest; ///< Of its body, 32 bytes, or empty.
};

std::string encode(const event_place& what);
caf::expected<event_place> decode_place(std::string_view record);

/// One number: sequences, epochs, attempts of a due row, callback hashes.
std::string encode_number(uint64_t what);
caf::expected<uint64_t> decode_number(std::string_view record);

} // namespace herald::codec
