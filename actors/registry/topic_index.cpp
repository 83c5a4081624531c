#include "actors/registry/topic_index.hpp"

#include <cassert>
#include <memory>

namespace herald {

namespace {

/// Above this many new entries a layer is sorted anew instead of inserting one
/// by one.
constexpr size_t max_insertions = 32;

bool by_id(const topic_index::entry* x, const topic_index::entry* y) {
  return x->id() < y->id();
}

} // namespace

// -- layers -------------------------------------------------------------------

void topic_index::group::sort() {
  auto tail = entries.begin() + static_cast<ptrdiff_t>(sorted);
  if (entries.size() - sorted > max_insertions) {
    std::sort(tail, entries.end(), by_id);
    std::inplace_merge(entries.begin(), tail, entries.end(), by_id);
  } else {
    for (; tail != entries.end(); ++tail)
      std::rotate(std::upper_bound(entries.begin(), tail, *tail, by_id), tail,
                  tail + 1);
  }
  sorted = entries.size();
}

std::span<const topic_index::entry*> topic_index::layer::sorted() {
  auto all = several();
  if (!all)
    return {&one_, 1};
  all->sort();
  return all->entries;
}

topic_index::layer* topic_index::find_layer(std::string_view key, size_t hash) {
  return layers_.find(hash, [key](layer each) { return each.key() == key; });
}

topic_index::layer* topic_index::layer_of(const entry& row) {
  auto key = row.topic_key();
  return find_layer(key, layer_hash(key));
}

const topic_index::entry** topic_index::place_in(std::span<const entry*> rows,
                                                 const entry& row) {
  auto at = std::lower_bound(rows.begin(), rows.end(), &row, by_id);
  return at != rows.end() && *at == &row ? &*at : nullptr;
}

// -- changes ------------------------------------------------------------------

void topic_index::add(const entry& what) {
  auto key = what.topic_key();
  auto hash = layer_hash(key);
  auto at = find_layer(key, hash);
  ++size_;
  if (!at)
    return layers_.insert(hash, layer{what});
  if (!at->several()) {
    auto first = at->sorted().front();
    assert(first->id() != what.id());
    *at = layer{new group{{first}, 1}};
  }
  at->several()->entries.push_back(&what);
}

void topic_index::replace(const entry& old, const entry& now) {
  // Its place in its layer stays the same.
  assert(old.id() == now.id() && old.topic_key() == now.topic_key());
  if (auto at = layer_of(old))
    if (auto place = place_in(at->sorted(), old))
      *place = &now;
}

void topic_index::remove(const entry& what) {
  auto at = layer_of(what);
  if (!at)
    return;
  auto rows = at->sorted();
  auto place = place_in(rows, what);
  if (!place)
    return;
  assert(size_ > 0);
  --size_;
  std::unique_ptr<group> all{at->several()};
  // The key is read from the rows, so the last one leaves with its layer.
  if (rows.size() == 1)
    return layers_.erase(at);
  all->entries.erase(all->entries.begin() + (place - rows.data()));
  all->sorted = all->entries.size();
  static_cast<void>(all.release());
}

void topic_index::clear() {
  layers_.visit(0, layers_.slots(), [](layer each) { delete each.several(); });
  layers_.clear();
  size_ = 0;
}

// -- look-ups -----------------------------------------------------------------

void topic_index::find_layers(std::string_view published_key) {
  found_.clear();
  each_layer(published_key, [this](std::string_view key, size_t hash) {
    if (auto at = find_layer(key, hash))
      found_.push_back(*at);
  });
  std::reverse(found_.begin(), found_.end());
}

const topic_index::entry* topic_index::find_callback(layer& in,
                                                     const entry& like) {
  auto key = in.key();
  auto id = key == like.topic_key()
              ? like.id()
              : make_subscription_id(key, is_url_key(key), like.callback());
  auto rows = in.sorted();
  auto at = std::lower_bound(
    rows.begin(), rows.end(), id,
    [](const entry* x, const subscription_id& y) { return x->id() < y; });
  return at != rows.end() && (*at)->id() == id ? *at : nullptr;
}

bool topic_index::is_first(const entry& what, bool look, bool note) {
  if (!look && !note)
    return true;
  auto callback = what.callback();
  if (note)
    return callbacks_.insert(callback).second;
  return !callbacks_.contains(callback);
}

void topic_index::merge(std::vector<const entry*>& out, size_t first,
                        size_t middle) {
  auto at
    = [&out](size_t i) { return out.begin() + static_cast<ptrdiff_t>(i); };
  if (first < middle && middle < out.size())
    std::inplace_merge(at(first), at(middle), out.end(), by_id);
  // Of each callback one, so no subscription comes twice.
  assert(std::adjacent_find(at(first), out.end(),
                            [](auto* x, auto* y) { return !by_id(x, y); })
         == out.end());
}

} // namespace herald
