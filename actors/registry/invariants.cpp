#include "actors/registry/registry.hpp"

#include <algorithm>

// What is asserted of the registry as a whole: pure questions about its state.

namespace herald {

/// An operation waits in one place: for the heads together with those of its
/// row, or behind a row that is being read; only what is being read is in
/// doubt; a question for heads is under way as long as somebody waits for one.
bool registry_state::waits_add_up() const {
  auto at_heads = for_heads.size() + with_heads.size();
  return headless.size() <= at_heads && headless.empty() == (at_heads == 0)
         && (for_heads.empty() || !with_heads.empty())
         && doubted.size() <= rereading.size()
         && (!reading || rereading.contains(doubted.front()));
}

/// In the index are the active rows of the table, and nothing else. Looks at
/// all rows.
bool registry_state::index_fits_table() const {
  size_t active = 0;
  table.visit(0, SIZE_MAX,
              [&](const entry& who) { active += who.active() ? 1 : 0; });
  return index.size() == active;
}

/// A topic is marked before the heads are asked for that a new subscription
/// starts behind: what is appended after them is told here.
bool registry_state::is_marked(const operation& what) const {
  auto* row = table.find(what.id);
  if (!marks || (!what.asked && row == nullptr))
    return true;
  auto key
    = what.asked ? std::string_view{what.asked->topic_key} : row->topic_key();
  return key == ping_topic // Is published to nobody.
         || topic_marks::holds(marks->find(key), place);
}

/// A new life starts behind every event that was answered for: if it begins
/// with the heads of one of its operations, none of them has been passed.
bool registry_state::starts_behind_matches(const row_change& row) const {
  if (!row.effect.activated || !row.after)
    return true;
  auto& starts = row.after->starts;
  auto is_new
    = [&](auto& what) { return !what.heads.empty() && what.heads == starts; };
  if (std::none_of(row.operations.begin(), row.operations.end(), is_new))
    return true; // It goes on where it was.
  for (size_t log = 0; log < matched.size(); ++log)
    if (starts[log] < matched[log])
      return false;
  return true;
}

} // namespace herald
