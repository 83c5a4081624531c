#pragma once

#include "http/problem.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace herald {

/// The parameters that every listing has. Pure, any thread.

/// Bounds of `limit`.
inline constexpr size_t max_page = 1000;
inline constexpr size_t default_page = 100;

struct page_query {
  size_t limit = default_page;
  std::string after; ///< A cursor; empty: from the start.
};

/// A whole number in 1..max_page.
std::optional<size_t> parse_limit(std::string_view text);

/// What to say of a `limit` that is none.
refusal bad_limit();

/// `limit` and `after` of a request's query; empty ones count as left out.
std::variant<page_query, refusal> parse_page_query(std::string_view target);

} // namespace herald
