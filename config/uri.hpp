#pragma once

#include <boost/url/url_view.hpp>

#include <optional>
#include <string>

namespace herald {

/// Parses an absolute URI (RFC 3986, 4.3). The result refers to `text`, which
/// stays as it is. Nothing if it is none. Any thread.
///
/// Boost.URL, but for a fault of version 1.81: of a host such as
/// `10.0.0.1.example`, which is a name, it reads the address and then demands a
/// port.
std::optional<boost::urls::url_view> parse_uri(std::string& text);

/// The same for a URI reference (RFC 3986, 4.1).
std::optional<boost::urls::url_view> parse_uri_reference(std::string& text);

} // namespace herald
