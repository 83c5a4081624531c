#pragma once

#include "http/cli/subscribe.hpp"
#include "http/cli/topic_client.hpp"

#include <string>

namespace herald {

/// `herald subscribe --discover` and `herald unsubscribe --discover`.

/// What a topic says, for people: one line each for where it was read, its hubs
/// and its canonical URL.
std::string found_text(const std::string& url, const found_topic& what);

/// Asks the hubs of `what` in their order, until one accepts `wish`, and
/// tells on stderr why one did not; the hub that did. Errors: those of the last
/// hub.
caf::expected<std::string> ask_hubs(const found_topic& what,
                                    const subscribe_wish& wish,
                                    const web_exchange& send);

/// Finds the hub of the URL `wish.topic`, prints what was found, and asks it
/// for the topic's canonical URL; the exit status.
int run_discovered(const client_settings& node, const subscribe_wish& wish);

} // namespace herald
