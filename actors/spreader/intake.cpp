#include "actors/spreader/spreader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace herald {

namespace {

size_t bytes_of(const appended& what) {
  size_t result = 0;
  for (auto& x : *what.events)
    result += x->body.size();
  return result;
}

/// The part of `what` behind its first `count` events.
appended rest_of(const appended& what, size_t count) {
  auto& events = *what.events;
  auto from = events.begin() + static_cast<ptrdiff_t>(count);
  auto rest = std::make_shared<std::vector<event_ptr>>(from, events.end());
  return {what.log, events[count - 1]->seq, std::move(rest), what.until};
}

} // namespace

/// Events were appended. They are kept if they follow what is known; else they
/// are read from the store in time.
void spreader_state::take(appended& what) {
  auto& log = logs[what.log];
  auto last = what.until;
  if (!running || last <= log.head)
    return;
  auto bytes = bytes_of(what);
  auto fits = log.tail_events + what.events->size() <= limits.tail_events
              && log.tail_bytes + bytes <= limits.tail_bytes;
  assert(log.tail.empty() || log.tail.back().until == log.head);
  if (what.after == log.head && fits) {
    log.tail_events += what.events->size();
    log.tail_bytes += bytes;
    log.tail.push_back(std::move(what));
  } else {
    drop_tail(log);
  }
  log.head = last;
  advance(log);
}

void spreader_state::drop_tail(log_view& log) {
  log.tail.clear();
  log.tail_events = 0;
  log.tail_bytes = 0;
}

bool spreader_state::has_room(const log_view& log) const {
  return running && !draining && !log.busy
         && open_deliveries < limits.open_deliveries
         && pending.size() < limits.uncommitted;
}

/// There may be room again.
void spreader_state::proceed() {
  expand();
  advance();
}

void spreader_state::advance() {
  for (auto& log : logs)
    advance(log);
}

/// Asks who wants the next events, for as long as there is room for them.
void spreader_state::advance(log_view& log) {
  while (wants_more(log)) {
    if (!drop_matched(log)) {
      log.busy = true;
      return read_chunk(log,
                        log.tail.empty() ? log.head : log.tail.front().after);
    }
    log.from_store = false;
    auto next = std::move(log.tail.front());
    log.tail.pop_front();
    log.tail_events -= next.events->size();
    log.tail_bytes -= bytes_of(next);
    if (next.events->empty()) {
      log.window.matched(next.until);
      dirty(false);
      continue;
    }
    auto found = match(std::move(next));
    if (!found) {
      log.busy = true;
      return;
    }
    put_in(*found);
  }
}

bool spreader_state::wants_more(log_view& log) const {
  log.window.drop_settled();
  return has_room(log) && log.window.next_to_expand() == nullptr
         && log.window.entries().size() < limits.window_events
         && log.window.bytes() < limits.window_bytes
         && log.window.matched() < log.head;
}

/// At the desk; nothing if the answer will come as a message.
std::optional<match_result> spreader_state::match(appended what) {
  match_request next{std::move(what), limits.max_matches};
  auto found = desk ? desk->ask(next) : std::nullopt;
  if (!found)
    self->send(registry, std::move(next));
  return found;
}

/// Drops the part of the tail that is matched already. True if the tail goes
/// on right there.
bool spreader_state::drop_matched(log_view& log) {
  auto at = log.window.matched();
  while (!log.tail.empty() && log.tail.front().until <= at) {
    log.tail_events -= log.tail.front().events->size();
    log.tail_bytes -= bytes_of(log.tail.front());
    log.tail.pop_front();
  }
  assert(!log.tail.empty() || (log.tail_events == 0 && log.tail_bytes == 0));
  return !log.tail.empty() && log.tail.front().after <= at;
}

void spreader_state::read_chunk(log_view& log, sequence up_to) {
  log.from_store = true;
  auto id = log.id;
  asks
    .request(store, atom::read_v, id, log.window.matched(),
             uint64_t{limits.chunk_events})
    .then(
      [this, id, up_to](std::vector<event_meta>& metas) {
        match_chunk(logs[id], metas, up_to);
      },
      [this, id](const caf::error&) { intake_failed(logs[id]); });
}

void spreader_state::match_chunk(log_view& log, std::vector<event_meta>& metas,
                                 sequence up_to) {
  appended chunk;
  chunk.log = log.id;
  chunk.after = log.window.matched();
  auto events = std::make_shared<std::vector<event_ptr>>();
  size_t bytes = 0;
  for (auto& meta : metas) {
    if (meta.seq > up_to || (bytes > 0 && bytes > limits.load_bytes))
      break;
    bytes += meta.body_size;
    auto bodyless = std::make_shared<event>();
    static_cast<event_meta&>(*bodyless) = std::move(meta);
    events->push_back(std::move(bodyless));
  }
  if (events->empty()) {
    // The log has nothing there any more: retention went past us.
    log.busy = false;
    log.window.matched(std::max(log.window.matched(), up_to));
    return advance(log);
  }
  chunk.until = events->back()->seq;
  chunk.events = std::move(events);
  if (auto found = match(std::move(chunk)))
    take(*found);
}

