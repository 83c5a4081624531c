#pragma once

#include <string>
#include <string_view>

namespace herald {

/// The pure parts of `herald publish`.

/// The content type of an event that names none: application/json for an object
/// or array, text/plain for UTF-8, else application/octet-stream.
std::string guessed_type(std::string_view body);

/// The node's answer to one event as a line for people.
std::string describe_acceptance(const std::string& json_text);

} // namespace herald
