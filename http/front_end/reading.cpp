#include "http/front_end/reading.hpp"

#include "actors/topics/topic_layers.hpp"
#include "http/api/events_json.hpp"
#include "http/front_end/event.hpp"
#include "http/front_end/metrics.hpp"
#include "http/front_end/pull.hpp"

#include <algorithm>

namespace herald {

// -- all of them --------------------------------------------------------------

void front_end_state::run(const exchange_ptr& who, reading_command& what) {
  struct {
    front_end_state& me;
    const exchange_ptr& who;

    void operator()(events_command& x) {
      std::make_shared<event_listing>(me, who, std::move(x))->begin();
    }
    void operator()(event_command& x) {
      std::make_shared<event_report>(me, who, std::move(x.id))->begin();
    }
    void operator()(pull_command& x) {
      std::make_shared<pull>(me, who, std::move(x))->begin();
    }
    void operator()(metrics_command&) {
      me.answer(who, metrics_response(me.handles, me.is_ready()));
    }
  } begin{*this, who};
  std::visit(begin, what);
}

void front_end_state::reading::answer(std::string json) {
  if (!std::exchange(answered, true))
    at.answer(who, json_response(std::move(json)));
}

void front_end_state::reading::refuse(const caf::error& why) {
  if (!std::exchange(answered, true))
    at.refuse_with(who, why);
}

// -- over the logs ------------------------------------------------------------

front_end_state::log_search::log_search(front_end_state& owner,
                                        exchange_ptr asker, std::string topic,
                                        size_t max_found)
  : reading(owner, std::move(asker)), topic_key(std::move(topic)),
    limit(max_found) {
  // nop
}

void front_end_state::log_search::search(log_positions from) {
  auto& heads = at.handles.heads->at;
  merge.emplace(std::move(from), log_positions(heads.begin(), heads.end()));
  found.clear();
  scanned = 0;
  bytes = 0;
  go_on();
}

bool front_end_state::log_search::is_full() const {
  return found.size() == limit || bytes >= max_bytes;
}

void front_end_state::log_search::go_on() {
  while (!is_full()) {
    if (auto log = merge->wanted()) {
      if (scanned < at.options.max_events_scanned)
        return read(*log);
      break;
    }
    auto next = merge->next();
    if (!next)
      break;
    take(std::move(*next));
  }
  finish();
}

void front_end_state::log_search::take(event_meta what) {
  std::string buffer;
  if (!topic_key.empty()
      && !topic_matches(topic_key, published_key_in(what.topic, buffer)))
    return;
  bytes += what.body_size;
  found.push_back(std::move(what));
}

void front_end_state::log_search::read(log_id log) {
  auto most = topic_key.empty() ? std::min(limit, at.options.max_read)
                                : at.options.max_read;
  most = std::min(most, at.options.max_events_scanned - scanned);
  ask(
    at.handles.reader,
    [this, log](std::vector<event_meta>& metas) {
      scanned += metas.size();
      merge->add(log, std::move(metas));
      go_on();
    },
    atom::read_v, log, merge->position(log), uint64_t{most});
}

void front_end_state::log_search::answer_page(
  const std::vector<std::string>& items) {
  answer(
    event_page_json(items, format_cursor(merge->positions()), merge->at_end()));
}

// -- a page of them -----------------------------------------------------------

front_end_state::event_listing::event_listing(front_end_state& owner,
                                              exchange_ptr asker,
                                              events_command asked)
  : log_search(owner, std::move(asker), std::move(asked.topic_key),
               asked.limit),
    after(std::move(asked.after)) {
  // nop
}

void front_end_state::event_listing::finish() {
  std::vector<std::string> items;
  for (auto& each : found)
    items.push_back(event_json(each));
  answer_page(items);
}

} // namespace herald
