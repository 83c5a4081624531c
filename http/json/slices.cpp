#include "http/json/slices.hpp"

#include "http/json/check.hpp"
#include "http/json/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Checks a text without building a tree: an event may be large.
class fault_finder : public nlohmann::json_sax<nlohmann::json> {
public:
  std::string fault;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception&) override;

private:
  bool open();
  bool close();

  size_t depth_ = 0;
};

std::string wrong_at(size_t position) {
  return "it breaks off or is wrong at byte " + std::to_string(position);
}

bool fault_finder::open() {
  if (++depth_ <= max_json_depth)
    return true;
  fault = "it is nested deeper than " + std::to_string(max_json_depth);
  return false;
}

bool fault_finder::close() {
  --depth_;
  return true;
}

bool fault_finder::parse_error(std::size_t position, const std::string&,
                               const nlohmann::json::exception&) {
  fault = wrong_at(position);
  return false;
}

std::string_view without_blanks(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  return text.substr(std::min(first, text.size()));
}

// A byte order mark is ignored (RFC 8259, 8.1), here as by the parser.
std::string_view first_token(std::string_view text) {
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  return without_blanks(text);
}

// A quote ends the string if an even number of backslashes is before it.
size_t string_length(std::string_view text) {
  for (auto end = text.find('"', 1); end != std::string_view::npos;
       end = text.find('"', end + 1)) {
    auto last = text.find_last_not_of('\\', end - 1);
    if ((end - 1 - last) % 2 == 0)
      return end + 1;
  }
  return text.size();
}

// Brackets match in a text without a fault, so counting them is enough.
size_t container_length(std::string_view text) {
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '"')
      i += string_length(text.substr(i)) - 1;
    else if (c == '{' || c == '[')
      ++depth;
    else if ((c == '}' || c == ']') && --depth == 0)
      return i + 1;
  }
  return text.size();
}

size_t value_length(std::string_view text) {
  if (text.starts_with('"'))
    return string_length(text);
  if (text.starts_with('{') || text.starts_with('['))
    return container_length(text);
  return std::min(text.find_first_of(",]} \t\r\n"), text.size());
}

} // namespace

// The parser would take a zero byte for the end and ignore what follows.
std::optional<std::string> json_fault(std::string_view text) {
  if (auto zero = text.find('\0'); zero != std::string_view::npos)
    return wrong_at(zero + 1);
  if (is_surely_json(text))
    return std::nullopt;
  fault_finder finder;
  if (nlohmann::json::sax_parse(text, &finder))
    return std::nullopt;
  return std::move(finder.fault);
}

bool is_json_object(std::string_view text) {
  return first_token(text).starts_with('{');
}

bool is_json_array(std::string_view text) {
  return first_token(text).starts_with('[');
}

std::optional<std::string> json_string(std::string_view text) {
  auto token = first_token(text);
  if (!token.starts_with('"'))
    return std::nullopt;
  token = token.substr(0, string_length(token));
  if (token.find('\\') == std::string_view::npos)
    return std::string{token.substr(1, token.size() - 2)};
  auto value = nlohmann::json::parse(token, nullptr, false);
  if (auto* result = value.get_ptr<std::string*>())
    return std::move(*result);
  return std::nullopt;
}

std::optional<std::string_view> json_member(std::string_view text,
                                            std::string_view name) {
  std::optional<std::string_view> result;
  if (is_json_object(text))
    for (json_walk walk{text}; walk.next();)
      if (walk.is_named(name))
        result = walk.value();
  return result;
}

json_walk::json_walk(std::string_view text) : rest_(first_token(text)) {
  object_ = rest_.starts_with('{');
  auto has_parts = object_ || rest_.starts_with('[');
  rest_.remove_prefix(has_parts ? 1 : rest_.size());
}

std::string_view json_walk::take() {
  auto result = rest_.substr(0, value_length(rest_));
  rest_ = without_blanks(rest_.substr(result.size()));
  if (rest_.starts_with(':') || rest_.starts_with(','))
    rest_ = without_blanks(rest_.substr(1));
  return result;
}

bool json_walk::next() {
  rest_ = without_blanks(rest_);
  if (rest_.empty() || rest_.starts_with('}') || rest_.starts_with(']'))
    return false;
  if (object_)
    name_ = take();
  value_ = take();
  return true;
}

bool json_walk::is_named(std::string_view name) const {
  if (name_.size() < 2 || name_.find('\\') != std::string_view::npos)
    return this->name() == name;
  return name_.substr(1, name_.size() - 2) == name;
}

std::string json_walk::name() const {
  return json_string(name_).value_or(std::string{});
}

} // namespace herald
