#pragma once

#include <iosfwd>

namespace herald::bench {

/// Checks the instruments against each other, without a node: sink and client
/// must agree on every count, and each kind of bad delivery must be noticed.
/// Prints one line per failed check to `out`; true if there is none.
bool run_self_test(std::ostream& out);

} // namespace herald::bench
