#include "storage/memory/internal.hpp"

namespace herald {

caf::error memory_store::note_pings(log_id log, std::span<const ping> what) {
  return on_log("note_pings", log, [&](auto& state) -> caf::error {
    for (const auto& one : what)
      state.pings[one.topic] = one;
    disk_->sync();
    return {};
  });
}

caf::expected<std::vector<ping>>
memory_store::pings(log_id log, const std::string& after, size_t max) {
  using result_type = caf::expected<std::vector<ping>>;
  return on_log("pings", log, [&](auto& state) -> result_type {
    std::vector<ping> result;
    for (auto i = state.pings.upper_bound(after);
         i != state.pings.end() && result.size() < max; ++i)
      result.push_back(i->second);
    return result;
  });
}

caf::expected<std::optional<topic_content>>
memory_store::content(log_id log, const std::string& topic) {
  using result_type = caf::expected<std::optional<topic_content>>;
  return on_log("content", log, [&](auto& state) -> result_type {
    auto found = state.contents.find(topic);
    if (found == state.contents.end())
      return std::optional<topic_content>{};
    return std::optional{found->second};
  });
}

caf::error memory_store::settle_fetch(log_id log,
                                      const fetch_settlement& what) {
  return on_log("settle_fetch", log, [&](auto& state) -> caf::error {
    if (what.forget)
      state.contents.erase(what.topic);
    if (what.content)
      state.contents[what.topic] = *what.content;
    if (what.owed)
      state.pings[what.topic] = *what.owed;
    else
      state.pings.erase(what.topic);
    return {};
  });
}

} // namespace herald
