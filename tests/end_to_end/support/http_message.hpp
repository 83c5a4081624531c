#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::end_to_end {

/// One HTTP/1.1 request or response as it came over the wire. Written without
/// herald's own parser, so that both cannot be wrong in the same way.
struct http_message {
  std::string start;                                       ///< The first line.
  std::vector<std::pair<std::string, std::string>> fields; ///< As sent.
  std::string body;

  /// The field's value; empty if it is not there. Any letter case.
  std::string field(std::string_view name) const;

  /// How often the field is there.
  size_t count(std::string_view name) const;

  /// The word of the first line at `index`.
  std::string word(size_t index) const;

  /// Of a response; 0 if the first line has none.
  int status() const;
};

/// Takes the first whole message off `bytes` (body by Content-Length); nothing
/// if there is none yet.
std::optional<http_message> take_message(std::string& bytes);

/// `a=b&c=d` with percent-encoding undone, in order.
std::vector<std::pair<std::string, std::string>>
parse_form(std::string_view text);

/// The first value of `name` in a form; empty if it is not there.
std::string form_value(std::string_view form, std::string_view name);

std::string percent_encode(std::string_view text);

/// Lower-case hexadecimal and base64 HMACs, by OpenSSL.
std::string hmac_hex(const std::string& algorithm, std::string_view key,
                     std::string_view text);
std::string hmac_base64(const std::string& algorithm, std::string_view key,
                        std::string_view text);

} // namespace herald::end_to_end
