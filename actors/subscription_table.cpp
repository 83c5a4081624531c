#include "actors/subscription_table.hpp"

#include <cassert>

namespace herald {

const subscription_table::entry*
subscription_table::find(const subscription_id& id) const {
  auto i = rows_.find(id);
  return i == rows_.end() ? nullptr : &*i;
}

std::optional<subscription>
subscription_table::get(const subscription_id& id) const {
  auto at = find(id);
  if (!at)
    return std::nullopt;
  auto result = at->second.what.unpack(id);
  if (auto what = pending(id))
    result.pending = *what;
  return result;
}

const intent* subscription_table::pending(const subscription_id& id) const {
  auto i = pending_.find(id);
  return i == pending_.end() ? nullptr : &i->second;
}

const subscription_table::entry&
subscription_table::put(const subscription& what) {
  if (what.pending)
    pending_.insert_or_assign(what.id, *what.pending);
  else
    pending_.erase(what.id);
  auto& result = *rows_.try_emplace(what.id).first;
  unshare(result.second);
  result.second.what = packed_subscription{what};
  return result;
}

void subscription_table::erase(const subscription_id& id) {
  pending_.erase(id);
  auto i = rows_.find(id);
  if (i == rows_.end())
    return;
  unshare(i->second);
  rows_.erase(i);
}

void subscription_table::clear() {
  rows_.clear();
  pending_.clear();
  shared_.clear();
  oldest_ = 0;
}

subscription_ptr subscription_table::share(const entry& of) const {
  auto& [id, what] = of;
  in_use_ = true;
  if (what.place != 0)
    return shared_[what.place - 1].what;
  if (shared_.size() < max_shared_) {
    shared_.emplace_back();
    oldest_ = shared_.size() - 1;
  } else if (shared_[oldest_].of) {
    shared_[oldest_].of->place = 0;
  }
  auto& slot = shared_[oldest_];
  slot = {std::make_shared<const subscription>(what.what.unpack(id)), &what};
  what.place = static_cast<uint32_t>(oldest_ + 1);
  oldest_ = (oldest_ + 1) % max_shared_;
  return slot.what;
}

void subscription_table::rest() {
  if (std::exchange(in_use_, false))
    return;
  for (auto& slot : shared_)
    if (slot.of)
      slot.of->place = 0;
  shared_ = {};
  oldest_ = 0;
}

void subscription_table::unshare(const row& of) {
  if (of.place == 0)
    return;
  assert(shared_[of.place - 1].of == &of);
  shared_[of.place - 1] = {};
  of.place = 0;
}

} // namespace herald
