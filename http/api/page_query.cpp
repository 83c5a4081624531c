#include "http/api/page_query.hpp"

#include "http/form.hpp"

#include <charconv>

namespace herald {

std::optional<size_t> parse_limit(std::string_view text) {
  size_t value = 0;
  auto end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end || value < 1 || value > max_page)
    return std::nullopt;
  return value;
}

refusal bad_limit() {
  refusal result;
  result.field = "limit";
  result.sentence = "limit must be an integer in 1..1000.";
  result.limit = max_page;
  return result;
}

std::variant<page_query, refusal> parse_page_query(std::string_view target) {
  page_query result;
  auto query = form::parse(split_target(target).query);
  if (!query)
    return refusal{400, "The query has too many fields.", "query", {}, 0, {}};
  if (auto* after = query->find("after"))
    result.after = after->value;
  auto* limit = query->find("limit");
  if (limit == nullptr || (limit->sound && limit->value.empty()))
    return result;
  auto value = parse_limit(limit->value);
  if (!limit->sound || !value)
    return bad_limit();
  result.limit = *value;
  return result;
}

} // namespace herald
