#include "actors/fetcher/discovery.hpp"

#include "actors/fetcher/web_link.hpp"
#include "config/text.hpp"
#include "storage/target.hpp"

#include <algorithm>
#include <array>

namespace herald {

namespace {

constexpr std::string_view blanks = " \t\r\n\f";

enum class document_kind { unknown, xml, html };

std::string_view find(const std::vector<field>& fields, std::string_view name) {
  auto i = std::find_if(fields.begin(), fields.end(),
                        [&](const field& x) { return x.first == name; });
  return i == fields.end() ? std::string_view{} : i->second;
}

document_kind kind_by_type(std::string_view content_type) {
  auto end = std::min(content_type.find(';'), content_type.size());
  auto type = lowered(trimmed(content_type.substr(0, end)));
  if (type == "text/html" || type == "application/xhtml+xml")
    return document_kind::html;
  if (type == "text/xml" || type == "application/xml" || type.ends_with("+xml"))
    return document_kind::xml;
  return document_kind::unknown;
}

/// Drops everything before what follows `end`; all if that is missing.
void skip_past(std::string_view& text, std::string_view end) {
  auto at = text.find(end);
  text.remove_prefix(at == text.npos ? text.size() : at + end.size());
}

void skip_doctype(std::string_view& text) {
  if (text.substr(0, text.find('>')).find('[') != text.npos)
    skip_past(text, "]");
  skip_past(text, ">");
}

/// Takes blanks, a comment, an instruction or a DOCTYPE off the front; false
/// if none is there.
bool skip_prologue(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  if (text.starts_with("<?"))
    skip_past(text, "?>");
  else if (text.starts_with("<!--"))
    skip_past(text, "-->");
  else if (text.starts_with("<!"))
    skip_doctype(text);
  else
    return false;
  return true;
}

/// The first element's name in lower case, without its prefix; empty if
/// `text` is no markup.
std::string root_name(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf"))
    text.remove_prefix(3);
  while (skip_prologue(text))
    continue;
  if (!text.starts_with('<'))
    return {};
  auto name = text.substr(1, text.find_first_of(" \t\r\n\f/>", 1) - 1);
  return lowered(name.substr(name.find(':') + 1));
}

/// What a document is. Feeds are often served as HTML, and pages as XML: their
/// root counts first. Another one counts if nothing else is known.
document_kind kind_of(std::string_view content_type, std::string_view body) {
  constexpr std::array<std::string_view, 4> feeds{"feed", "entry", "rss",
                                                  "rdf"};
  auto root = root_name(body);
  if (std::find(feeds.begin(), feeds.end(), root) != feeds.end())
    return document_kind::xml;
  if (root == "html")
    return document_kind::html;
  auto kind = kind_by_type(content_type);
  if (kind != document_kind::unknown || root.empty())
    return kind;
  return body.find("<?xml") < body.find('>') ? document_kind::xml
                                             : document_kind::html;
}

std::vector<web_link> links_of_fields(const std::vector<field>& fields,
                                      std::string_view url) {
  std::vector<web_link> result;
  for (auto& [name, value] : fields)
    if (name == "link")
      for (auto& x : field_links(value, url))
        result.push_back(std::move(x));
  return result;
}

std::vector<web_link> links_of_document(std::string_view type,
                                        std::string_view body,
                                        std::string_view url) {
  switch (kind_of(type, body)) {
    case document_kind::xml:
      return xml_links(body, url);
    case document_kind::html:
      return html_links(body, url);
    case document_kind::unknown:
      break;
  }
  return {};
}

std::vector<std::string> hubs_in(const std::vector<web_link>& links) {
  std::vector<std::string> result;
  for (auto& x : links)
    if (result.size() < max_discovered_hubs && has_relation(x, "hub")
        && std::find(result.begin(), result.end(), x.url) == result.end()
        && parse_target(x.url))
      result.push_back(x.url);
  return result;
}

std::string self_in(const std::vector<web_link>& links) {
  auto i = std::find_if(links.begin(), links.end(), [](const web_link& x) {
    return has_relation(x, "self") && parse_target(x.url);
  });
  return i == links.end() ? std::string{} : i->url;
}

} // namespace

topic_links discover(const std::vector<field>& fields, std::string_view body,
                     std::string_view url) {
  auto found = links_of_fields(fields, url);
  topic_links result{hubs_in(found), self_in(found)};
  if (!result.hubs.empty() && !result.self.empty())
    return result;
  found = links_of_document(find(fields, "content-type"),
                            body.substr(0, max_discovered_bytes), url);
  if (result.hubs.empty())
    result.hubs = hubs_in(found);
  if (result.self.empty())
    result.self = self_in(found);
  return result;
}

} // namespace herald
