#pragma once

#include "actors/messages.hpp"

#include <string>

namespace herald {

/// How requests look on the wire. Pure functions.

/// Appends all of a POST but its body: the parts that were made before, and the
/// empty line.
void append_head(const post_request& what, std::string& out);

/// Appends a whole GET: request line, Host, User-Agent, Accept (unless it is
/// among the request's fields), the request's fields. No value may hold a line
/// break; a field that does is left out.
void append_request(const fetch_request& what, const std::string& user_agent,
                    std::string& out);

} // namespace herald
