#pragma once

#include <string>
#include <string_view>

namespace herald {

/// What `reference` means in a document at `base`, an absolute URL (RFC 3986,
/// 5.2, strict). What is absolute already is returned byte for byte, and no
/// percent-encoding is undone: topics are compared by their bytes. Bytes beyond
/// ASCII, which IRIs have, and inner blanks are percent-encoded. The result is
/// not checked: give it to `parse_target`. Pure, any thread.
std::string resolve_reference(std::string_view base,
                              std::string_view reference);

} // namespace herald
