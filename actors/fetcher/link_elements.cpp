#include "actors/fetcher/url_reference.hpp"
#include "actors/fetcher/web_link.hpp"
#include "config/text.hpp"
#include "storage/target.hpp"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace herald {

namespace {

// The documents come from strangers. No handler for declarations of entities
// is installed, so that none exists: nothing is loaded, nothing grows.

constexpr std::string_view atom_namespace = "http://www.w3.org/2005/Atom";
constexpr std::string_view xml_namespace
  = "http://www.w3.org/XML/1998/namespace";
constexpr size_t chunk_bytes = 4096;

/// An HTML context is an XML context, too.
struct free_context {
  void operator()(xmlParserCtxt* x) const {
    xmlFreeDoc(x->myDoc); // The parser makes one at times, unasked.
    xmlFreeParserCtxt(x);
  }
};

using context_ptr = std::unique_ptr<xmlParserCtxt, free_context>;

std::string_view view(const xmlChar* text) {
  if (text == nullptr)
    return {};
  return reinterpret_cast<const char*>(text);
}

/// libxml2 wants to be initialised once, before threads use it, and to be told
/// once per thread to be quiet: errors of encodings pass by the options.
void prepare_library() {
  static const bool initialised = (xmlInitParser(), true);
  static_cast<void>(initialised);
  xmlSetStructuredErrorFunc(nullptr, [](void*, xmlErrorPtr) {});
}

std::string_view stripped(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Gives `document` to `parse` in pieces until `is_done`.
template <class Parse>
void feed(std::string_view document, const bool& is_done, Parse parse) {
  while (!is_done && !document.empty()) {
    auto chunk = document.substr(0, chunk_bytes);
    document.remove_prefix(chunk.size());
    parse(chunk.data(), static_cast<int>(chunk.size()), 0);
  }
  if (!is_done)
    parse(nullptr, 0, 1);
}

// -- XML ----------------------------------------------------------------------

/// An attribute as libxml2 passes it to a SAX2 handler.
struct xml_attribute {
  std::string_view name;
  std::string_view space;
  std::string value;
};

/// libxml2 leaves an ampersand of a value escaped where entities stay.
std::string unescaped(std::string_view text) {
  constexpr std::string_view escape = "&#38;";
  std::string result;
  for (auto at = text.find(escape); at != text.npos; at = text.find(escape)) {
    result.append(text.substr(0, at)).append("&");
    text.remove_prefix(at + escape.size());
  }
  return result.append(text);
}

std::vector<xml_attribute> attributes_of(const xmlChar** from, int count) {
  std::vector<xml_attribute> result;
  for (auto i = 0; i < count; ++i, from += 5)
    result.push_back({view(from[0]), view(from[2]),
                      unescaped({reinterpret_cast<const char*>(from[3]),
                                 static_cast<size_t>(from[4] - from[3])})});
  return result;
}

const std::string* find(const std::vector<xml_attribute>& in,
                        std::string_view name, std::string_view space) {
  auto i = std::find_if(in.begin(), in.end(), [&](const xml_attribute& x) {
    return x.name == name && x.space == space;
  });
  return i == in.end() ? nullptr : &i->value;
}

class xml_reader {
public:
  explicit xml_reader(std::string_view url) : bases_{std::string{url}} {
    // A character that no URL has stands for every unknown entity.
    unknown_.etype = XML_INTERNAL_PREDEFINED_ENTITY;
    unknown_.content = spoiler_;
    unknown_.orig = spoiler_;
    unknown_.length = 1;
  }

  std::vector<web_link> read(std::string_view document) {
    auto handlers = make_handlers();
    context_ptr context{
      xmlCreatePushParserCtxt(&handlers, this, nullptr, 0, nullptr)};
    if (context == nullptr)
      return {};
    xmlCtxtUseOptions(context.get(), XML_PARSE_NONET | XML_PARSE_RECOVER
                                       | XML_PARSE_NOERROR
                                       | XML_PARSE_NOWARNING);
    feed(document, is_done_, [&](const char* data, int size, int last) {
      xmlParseChunk(context.get(), data, size, last);
    });
    return std::move(links_);
  }

private:
  static xml_reader& self(void* context) {
    return *static_cast<xml_reader*>(context);
  }

  static xmlSAXHandler make_handlers() {
    xmlSAXHandler result{};
    result.initialized = XML_SAX2_MAGIC;
    result.getEntity
      = [](void* context, const xmlChar*) { return &self(context).unknown_; };
    result.startElementNs
      = [](void* context, const xmlChar* name, const xmlChar*,
           const xmlChar* space, int, const xmlChar**, int count, int,
           const xmlChar** attributes) {
          self(context).enter(view(name), view(space),
                              attributes_of(attributes, count));
        };
    result.endElementNs = [](void* context, const xmlChar*, const xmlChar*,
                             const xmlChar*) { self(context).leave(); };
    return result;
  }

  void enter(std::string_view name, std::string_view space,
             const std::vector<xml_attribute>& attributes) {
    auto depth = bases_.size();
    is_done_ = is_done_ || depth > max_link_depth;
    if (is_done_)
      return;
    bases_.push_back(base_of(attributes));
    if (inner_ == 0 && depth > 1 && (name == "entry" || name == "item"))
      inner_ = depth;
    if (inner_ == 0 && name == "link"
        && (space.empty() || space == atom_namespace))
      add(attributes);
  }

  std::string base_of(const std::vector<xml_attribute>& attributes) const {
    auto* own = find(attributes, "base", xml_namespace);
    if (own == nullptr)
      return bases_.back();
    auto result = resolve_reference(bases_.back(), stripped(*own));
    return result.size() > max_url_bytes ? bases_.back() : result;
  }

  void leave() {
    if (is_done_ || bases_.size() < 2)
      return;
    bases_.pop_back();
    if (inner_ == bases_.size())
      inner_ = 0;
  }

  void add(const std::vector<xml_attribute>& attributes) {
    auto* relations = find(attributes, "rel", "");
    auto* target = find(attributes, "href", "");
    if (relations != nullptr && target != nullptr)
      links_.push_back(
        {*relations, resolve_reference(bases_.back(), stripped(*target))});
  }

  std::vector<std::string> bases_; ///< The document's, then one per element.
  size_t inner_ = 0; ///< Depth of the entry we are in; 0: in none.
  bool is_done_ = false;
  std::vector<web_link> links_;
  std::array<xmlChar, 2> text_{0x7f, 0};
  xmlChar* spoiler_ = text_.data();
  xmlEntity unknown_{};
};

// -- HTML ---------------------------------------------------------------------

using html_attributes = const xmlChar**;

/// Nothing if the attribute is missing or has no value.
std::optional<std::string> find(html_attributes in, std::string_view name) {
  for (; in != nullptr && *in != nullptr; in += 2)
    if (view(in[0]) == name && in[1] != nullptr)
      return std::string{view(in[1])};
  return std::nullopt;
}

/// libxml2 does not know HTML 5: it would leave a head open at an `article`.
bool may_be_in_head(std::string_view name) {
  constexpr std::array<std::string_view, 11> known{
    "base",     "basefont", "bgsound", "link",     "meta", "noframes",
    "noscript", "script",   "style",   "template", "title"};
  return std::find(known.begin(), known.end(), name) != known.end();
}

/// What looks like elements in these is text, or not yet part of the page.
bool is_inert(std::string_view name) {
  return name == "template" || name == "title" || name == "noframes";
}

class html_reader {
public:
  explicit html_reader(std::string_view url) : base_(url) {
    // nop
  }

  std::vector<web_link> read(std::string_view document) {
    auto handlers = make_handlers();
    auto encoding
      = is_utf8(document) ? XML_CHAR_ENCODING_UTF8 : XML_CHAR_ENCODING_NONE;
    context_ptr context{
      htmlCreatePushParserCtxt(&handlers, this, nullptr, 0, nullptr, encoding)};
    if (context == nullptr)
      return {};
    htmlCtxtUseOptions(context.get(), HTML_PARSE_NONET | HTML_PARSE_RECOVER
                                        | HTML_PARSE_NOERROR
                                        | HTML_PARSE_NOWARNING);
    feed(document, is_done_, [&](const char* data, int size, int last) {
      htmlParseChunk(context.get(), data, size, last);
    });
    for (auto& x : links_)
      x.url = resolve_reference(base_, x.url);
    return std::move(links_);
  }

private:
  static html_reader& self(void* context) {
    return *static_cast<html_reader*>(context);
  }

  static htmlSAXHandler make_handlers() {
    htmlSAXHandler result{};
    result.startElement
      = [](void* context, const xmlChar* name, const xmlChar** attributes) {
          self(context).enter(view(name), attributes);
        };
    result.endElement = [](void* context, const xmlChar* name) {
      self(context).leave(view(name));
    };
    return result;
  }

  void enter(std::string_view name, html_attributes attributes) {
    if (name == "html" || name == "head")
      return;
    is_done_ = is_done_ || !may_be_in_head(name) || ++depth_ > max_link_depth;
    if (is_done_)
      return;
    if (is_inert(name))
      ++inert_;
    else if (name == "link" && inert_ == 0)
      add(attributes);
    else if (name == "base" && inert_ == 0)
      rebase(attributes);
  }

  void leave(std::string_view name) {
    is_done_ = is_done_ || name == "head";
    if (depth_ > 0)
      --depth_;
    if (is_inert(name) && inert_ > 0)
      --inert_;
  }

  void add(html_attributes attributes) {
    auto relations = find(attributes, "rel");
    auto target = find(attributes, "href");
    if (relations && target && !stripped(*target).empty())
      links_.push_back({*relations, std::string{stripped(*target)}});
  }

  void rebase(html_attributes attributes) {
    auto target = find(attributes, "href");
    if (target && !has_base_)
      base_ = resolve_reference(base_, stripped(*target));
    has_base_ = has_base_ || target.has_value();
  }

  std::string base_;
  bool has_base_ = false;
  size_t depth_ = 0;
  size_t inert_ = 0; ///< How many elements we are in whose content is none.
  bool is_done_ = false;
  std::vector<web_link> links_; ///< Not resolved before the end: `base`.
};

} // namespace

std::vector<web_link> xml_links(std::string_view document,
                                std::string_view url) {
  prepare_library();
  return xml_reader{url}.read(document);
}

std::vector<web_link> html_links(std::string_view document,
                                 std::string_view url) {
  prepare_library();
  return html_reader{url}.read(document);
}

} // namespace herald
