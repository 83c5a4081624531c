#pragma once

#include "config/config.hpp"

#include <cstddef>
#include <string>

namespace herald {

/// What an option that is left open means in the end. Pure, except that
/// `effective_threads` asks for the number of cores.

/// True if every listening address is in 127.0.0.0/8 or is ::1, and so is the
/// host of the base URL, if there is one, or it is `localhost`.
bool is_only_on_loopback(const config& settings);

/// `callbacks.allow` if somebody gave it. Else public addresses, and loopback
/// ones where the node is only on loopback and no proxy is trusted: a proxy
/// lets others in.
allowed_addresses effective_allow(const config& settings);

/// `base_url`, or `http://` and the first listening address.
std::string effective_base_url(const config& settings);

/// `threads`, or the number of cores; at least 1.
size_t effective_threads(const config& settings);

} // namespace herald
