#include "actors/topics/topic_marks.hpp"

#include "actors/topics/topic_layers.hpp"

#include <new>

namespace herald {

// Sequentially consistent throughout: a registry that marks and then reads the
// head of a log must not miss the publisher that appends and then looks.

namespace {

uint16_t bit(size_t place) {
  return static_cast<uint16_t>(1U << place);
}

} // namespace

topic_marks::topic_marks(size_t places)
  : slots_{static_cast<uint16_t*>(std::calloc(slots, sizeof(uint16_t)))},
    closed_(bits) {
  if (!slots_)
    throw std::bad_alloc{};
  for (size_t i = 0; i < places; ++i)
    ++closed_[i % bits];
}

void topic_marks::mark(size_t place, std::string_view topic_key) {
  std::atomic_ref slot{slots_[layer_hash(topic_key) % slots]};
  if (auto mine = bit(place % bits); (slot.load() & mine) == 0)
    slot.fetch_or(mine);
}

void topic_marks::open(size_t place) {
  --closed_[place % bits];
}

uint16_t topic_marks::find(std::string_view published_key) const {
  uint16_t result = 0;
  each_layer(published_key, [&](std::string_view, size_t hash) {
    result |= std::atomic_ref{slots_[hash % slots]}.load();
  });
  for (size_t i = 0; i < bits; ++i)
    if (closed_[i].load() > 0)
      result |= bit(i);
  return result;
}

} // namespace herald
