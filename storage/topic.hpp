#pragma once

#include <caf/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// A topic, parsed and normalised: the one validator that every entrance uses.
/// A URL (http or https) is compared byte for byte; a predicate is a dotted
/// name, compared by its parts, ASCII case folded, as a prefix.
/// Pure functions, any thread.
struct topic {
  std::string text; ///< What people see: as given, less empty parts.
  std::string key;  ///< What is compared: the URL, or the folded predicate
                    ///< without a trailing `.` or `.*`; "*" for all predicates.
  bool is_url = false;
};

/// The topic of an event that is sent to one subscription to try it: it matches
/// nobody.
inline constexpr std::string_view ping_topic = "herald.ping";

/// True for what a node says of itself: `herald.dead`, `herald.subscription`
/// and what is below it, `herald.ping`. Nobody else publishes there, and `*`
/// does not match it; who wants it, names it.
bool is_own_topic(std::string_view published_key);

/// True for a subscription to (some of) what a node says of itself.
bool wants_own_topics(std::string_view subscribed_key);

/// Limits on a topic's length in bytes.
inline constexpr size_t max_topic_bytes = 2048;

/// A topic to subscribe to. Accepts absolute http(s) URLs without fragment and
/// predicates, `*` included; one trailing dot is dropped. `allow_url = false`
/// (intergov) refuses every text with a `/`, and a trailing dot. The error's
/// sentence is the rule that is broken; for predicates it is intergov's
/// wording. The order of the checks is that of docs/http-api.md, "Topics".
caf::expected<topic> parse_subscribed_topic(std::string_view text,
                                            bool allow_url = true);

/// A topic to publish to. A predicate loses its empty parts; `*`, a part that
/// ends in `*` (other than a last part that is `*` alone, which is dropped),
/// `.`, nothing and an own topic of the node are refused; `allow_url = false`
/// for a JSON `predicate`.
caf::expected<topic> parse_published_topic(std::string_view text,
                                           bool allow_url = true);

/// The key of an event's topic: of what `parse_published_topic` has accepted,
/// or the node says of itself.
std::string published_key(std::string_view topic);

/// The parts of a predicate's key, e.g. {"un", "cefact"}. Views into `key`.
std::vector<std::string_view> predicate_parts(std::string_view key);

/// True if a subscription to `subscribed_key` wants an event published under
/// `published_key`. Both are `topic::key`s. The registry's index computes the
/// same for many; this is the definition that tests hold it to.
bool topic_matches(std::string_view subscribed_key,
                   std::string_view published_key);

/// The keys of all subscriptions that want an event published under
/// `published_key`, the most specific first: those that `topic_matches`.
std::vector<std::string> topic_layers(std::string_view published_key);

/// True if `key` is a URL's key: it holds "://".
bool is_url_key(std::string_view key);

/// Which log a topic's events go to. Stable: stored data depends on it.
unsigned topic_log(std::string_view published_key, unsigned logs);

} // namespace herald
