#pragma once

#include "storage/model.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// What a topic says of itself (WebSub 4). Absolute URLs that `parse_target`
/// takes.
struct topic_links {
  std::vector<std::string> hubs; ///< In the order of their appearance.
  std::string self;              ///< Empty: it does not say.
};

/// Finds the hubs and the canonical URL of a topic that was fetched from `url`:
/// in the Link fields of the answer (RFC 8288), else in the `link` elements of
/// an Atom or RSS document (of the feed itself, not of its entries) or in the
/// head of an HTML page, which of them by `fields`' Content-Type and by the
/// document itself. Each of hub and self is taken from the first place that
/// has it. Relative references resolve against `url` (and `xml:base`, and an
/// HTML `base`). What is no http or https URL is ignored; broken documents give
/// at least what stands before the break. Names in `fields` are lower case.
///
/// Reads at most `max_discovered_bytes` of `body`; never loads anything else
/// (no external entities). Pure, any thread.
topic_links discover(const std::vector<field>& fields, std::string_view body,
                     std::string_view url);

/// How far into a document links are looked for, in bytes.
inline constexpr size_t max_discovered_bytes = 256 * 1024;

/// How many hubs of one topic are kept.
inline constexpr size_t max_discovered_hubs = 16;

} // namespace herald
