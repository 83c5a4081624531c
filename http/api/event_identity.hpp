#pragma once

#include <string>
#include <string_view>

namespace herald {

/// The ids of events that their publishers name: whoever sends one again gets
/// the first one's id (docs/http-api.md, Events). 32 hex digits of a SHA-256
/// over all parts, each framed by its length: an id stays what it is for as
/// long as the events of a store do, so none of this may change any more.
/// `tenant` is empty for the default one. `topic_key` is a `topic::key`
/// (storage/topic.hpp). Pure functions, any thread.

/// Named by an `Idempotency-Key`.
std::string keyed_event_id(std::string_view tenant, std::string_view topic_key,
                           std::string_view key);

/// The line with that index of a request that has the key as a whole.
std::string keyed_line_id(std::string_view tenant, std::string_view topic_key,
                          std::string_view key, std::string_view index);

/// A CloudEvent, which source and id name (CloudEvents 1.0, 3.1).
std::string cloud_event_id(std::string_view tenant, std::string_view topic_key,
                           std::string_view source, std::string_view id);

} // namespace herald
