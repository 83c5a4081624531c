#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// A link of a resource to another one (RFC 8288).
struct web_link {
  std::string relations; ///< Types between blanks, as given.
  std::string url;       ///< Resolved, but not checked.
};

/// True if `type` (lower case) is among the relations, in any letter case.
bool has_relation(const web_link& what, std::string_view type);

/// The links of one Link field's value, in order, of a resource at `url`. Links
/// of something else (`anchor`) and reversed ones (`rev`) are left out. What is
/// malformed ends the reading. Pure, any thread.
std::vector<web_link> field_links(std::string_view value, std::string_view url);

/// The links of the feed or entry itself, not of the entries in it: elements
/// `link` with `rel` and `href` in Atom's namespace or in none, in any XML;
/// `xml:base` counts. Entities other than XML's own five are not expanded: a
/// link with one does not pass `parse_target`. Pure, any thread.
std::vector<web_link> xml_links(std::string_view document,
                                std::string_view url);

/// The `link` elements in the head of an HTML page, none of its body, where
/// guests may write (WebSub 4). The first `base` counts. Pure, any thread.
std::vector<web_link> html_links(std::string_view document,
                                 std::string_view url);

/// How deep elements may be nested; a deeper document is broken there.
inline constexpr size_t max_link_depth = 100;

} // namespace herald
