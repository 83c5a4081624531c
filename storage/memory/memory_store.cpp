#include "storage/memory/memory_store.hpp"

#include "storage/memory/internal.hpp"

#include <cassert>
#include <utility>

namespace herald {

namespace {

event_ptr stored(const event& what, log_id log, sequence seq) {
  auto result = std::make_shared<event>(what);
  result->log = log;
  result->seq = seq;
  result->body_size = static_cast<uint32_t>(what.body.size());
  result->fresh_id = false;
  result->wire.clear();
  return result;
}

append_result append_one(memory_disk::log_state& state, log_id log,
                         const event& what) {
  auto [known, added] = state.ids.try_emplace(what.id, state.bounds.head + 1);
  if (!added) {
    auto& first = *state.events.at(known->second);
    return {known->second, true,
            is_other_body(first.body.size(), first.digest, what), first.topic};
  }
  auto seq = ++state.bounds.head;
  state.events.emplace_hint(state.events.end(), seq, stored(what, log, seq));
  return {seq, false, false, {}};
}

} // namespace

caf::expected<std::vector<append_result>>
memory_store::append(log_id log, std::span<const event> what) {
  using result_type = caf::expected<std::vector<append_result>>;
  return on_log("append", log, [&](auto& state) -> result_type {
    std::vector<append_result> result;
    result.reserve(what.size());
    for (const auto& one : what)
      result.push_back(append_one(state, log, one));
    disk_->sync();
    return result;
  });
}

caf::expected<std::vector<event_meta>>
memory_store::read(log_id log, sequence after, size_t max) {
  using result_type = caf::expected<std::vector<event_meta>>;
  return on_log("read", log, [&](auto& state) -> result_type {
    std::vector<event_meta> result;
    for (auto i = state.events.upper_bound(after);
         i != state.events.end() && result.size() < max; ++i)
      result.push_back(*i->second);
    return result;
  });
}

caf::expected<std::vector<std::shared_ptr<event>>>
memory_store::bodies(log_id log, std::span<const sequence> seqs,
                     size_t max_bytes) {
  using result_type = caf::expected<std::vector<std::shared_ptr<event>>>;
  return on_log("bodies", log, [&](auto& state) -> result_type {
    std::vector<std::shared_ptr<event>> result;
    size_t bytes = 0;
    for (auto seq : seqs) {
      auto found = state.events.find(seq);
      result.push_back(found == state.events.end()
                         ? nullptr
                         : std::make_shared<event>(*found->second));
      bytes += result.back() ? result.back()->body.size() : 0;
      if (bytes > max_bytes)
        break;
    }
    return result;
  });
}

caf::expected<std::optional<sequence>>
memory_store::lookup(log_id log, const std::string& event_id) {
  using result_type = caf::expected<std::optional<sequence>>;
  return on_log("lookup", log, [&](auto& state) -> result_type {
    auto found = state.ids.find(event_id);
    if (found == state.ids.end())
      return std::optional<sequence>{};
    return std::optional{found->second};
  });
}

caf::expected<sequence> memory_store::seek(log_id log, unix_ms since) {
  return on_log("seek", log, [&](auto& state) -> caf::expected<sequence> {
    for (const auto& [seq, what] : state.events)
      if (what->accepted_at >= since)
        return seq - 1;
    return state.bounds.head;
  });
}

caf::expected<std::vector<log_bounds>> memory_store::heads() {
  using result_type = caf::expected<std::vector<log_bounds>>;
  return run("heads", [&]() -> result_type {
    std::vector<log_bounds> result;
    for (const auto& state : disk_->logs)
      result.push_back(state.bounds);
    return result;
  });
}

caf::expected<size_t> memory_store::trim(log_id log, sequence up_to,
                                         size_t max) {
  return on_log("trim", log, [&](auto& state) -> caf::expected<size_t> {
    size_t gone = 0;
    auto oldest = state.events.begin();
    for (; oldest != state.events.end() && oldest->first <= up_to && gone < max;
         ++gone) {
      state.ids.erase(oldest->second->id);
      state.bounds.trimmed = oldest->first;
      oldest = state.events.erase(oldest);
    }
    return gone;
  });
}

std::unique_ptr<store> make_memory_store(disk_ptr disk) {
  assert(disk != nullptr);
  return std::make_unique<memory_store>(std::move(disk));
}

std::unique_ptr<store> make_memory_store(store_shape shape) {
  return make_memory_store(std::make_shared<memory_disk>(shape));
}

} // namespace herald