void spreader_state::take(match_result& what) {
  auto& log = logs[what.what.log];
  if (draining)
    return; // The next start reads them again.
  assert(log.busy);
  if (std::exchange(log.is_void, false)) {
    log.busy = false;
    return advance(log);
  }
  if (!log.from_store)
    return enter(what);
  log.loading = std::move(what);
  load_matched(log, 0);
}

/// Reads the bodies of those events that somebody wants, from event `from` on.
void spreader_state::load_matched(log_view& log, size_t from) {
  auto& what = *log.loading;
  std::vector<sequence> seqs;
  std::vector<size_t> places;
  for (size_t i = from; i < what.ends.size(); ++i) {
    auto begin = i == 0 ? 0 : what.ends[i - 1];
    if (what.ends[i] > begin) {
      seqs.push_back((*what.what.events)[i]->seq);
      places.push_back(i);
    }
  }
  if (seqs.empty()) {
    auto complete = *std::exchange(log.loading, std::nullopt);
    return enter(complete);
  }
  auto id = log.id;
  asks
    .request(store, atom::bodies_v, id, std::move(seqs),
             uint64_t{limits.load_bytes})
    .then(
      [this, id, places](std::vector<event_ptr>& loaded) {
        if (draining)
          return;
        place_loaded(*logs[id].loading, places, loaded);
        load_matched(logs[id], places[loaded.size() - 1] + 1);
      },
      [this, id](const caf::error&) { intake_failed(logs[id]); });
}

/// Replaces bodyless events by what was loaded.
void spreader_state::place_loaded(match_result& what,
                                  const std::vector<size_t>& places,
                                  std::vector<event_ptr>& loaded) {
  auto events = std::make_shared<std::vector<event_ptr>>(*what.what.events);
  for (size_t i = 0; i < loaded.size(); ++i) {
    auto& place = (*events)[places[i]];
    auto lost = why_lost(loaded[i]);
    if (lost == failure::none) {
      place = std::move(loaded[i]);
      continue;
    }
    died_unspread(what, places[i], lost);
    auto mark = std::make_shared<event>(*place);
    mark->damaged = true;
    place = std::move(mark);
  }
  what.what.events = std::move(events);
}

/// An event is lost before it was spread: visibly dead for all who wanted it.
void spreader_state::died_unspread(const match_result& what, size_t index,
                                   failure why) {
  auto begin = index == 0 ? 0 : what.ends[index - 1];
  for (auto i = begin; i < what.ends[index]; ++i) {
    if (!what.who[i])
      continue;
    dead_letter letter;
    letter.key
      = {what.who[i]->id, what.what.log, (*what.what.events)[index]->seq};
    letter.up_to = letter.key.seq;
    letter.at = wall();
    letter.why = why;
    die(what.who[i], letter);
  }
}

/// The answer that was waited for, complete.
void spreader_state::enter(match_result& what) {
  auto& log = logs[what.what.log];
  log.busy = false;
  put_in(what);
  advance(log);
}

/// Puts matched events into the window.
void spreader_state::put_in(match_result& what) {
  auto& log = logs[what.what.log];
  auto& events = *what.what.events;
  assert(what.ends.size() <= events.size());
  assert(what.who.size() == (what.ends.empty() ? 0 : what.ends.back()));
  size_t begin = 0;
  sequence last = what.what.after;
  for (size_t i = 0; i < what.ends.size(); ++i) {
    std::vector<subscription_ptr> who;
    for (; begin < what.ends[i]; ++begin)
      if (what.who[begin])
        who.push_back(std::move(what.who[begin]));
    last = events[i]->seq;
    if (!who.empty() && !events[i]->damaged)
      log.window.add(events[i], std::move(who));
  }
  if (what.ends.size() == events.size())
    last = what.what.until;
  log.window.matched(std::max(last, log.window.matched()));
  put_back(log, what);
  expand();
  dirty(false);
}

/// Returns the events to the tail that the registry did not get to.
void spreader_state::put_back(log_view& log, const match_result& what) {
  if (log.from_store || what.ends.size() == what.what.events->size())
    return;
  auto rest = rest_of(what.what, what.ends.size());
  if (log.head != rest.until && log.tail.empty())
    return; // The tail was dropped meanwhile: the store has them.
  assert(log.tail.empty() || rest.until <= log.tail.front().after);
  log.tail_events += rest.events->size();
  log.tail_bytes += bytes_of(rest);
  log.tail.push_front(std::move(rest));
}

/// The store did not answer: the same is asked again a little later.
void spreader_state::intake_failed(log_view& log) {
  log.busy = false;
  log.loading.reset();
  arm(now() + limits.store_retry);
}

/// Polls the heads: a lost message must not stall a log for ever.
void spreader_state::refresh_heads() {
  asks.request(store, atom::heads_v)
    .then(
      [this](const std::vector<log_bounds>& bounds) {
        for (size_t i = 0; i < logs.size() && i < bounds.size(); ++i) {
          // The news of the newest events may be on its way; of what was there
          // at the last poll, it is lost.
          if (logs[i].polled > logs[i].head) {
            drop_tail(logs[i]);
            logs[i].head = logs[i].polled;
          }
          logs[i].polled = bounds[i].head;
        }
        advance();
      },
      [](const caf::error&) {});
}

} // namespace herald
