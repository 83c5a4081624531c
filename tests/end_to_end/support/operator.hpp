#pragma once

#include "tests/end_to_end/support/websub.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace herald::end_to_end {

/// Gives a test the words of an operator of subscriptions.
class operation : public websub {
public:
  /// The path of a subscription, or of what is below it.
  std::string path_of(const std::string& topic, const receiver& to,
                      const std::string& name = {});

  /// A request with a body of JSON; its answer has to have this status.
  nlohmann::json ask(const std::string& method, const std::string& path,
                     const std::string& body, int status);

  /// The items of a listing.
  nlohmann::json items(const std::string& path);

  /// Waits until the listing has that many items.
  bool wait_for_items(const std::string& path, size_t count);

  /// Runs `herald ARGS…` against the node.
  run_result run_client(std::vector<std::string> args);
};

} // namespace herald::end_to_end
