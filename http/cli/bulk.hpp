#pragma once

#include "http/cli/node_client.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace herald {

/// Long work from a file: each line is one request, several connections work
/// side by side, a progress bar shows on stderr.

/// One line to work on, without its end.
struct bulk_line {
  uint64_t number = 0; ///< From 1.
  std::string text;
};

struct bulk_options {
  std::string label;           ///< Before the bar, e.g. `publishing`.
  std::string unit = "events"; ///< What a line is, in the plural.
  uint64_t connections = 8;    ///< Also the number of threads.
  bool skip_notes = false;     ///< Leave out lines that begin with `#`.
};

struct bulk_result {
  uint64_t done = 0;
  uint64_t failed = 0;
  double seconds = 0;
};

/// Works on one line and returns what to print on stdout (may be empty, else
/// with its line end). Called on several threads at once.
using bulk_step = std::function<caf::expected<std::string>(
  node_client& node, const bulk_line& what)>;

/// Takes the lines of `path` (`-` is stdin), empty ones left out. A failed line
/// is told on stderr (the first 20 of them) and the others go on; the work
/// stops early if the node cannot be reached at all. Errors: `invalid` (the
/// file, a line over 16 MiB, the node's URL).
caf::expected<bulk_result> run_bulk(const client_settings& to,
                                    const std::string& path,
                                    const bulk_options& options,
                                    const bulk_step& step);

/// Sends `what` until it is answered with something else than 429 or 503, a
/// few times at most, waiting as the node asks. With `again`, which says that
/// repeating is harmless, also after a connection that failed. Errors: as
/// `node_client::exchange`.
caf::expected<http_response> persist(node_client& node,
                                     const node_request& what, bool again);

/// `published 1,000 events in 1.2 s (812/s)`, and how many failed.
std::string summary_of(const bulk_result& what, std::string_view verb,
                       std::string_view unit);

} // namespace herald
