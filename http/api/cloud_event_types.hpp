#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace herald {

/// The type system of CloudEvents 1.0. Pure functions, any thread.

/// Lower-case letters and digits of ASCII, and not the reserved `data`.
bool is_attribute_name(std::string_view text);

/// A String: UTF-8 without control characters and noncharacters.
bool is_attribute_text(std::string_view text);

/// A Timestamp: RFC 3339, 5.6.
bool is_timestamp(std::string_view text);

/// A URI-reference that is not empty: RFC 3986, 4.1.
bool is_uri_reference(std::string_view text);

/// A URI, with its scheme: RFC 3986, 3.
bool is_uri(std::string_view text);

/// `type/subtype`, with or without parameters: RFC 2046.
bool is_media_type(std::string_view text);

/// Base64 with its padding: RFC 4648, 4.
bool is_base64(std::string_view text);

/// An attribute as a header field has it.
struct attribute_field {
  std::string raw;     ///< Quotes taken off.
  std::string decoded; ///< And percent-decoded once.
};

/// The attribute's value that a header field stands for (HTTP protocol binding,
/// 3.1.3.2). A percent sign that begins no escape stands for itself. Nothing
/// where quotes do not end or the decoded value is not UTF-8.
std::optional<attribute_field> read_attribute(std::string_view field_value);

} // namespace herald
