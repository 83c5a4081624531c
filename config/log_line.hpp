#pragma once

#include "config/log.hpp"

#include <string>
#include <string_view>

namespace herald {

/// `trace`, `debug`, `info`, `warn`, `error`, `off`.
std::string_view to_string(log_level level);

/// The level of that name; `info` for other names.
log_level to_log_level(std::string_view name);

/// One line without its time and line end. Pure. Text of fields is quoted as in
/// JSON where it is empty or holds blanks, quotes, `=`, control or non-ASCII
/// characters, so no field can forge another one or a second line. Bytes that
/// are not UTF-8 become U+FFFD.
std::string text_line(log_level level, std::string_view component,
                      std::string_view event, log_fields fields);

/// The members of the JSON object after `time`, without the braces.
std::string json_members(log_level level, std::string_view component,
                         std::string_view event, log_fields fields);

} // namespace herald
