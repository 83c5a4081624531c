#include "config/toml.hpp"

#include "config/errc.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace herald {

namespace {

/// What is wrong, thrown and caught inside this file only.
struct syntax_error {
  std::string sentence;
};

[[noreturn]] void refuse(std::string sentence) {
  throw syntax_error{std::move(sentence)};
}

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_number_part(char c) {
  return is_bare(c) || c == '+' || c == '.';
}

void append_utf8(std::string& out, uint32_t code) {
  auto put = [&](uint32_t x) { out += static_cast<char>(x); };
  auto tail = [&](uint32_t shift) { put(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80)
    return put(code);
  if (code < 0x800) {
    put(0xc0 | (code >> 6));
    return tail(0);
  }
  if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    tail(6);
    return tail(0);
  }
  put(0xf0 | (code >> 18));
  tail(12);
  tail(6);
  tail(0);
}

bool is_number(std::string_view word) {
  double value = 0;
  if (word.starts_with('+'))
    word.remove_prefix(1);
  auto end = word.data() + word.size();
  auto [rest, code] = std::from_chars(word.data(), end, value);
  return code == std::errc{} && rest == end;
}

class reader {
public:
  explicit reader(std::string_view text) : text_(text) {
    // nop
  }

  std::vector<toml_entry> read() {
    for (skip_lines(); !done(); skip_lines())
      statement();
    return std::move(entries_);
  }

  size_t line() const { return line_; }

private:
  bool done() const { return at_ >= text_.size(); }

  char peek() const { return done() ? '\0' : text_[at_]; }

  char take() {
    if (done())
      refuse("the file ends in the middle of a statement");
    if (text_[at_] == '\n')
      ++line_;
    return text_[at_++];
  }

  bool take_if(char c) {
    if (done() || peek() != c)
      return false;
    take();
    return true;
  }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r')
      take();
  }

  void skip_comment() {
    skip_blanks();
    if (peek() == '#')
      while (!done() && peek() != '\n')
        take();
  }

  void skip_lines() {
    for (skip_comment(); peek() == '\n'; skip_comment())
      take();
  }

  void end_of_line(const char* after) {
    skip_comment();
    if (!done() && peek() != '\n')
      refuse(std::string{"unexpected text after "} + after);
  }

  void statement() {
    if (take_if('['))
      table();
    else
      assignment();
  }

  void table() {
    if (peek() == '[')
      refuse("arrays of tables ([[name]]) are not used here");
    table_ = key();
    if (!take_if(']'))
      refuse("expected [name]");
    end_of_line("the table's name");
  }

  void assignment() {
    toml_entry entry;
    entry.line = line_;
    auto name = key();
    entry.key = table_.empty() ? name : table_ + "." + name;
    if (!take_if('='))
      refuse(name + ": expected key = value");
    value(entry);
    end_of_line("the value; strings stand in quotes");
    add(std::move(entry));
  }

  void add(toml_entry entry) {
    auto [first, fresh] = lines_.emplace(entry.key, entry.line);
    if (!fresh) {
      line_ = entry.line;
      refuse(entry.key + " is set already in line "
             + std::to_string(first->second));
    }
    entries_.push_back(std::move(entry));
  }

  std::string key() {
    std::string result;
    do {
      skip_blanks();
      result.append(result.empty() ? "" : ".").append(key_part());
      skip_blanks();
    } while (take_if('.'));
    return result;
  }

  std::string key_part() {
    if (peek() == '"' || peek() == '\'')
      return string();
    std::string result;
    while (is_bare(peek()))
      result += take();
    if (result.empty())
      refuse("expected a key, [table] or # comment");
    return result;
  }

  void value(toml_entry& entry) {
    skip_blanks();
    entry.array = take_if('[');
    if (entry.array)
      array(entry.values);
    else
      entry.values.push_back(scalar());
  }

  void array(std::vector<std::string>& out) {
    for (skip_lines(); !take_if(']'); skip_lines()) {
      out.push_back(scalar());
      skip_lines();
      if (!take_if(',') && peek() != ']')
        refuse("expected , or ] in a list");
    }
  }

  std::string scalar() {
    if (peek() == '"' || peek() == '\'')
      return string();
    if (peek() == '[' || peek() == '{')
      refuse("nested lists and inline tables are not used here");
    return bare_value();
  }

  std::string bare_value() {
    std::string result;
    while (is_number_part(peek()))
      result += take();
    auto word = result;
    std::erase(word, '_');
    if (result == "true" || result == "false" || is_number(word))
      return word;
    refuse("expected a value: \"text in quotes\", a number, true, false or a "
           "[list]"
           + (result.empty() ? "" : ", not " + result));
  }

  std::string string() {
    auto quote = take();
    if (text_.substr(at_).starts_with(std::string(2, quote)))
      refuse("multi-line strings are not used here");
    std::string result;
    for (auto c = in_string(); c != quote; c = in_string())
      if (c == '\\' && quote == '"')
        escape(result);
      else
        result += c;
    return result;
  }

  char in_string() {
    if (done() || peek() == '\n')
      refuse("a string without closing quote");
    return take();
  }

  void escape(std::string& out) {
    constexpr std::string_view names = "btnfr\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
    auto c = in_string();
    auto index = names.find(c);
    if (index != std::string_view::npos)
      out += meanings[index];
    else if (c == 'u' || c == 'U')
      append_utf8(out, code_point(c == 'u' ? 4 : 8));
    else
      refuse("unknown escape in a string; 'single quotes' take \\ literally");
  }

  uint32_t code_point(size_t digits) {
    auto hex = text_.substr(at_, digits);
    uint32_t result = 0;
    auto end = hex.data() + hex.size();
    auto [rest, code] = std::from_chars(hex.data(), end, result, 16);
    auto surrogate = result >= 0xd800 && result <= 0xdfff;
    if (hex.size() < digits || code != std::errc{} || rest != end || surrogate
        || result > 0x10ffff)
      refuse("not a Unicode code point in a string");
    at_ += digits;
    return result;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t line_ = 1;
  std::string table_;
  std::vector<toml_entry> entries_;
  std::map<std::string, size_t> lines_;
};

} // namespace

caf::expected<std::vector<toml_entry>> parse_toml(std::string_view text,
                                                  std::string_view name) {
  if (text.starts_with("\xef\xbb\xbf"))
    text.remove_prefix(3);
  reader source{text};
  try {
    return source.read();
  } catch (const syntax_error& err) {
    return fail(errc::invalid, std::string{name} + ":"
                                 + std::to_string(source.line()) + ": "
                                 + err.sentence);
  }
}

} // namespace herald
