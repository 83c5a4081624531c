#include "http/front_end/event.hpp"

#include "actors/topics/topic_layers.hpp"

#include <algorithm>
#include <cassert>
#include <map>

namespace herald {

namespace {

constexpr size_t max_looked_at = 10'000; // Subscriptions.
constexpr size_t page_of_layer = 1000;
constexpr size_t dead_at_once = 100; // Questions to the store.

} // namespace

front_end_state::event_report::event_report(front_end_state& owner,
                                            exchange_ptr asker,
                                            std::string wanted)
  : reading(owner, std::move(asker)), id(std::move(wanted)) {
  // nop
}

// -- the event ----------------------------------------------------------------

void front_end_state::event_report::find(log_id log) {
  if (log == at.handles.publishers.size())
    return refuse(
      fail(errc::not_found, "There is no event with this id, or no longer."));
  ask(
    at.handles.reader,
    [this, log](const std::optional<sequence>& seq) {
      if (seq)
        load(log, *seq);
      else
        find(static_cast<log_id>(log + 1));
    },
    atom::lookup_v, log, id);
}

void front_end_state::event_report::load(log_id log, sequence seq) {
  ask(
    at.handles.reader,
    [this](std::vector<event_ptr>& events) {
      what = events.empty() ? nullptr : std::move(events.front());
      if (!what)
        return refuse(fail(errc::not_found, "The event is not kept any more."));
      if (what->damaged)
        return refuse(fail(errc::corrupt, "The stored event is damaged."));
      std::string buffer;
      layers = topic_layers(published_key_in(what->topic, buffer));
      std::reverse(layers.begin(), layers.end());
      next_layer();
    },
    atom::bodies_v, log, std::vector<sequence>{seq}, uint64_t{SIZE_MAX});
}

// -- who wants it -------------------------------------------------------------

void front_end_state::event_report::next_layer() {
  if (layers.empty())
    ask_fates();
  else
    next_page("");
}

void front_end_state::event_report::next_page(const std::string& after) {
  subscription_filter filter;
  filter.topic_key_prefix = layers.back();
  filter.exact_topic = true;
  ask(
    at.handles.reader,
    [this](const subscription_page& page) {
      add(page.items);
      if (more)
        return ask_fates();
      if (!page.next.empty())
        return next_page(page.next);
      layers.pop_back();
      next_layer();
    },
    atom::find_v, std::move(filter), after, uint64_t{page_of_layer});
}

/// Of a callback on several layers the most specific one gets the event, and
/// that comes first.
void front_end_state::event_report::add(const std::vector<subscription>& page) {
  for (auto& sub : page) {
    if (looked_at == max_looked_at) {
      more = true;
      return;
    }
    ++looked_at;
    if (wants(sub) && callbacks.insert(sub.callback).second)
      lines.push_back({sub.id, sub.callback, {}});
  }
}

bool front_end_state::event_report::wants(const subscription& sub) const {
  auto start = what->log < sub.starts.size() ? sub.starts[what->log] : 0;
  return sub.active && sub.expires_at > at.now() && start < what->seq;
}

// -- what became of it --------------------------------------------------------

void front_end_state::event_report::ask_fates() {
  std::map<partition_id, std::vector<size_t>> places;
  for (size_t i = 0; i < lines.size(); ++i)
    places[lines[i].sub.partition(at.handles.spreaders.size())].push_back(i);
  if (places.empty())
    return finish();
  outstanding = places.size();
  for (auto& [partition, where] : places)
    ask_fates_of(partition, std::move(where));
}

void front_end_state::event_report::ask_fates_of(partition_id partition,
                                                 std::vector<size_t> places) {
  fate_query query{what->log, what->seq, {}};
  for (auto i : places)
    query.who.push_back(lines[i].sub);
  ask(
    at.handles.spreaders[partition],
    [this, places = std::move(places)](const std::vector<delivery_fate>& told) {
      assert(told.size() == places.size());
      for (size_t i = 0; i < places.size(); ++i)
        lines[places[i]].fate = told[i];
      if (--outstanding == 0)
        ask_dead(0);
    },
    std::move(query));
}

/// What a spreader knows nothing of was delivered, or is a dead letter.
void front_end_state::event_report::ask_dead(size_t from) {
  std::vector<size_t> places;
  auto i = from;
  for (; i < lines.size() && places.size() < dead_at_once; ++i)
    if (lines[i].fate.how == delivery_fate::kind::delivered)
      places.push_back(i);
  if (places.empty())
    return finish();
  outstanding = places.size();
  for (auto place : places)
    ask_dead_of(place, i);
}

void front_end_state::event_report::ask_dead_of(size_t place, size_t next) {
  ask(
    at.handles.reader,
    [this, place, next](const std::optional<dead_letter>& letter) {
      if (letter)
        lines[place].fate
          = {delivery_fate::kind::dead, letter->attempts, unix_ms{0}};
      if (--outstanding == 0)
        ask_dead(next);
    },
    atom::dead_v, job_key{lines[place].sub, what->log, what->seq});
}

void front_end_state::event_report::finish() {
  answer(event_report_json(*what, deliveries_json(lines, more)));
}

} // namespace herald
