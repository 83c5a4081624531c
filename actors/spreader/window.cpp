#include "actors/spreader/window.hpp"

#include <algorithm>
#include <cassert>

namespace herald {

namespace {

[[maybe_unused]] bool by_subscription_id(const subscription_ptr& x,
                                         const subscription_ptr& y) {
  return x->id < y->id;
}

} // namespace

void window::start(sequence at) {
  entries_.clear();
  bytes_ = 0;
  matched_ = at;
  cursor_ = at;
}

window_entry& window::add(event_ptr what, std::vector<subscription_ptr> who) {
  assert(entries_.empty() || entries_.back().what->seq < what->seq);
  assert(what->seq > matched_);
  // Those who are still to be expanded are found by their ids.
  assert(!who.empty()
         && std::is_sorted(who.begin(), who.end(), by_subscription_id));
  bytes_ += what->body.size();
  auto& entry = entries_.emplace_back();
  entry.what = std::move(what);
  entry.who = std::move(who);
  return entry;
}

void window::matched(sequence at) {
  assert(at >= matched_);
  assert(entries_.empty() || entries_.back().what->seq <= at);
  matched_ = at;
}

window_entry* window::find(sequence seq) {
  auto less = [](const window_entry& x, sequence y) { return x.what->seq < y; };
  auto i = std::lower_bound(entries_.begin(), entries_.end(), seq, less);
  return i != entries_.end() && i->what->seq == seq ? &*i : nullptr;
}

void window::settle(sequence seq) {
  auto entry = find(seq);
  assert(entry != nullptr && entry->open_deliveries > 0);
  assert(entry->is_consistent());
  --entry->open_deliveries;
}

window_entry* window::next_to_expand() {
  // Entries are expanded in order, so that only the last ones are open ended.
  auto incomplete
    = [](const window_entry& x) { return x.expanded < x.who.size(); };
  auto i = std::partition_point(entries_.begin(), entries_.end(),
                                [&](auto& x) { return !incomplete(x); });
  assert(i == entries_.end() || std::next(i) == entries_.end()
         || std::next(i)->expanded == 0);
  return i == entries_.end() ? nullptr : &*i;
}

const window_entry* window::first_open() const {
  auto is_open = [](const window_entry& x) { return x.open_deliveries > 0; };
  auto i = std::find_if(entries_.begin(), entries_.end(), is_open);
  return i == entries_.end() ? nullptr : &*i;
}

sequence window::expanded() {
  auto next = next_to_expand();
  return next == nullptr ? matched_ : next->what->seq - 1;
}

void window::drop_settled() {
  while (!entries_.empty() && entries_.front().settled()) {
    assert(entries_.front().is_consistent());
    bytes_ -= entries_.front().what->body.size();
    entries_.pop_front();
  }
  assert(!entries_.empty() || bytes_ == 0);
}

sequence window::cursor() {
  drop_settled();
  auto at = entries_.empty() ? matched_ : entries_.front().what->seq - 1;
  assert(at >= cursor_ && at <= matched_);
  cursor_ = at;
  return at;
}

window::place window::find(window_entry& in, const subscription_id& sub) {
  auto less = [](const subscription_ptr& x, const subscription_id& y) {
    return x->id < y;
  };
  auto from = in.who.begin() + static_cast<ptrdiff_t>(in.expanded);
  auto i = std::lower_bound(from, in.who.end(), sub, less);
  return i != in.who.end() && (*i)->id == sub ? i : in.who.end();
}

void window::update(const subscription_ptr& now) {
  for (auto& entry : entries_)
    if (auto i = find(entry, now->id); i != entry.who.end())
      *i = now;
}

void window::remove(const subscription_id& sub) {
  for (auto& entry : entries_)
    if (auto i = find(entry, sub); i != entry.who.end())
      entry.who.erase(i);
  // Empty ones must not stand between entries that are still to be expanded.
  std::erase_if(entries_, [this](const window_entry& entry) {
    if (!entry.who.empty())
      return false;
    assert(entry.expanded == 0 && entry.open_deliveries == 0);
    bytes_ -= entry.what->body.size();
    return true;
  });
}

} // namespace herald
