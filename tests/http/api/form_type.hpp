#pragma once

namespace herald::test {

inline constexpr auto form_type = "application/x-www-form-urlencoded";

} // namespace herald::test
