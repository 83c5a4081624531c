#include "actors/fetcher/web_link.hpp"

#include "actors/fetcher/url_reference.hpp"
#include "config/text.hpp"

#include <algorithm>
#include <optional>

namespace herald {

namespace {

constexpr std::string_view blanks = " \t\r\n\f";

/// What is between `<` and the next comma (RFC 8288, 3).
struct link_value {
  std::string_view target;
  std::optional<std::string> relations;
  bool is_ours = true; ///< No `anchor`.
};

/// Reads RFC 8288's grammar as its appendix B does, forgivingly.
class field_reader {
public:
  explicit field_reader(std::string_view text) : left_(text) {
    // nop
  }

  /// The next link; nothing at the end and where it is malformed.
  std::optional<link_value> next() {
    skip(", \t");
    auto end = left_.find('>');
    if (!left_.starts_with('<') || end == left_.npos)
      return std::nullopt;
    link_value result;
    result.target = left_.substr(1, end - 1);
    left_.remove_prefix(end + 1);
    while (skip(" \t"), take(';'))
      read_parameter(result);
    return result;
  }

private:
  void skip(std::string_view which) {
    left_.remove_prefix(std::min(left_.find_first_not_of(which), left_.size()));
  }

  bool take(char c) {
    if (!left_.starts_with(c))
      return false;
    left_.remove_prefix(1);
    return true;
  }

  std::string_view take_until(std::string_view which) {
    auto end = std::min(left_.find_first_of(which), left_.size());
    auto result = left_.substr(0, end);
    left_.remove_prefix(end);
    return result;
  }

  std::string quoted() {
    std::string result;
    while (!left_.empty() && !take('"')) {
      if (take('\\') && left_.empty())
        break;
      result += left_.front();
      left_.remove_prefix(1);
    }
    take_until(";,"); // Of a well-formed field, only blanks.
    return result;
  }

  std::string value() {
    skip(" \t");
    if (take('"'))
      return quoted();
    return std::string{trimmed(take_until(";,"))};
  }

  void read_parameter(link_value& into) {
    auto name = lowered(trimmed(take_until("=;,")));
    auto text = take('=') ? value() : std::string{};
    if (name == "anchor")
      into.is_ours = false;
    if (name == "rel" && !into.relations)
      into.relations = std::move(text);
  }

  std::string_view left_;
};

} // namespace

bool has_relation(const web_link& what, std::string_view type) {
  std::string_view left = what.relations;
  while (!left.empty()) {
    auto end = std::min(left.find_first_of(blanks), left.size());
    if (lowered(left.substr(0, end)) == type)
      return true;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return false;
}

std::vector<web_link> field_links(std::string_view value,
                                  std::string_view url) {
  std::vector<web_link> result;
  field_reader reader{value};
  while (auto next = reader.next())
    if (next->relations && next->is_ours)
      result.push_back(
        {*next->relations, resolve_reference(url, trimmed(next->target))});
  return result;
}

} // namespace herald
