#pragma once

#include "actors/messages.hpp"
#include "storage/model.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// Events for people and programs, as JSON. Pure functions, any thread.

/// Limit on the deliveries that are shown of one event.
inline constexpr size_t max_shown_deliveries = 100;

/// What became of an event for one subscription.
struct delivery_line {
  subscription_id sub;
  std::string callback;
  delivery_fate fate;
};

/// What is known without the body.
std::string event_json(const event_meta& what);

/// The same, its fields, and its body: `data` where it is JSON and says so, to
/// the byte, else `data_base64`. Without a readable body (null) `damaged`.
std::string whole_event_json(const event_meta& what, const event* read);

/// The counts, and the lines: what is not delivered first. `more`: there are
/// lines that are not known.
std::string deliveries_json(const std::vector<delivery_line>& lines, bool more);

/// An event with what became of it; `deliveries` is JSON.
std::string event_report_json(const event& what, std::string_view deliveries);

/// `{"items","next","cursor"}`; `next` is null at the end. Items are JSON.
std::string event_page_json(const std::vector<std::string>& items,
                            std::string_view cursor, bool at_end);

} // namespace herald
