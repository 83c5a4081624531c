#pragma once

#include <string_view>

namespace herald {

/// True if `text` is one JSON value in UTF-8 that is nested no deeper than
/// `max_json_depth`. False if it is not, or if it takes a closer look
/// (`json_fault`): a byte order mark, a number that fits no machine type. Much
/// faster than that. Pure, any thread; a thread keeps up to 2 MiB for it.
bool is_surely_json(std::string_view text);

} // namespace herald
