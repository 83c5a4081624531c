#include "actors/topic_index.hpp"

#include "actors/topic_layers.hpp"

#include <array>

namespace herald {

namespace {

/// Above this many new entries a layer is sorted anew instead of inserting one
/// by one.
constexpr size_t max_insertions = 32;

bool by_id(const topic_index::entry* x, const topic_index::entry* y) {
  return x->first < y->first;
}

} // namespace

void topic_index::add(const entry& what) {
  hashed_key key{what.second.what.topic_key(), 0};
  key.hash = layer_hash(key.text);
  auto i = layers_.find(key);
  if (i != layers_.end())
    return i->entries.push_back(&what);
  layers_.insert(layer{key.hash, {&what}, 1});
  mark(key.hash);
}

void topic_index::clear() {
  layers_.clear();
  marks_.assign(min_marks, false);
  marked_ = 0;
}

void topic_index::mark(size_t hash) {
  constexpr size_t marks_per_layer = 8;
  if (++marked_ * marks_per_layer <= marks_.size()) {
    marks_[hash & (marks_.size() - 1)] = true;
    return;
  }
  // Full, maybe of what is gone: made anew, with room for as much again.
  auto size = min_marks;
  while (size < 2 * marks_per_layer * layers_.size())
    size *= 2;
  marks_.assign(size, false);
  marked_ = layers_.size();
  for (auto& each : layers_)
    marks_[each.hash & (size - 1)] = true;
}

void topic_index::remove(const entry& what) {
  hashed_key key{what.second.what.topic_key(), 0};
  key.hash = layer_hash(key.text);
  auto i = layers_.find(key);
  if (i == layers_.end())
    return;
  auto& entries = i->entries;
  sorted(*i);
  auto at = std::lower_bound(entries.begin(), entries.end(), &what, by_id);
  if (at == entries.end() || *at != &what)
    return;
  // The key is read from the entries, so the last one leaves with its layer.
  if (entries.size() == 1) {
    layers_.erase(i);
    return;
  }
  entries.erase(at);
  i->sorted = entries.size();
}

void topic_index::find_layers(std::string_view published_key) {
  found_.clear();
  each_layer(published_key, [this](std::string_view key, size_t hash) {
    find_layer({key, hash});
  });
  std::reverse(found_.begin(), found_.end());
}

void topic_index::find_layer(const hashed_key& key) {
  if (!marks_[key.hash & (marks_.size() - 1)])
    return;
  if (auto i = layers_.find(key); i != layers_.end())
    found_.push_back(&*i);
}

const std::vector<const topic_index::entry*>&
topic_index::sorted(const layer& of) {
  auto& entries = of.entries;
  auto tail = entries.begin() + static_cast<ptrdiff_t>(of.sorted);
  if (entries.size() - of.sorted > max_insertions) {
    std::sort(tail, entries.end(), by_id);
    std::inplace_merge(entries.begin(), tail, entries.end(), by_id);
  } else {
    for (; tail != entries.end(); ++tail)
      std::rotate(std::upper_bound(entries.begin(), tail, *tail, by_id), tail,
                  tail + 1);
  }
  of.sorted = entries.size();
  return entries;
}

const topic_index::entry* topic_index::find_callback(const layer& in,
                                                     const entry& like) {
  auto& what = like.second.what;
  auto key = in.key();
  auto id = key == what.topic_key()
              ? like.first
              : make_subscription_id(key, is_url_key(key), what.callback());
  auto& entries = sorted(in);
  auto at = std::lower_bound(
    entries.begin(), entries.end(), id,
    [](const entry* x, const subscription_id& y) { return x->first < y; });
  return at != entries.end() && (*at)->first == id ? *at : nullptr;
}

bool topic_index::is_first(const entry& what, bool look, bool note) {
  if (!look && !note)
    return true;
  auto callback = what.second.what.callback();
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
}

} // namespace herald
