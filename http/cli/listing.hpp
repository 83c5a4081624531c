#pragma once

#include "http/cli/flags.hpp"
#include "http/cli/node_client.hpp"
#include "http/cli/terminal.hpp"

#include <caf/expected.hpp>
#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace herald {

/// What the commands that list something have in common: they read a node's
/// listing page by page and print a table, or the items as JSON.

/// One page of a listing.
struct listing_rows {
  table shown;
  std::vector<std::string> json; ///< Each item as it came.
  std::string next;              ///< The cursor; empty: no more.
  std::string cursor; ///< Behind the last item; empty: it cannot be followed.
};

/// The cells of an item, as many as there are columns. Pure.
using row_cells
  = std::function<std::vector<std::string>(const nlohmann::ordered_json& item)>;

/// Reads a page. Errors: `invalid` if it is no listing. Pure.
caf::expected<listing_rows> parse_listing(const std::string& body,
                                          std::vector<table::column> columns,
                                          const row_cells& cells);

/// A member for people; `-` if it is null or not there. Pure.
std::string text_of(const nlohmann::ordered_json& item, const char* name);

/// `2026-01-31T12:00:00.000Z`; nothing if it is no such time. Pure.
std::optional<std::chrono::sys_seconds> parse_time(const std::string& text);

/// A listing to print.
struct listing_wish {
  std::string path;
  std::vector<field> query; ///< Without `limit` and `after`.
  uint64_t limit = UINT64_MAX;
  std::string nothing; ///< Said to people if there are no items.
  bool follow = false; ///< Goes on with what comes, until the limit.
  std::function<caf::expected<listing_rows>(const std::string& body)> read;
};

/// Prints it; the exit status.
int print_listing(const client_settings& node, const listing_wish& what);

} // namespace herald
