#include "actors/registry/subscription_table.hpp"

#include <cassert>

namespace herald {

namespace {

auto has_id(const subscription_id& id) {
  return [&id](const packed_subscription* row) { return row->id() == id; };
}

} // namespace

const subscription_table::entry*
subscription_table::find(const subscription_id& id) const {
  auto slot = rows_.find(std::hash<subscription_id>{}(id), has_id(id));
  return slot ? *slot : nullptr;
}

subscription_table::entry**
subscription_table::slot_of(const subscription_id& id) {
  return rows_.find(std::hash<subscription_id>{}(id), has_id(id));
}

std::optional<subscription>
subscription_table::get(const subscription_id& id) const {
  auto at = find(id);
  if (!at)
    return std::nullopt;
  auto result = at->unpack();
  if (auto what = pending(id))
    result.pending = *what;
  return result;
}

const intent* subscription_table::pending(const subscription_id& id) const {
  auto i = pending_.find(id);
  return i == pending_.end() ? nullptr : &i->second;
}

subscription_table::placed subscription_table::put(const subscription& what) {
  if (what.pending)
    pending_.insert_or_assign(what.id, *what.pending);
  else
    pending_.erase(what.id);
  auto slot = slot_of(what.id);
  if (!slot) {
    auto row = packed_subscription::make(what);
    rows_.insert(std::hash<subscription_id>{}(what.id), row.get());
    assert(pending_.size() <= rows_.size());
    return {*row.release(), nullptr};
  }
  unshare(**slot);
  if ((*slot)->assign(what))
    return {**slot, nullptr};
  auto before = std::exchange(*slot, packed_subscription::make(what).release());
  return {**slot, std::unique_ptr<const entry>{before}};
}

void subscription_table::erase(const subscription_id& id) {
  pending_.erase(id);
  auto slot = slot_of(id);
  if (!slot)
    return;
  std::unique_ptr<const entry> row{*slot};
  unshare(*row);
  rows_.erase(slot);
  assert(pending_.size() <= rows_.size());
}

void subscription_table::clear() {
  rows_.visit(0, rows_.slots(), [](const entry* row) { delete row; });
  rows_.clear();
  pending_.clear();
  shared_.clear();
  oldest_ = 0;
}

subscription_ptr subscription_table::share(const entry& of) const {
  assert(find(of.id()) == &of);
  in_use_ = true;
  assert(of.place_ == 0 || shared_[of.place_ - 1U].of == &of);
  if (of.place_ != 0)
    return shared_[of.place_ - 1U].what;
  if (shared_.size() < max_shared_) {
    shared_.emplace_back();
    oldest_ = shared_.size() - 1;
  } else if (shared_[oldest_].of) {
    shared_[oldest_].of->place_ = 0;
  }
  auto& slot = shared_[oldest_];
  slot = {std::make_shared<const subscription>(of.unpack()), &of};
  of.place_ = static_cast<uint16_t>(oldest_ + 1);
  oldest_ = (oldest_ + 1) % max_shared_;
  return slot.what;
}

void subscription_table::rest() {
  if (std::exchange(in_use_, false))
    return;
  for (auto& slot : shared_)
    if (slot.of)
      slot.of->place_ = 0;
  shared_ = {};
  oldest_ = 0;
}

void subscription_table::unshare(const entry& of) {
  if (of.place_ == 0)
    return;
  assert(shared_[of.place_ - 1U].of == &of);
  shared_[of.place_ - 1U] = {};
  of.place_ = 0;
}

} // namespace herald
