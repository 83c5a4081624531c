#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace herald {

/// Which partitions may have a subscription to a topic, so that a publisher
/// need not ask them all: one look-up for each layer of a topic, whatever the
/// number of partitions. It may say yes in vain, and the registry decides; it
/// never says no in vain, as long as a registry marks a topic before it asks
/// for the heads of the logs that a new subscription starts from, and the
/// publisher looks after it has appended.
///
/// A partition is a *place* here: its index among those of the node. From 16
/// places on several share a bit. Any thread, without locks. Half a million
/// slots, 1 MiB if all of them are used; with many more topics than that it
/// says yes more often, and nothing else changes.
class topic_marks {
public:
  /// All answers are yes until a place is open.
  explicit topic_marks(size_t places);

  /// Somebody at this place subscribes to this `topic::key`.
  void mark(size_t place, std::string_view topic_key);

  /// Everything that is known of this place was marked.
  void open(size_t place);

  /// Who may want what is published under this `topic::key`.
  uint16_t find(std::string_view published_key) const;

  static bool holds(uint16_t found, size_t place) {
    return (found >> (place % bits) & 1) != 0;
  }

private:
  static constexpr size_t bits = 16;
  static constexpr size_t slots = size_t{1} << 19;

  struct release {
    void operator()(uint16_t* what) const { std::free(what); }
  };

  std::unique_ptr<uint16_t[], release> slots_; ///< Zeroed pages, until used.
  std::vector<std::atomic<size_t>> closed_;    ///< Places that are not open.
};

} // namespace herald
