#pragma once

#include "config/text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald {

/// Limit on the fields of one form; a longer one is not parsed.
inline constexpr size_t max_form_fields = 1000;

struct form_field {
  std::string name;
  std::string value;
  /// False: bad percent-encoding or not UTF-8; `value` is not to be used.
  bool sound = true;
};

/// A form (application/x-www-form-urlencoded) or a query string, decoded once
/// (WebSub 5.1.1). Pure, any thread.
class form {
public:
  /// Nothing if there are more than `max_form_fields`. An unsound field spoils
  /// only itself, because unknown fields have to be ignored (WebSub 5.1).
  static std::optional<form> parse(std::string_view text);

  /// The first field `name`, or null. Valid as long as the form.
  const form_field* find(std::string_view name) const;

  /// All fields, in order.
  const std::vector<form_field>& fields() const { return fields_; }

private:
  std::vector<form_field> fields_;
};

/// A request target taken apart; views into it. The scheme and authority of an
/// absolute target (RFC 9112, 3.2.2) are dropped.
struct target_parts {
  std::string_view path;
  std::string_view query; ///< Without the question mark.
};

target_parts split_target(std::string_view target);

/// The media type of a Content-Type: lower case, without parameters.
std::string media_type(std::string_view content_type);

} // namespace herald
