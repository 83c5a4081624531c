#include "http/json/check.hpp"

#include "http/json/text.hpp"

#include <string>

#include <simdjson.h>

namespace herald {

namespace {

// What a parser takes grows with the text: up to 16 bytes for each of its own.
constexpr size_t max_kept_text = 64 * 1024;

/// A parser, and the text with the room behind it that it wants.
struct checker {
  simdjson::dom::parser parser;
  std::string padded;

  bool accepts(std::string_view text) {
    if (text.size() > parser.capacity()
        && parser.allocate(text.size(), max_json_depth) != simdjson::SUCCESS)
      return false;
    padded.assign(text);
    padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
    return parser.parse(padded.data(), text.size(), false).error()
           == simdjson::SUCCESS;
  }
};

} // namespace

bool is_surely_json(std::string_view text) {
  if (text.size() > max_kept_text) {
    checker once;
    return once.accepts(text);
  }
  thread_local checker own;
  return own.accepts(text);
}

} // namespace herald
