#pragma once

#include "config/text_hash.hpp"
#include "http/api/events_json.hpp"
#include "http/front_end/reading.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace herald {

/// One event and what became of it.
struct front_end_state::event_report final : front_end_state::reading {
  event_report(front_end_state& owner, exchange_ptr asker, std::string wanted);

  void begin() { find(0); }

private:
  void find(log_id log);
  void load(log_id log, sequence seq);
  void next_layer();
  void next_page(const std::string& after);
  void add(const std::vector<subscription>& page);
  bool wants(const subscription& sub) const;
  void ask_fates();
  void ask_fates_of(partition_id partition, std::vector<size_t> places);
  void ask_dead(size_t from);
  void ask_dead_of(size_t place, size_t next);
  void finish();

  std::string id;
  event_ptr what;
  std::vector<std::string> layers; ///< Still to be looked at, the last first.
  std::vector<delivery_line> lines;
  std::unordered_set<std::string, text_hash> callbacks; ///< Of the lines.
  size_t looked_at = 0;
  bool more = false;
  size_t outstanding = 0; ///< Answers.
};

} // namespace herald
