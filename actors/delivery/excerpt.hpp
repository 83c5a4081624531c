#pragma once

#include "storage/model.hpp"

#include <string>
#include <string_view>

namespace herald {

/// What people see of an answer that was no success: at most `max` bytes from
/// its start, in UTF-8. An endpoint that answers with what it was sent must not
/// put secrets into the history: the subscription's secret and the values of
/// its policy's headers (of `Bearer TOKEN` also the token alone, of Basic the
/// password), plain or encoded as in JSON, URLs and forms, are stars; other
/// encodings are not recognised. What cannot be printed, line ends and what
/// turns or hides text included, is a blank, and what is no UTF-8 a `?`.
/// Pure, any thread.
std::string excerpt_of(std::string_view answer, const subscription& of,
                       size_t max);

} // namespace herald
