#include "http/api/answer_json.hpp"
#include "http/front_end/front_end.hpp"

#include <algorithm>
#include <cassert>
#include <map>

namespace herald {

namespace {

// With a state to look for, most of a page may be in vain.
constexpr size_t min_filtered_page = 100;

} // namespace

/// A listing that is being put together.
struct front_end_state::listing {
  exchange_ptr who;
  list_command asked;
  std::vector<std::string> items; ///< JSON.
  std::string from;               ///< Where the page in hand began.
  std::string next;               ///< Where it ends; empty: no more.
  size_t scanned = 0;
};

/// Collects what several spreaders know of some subscriptions.
struct front_end_state::status_join {
  exchange_ptr who;
  std::vector<subscription> whom;
  statuses how;
  size_t outstanding = 0;
  caf::error why;
  std::function<void(const std::vector<subscription>&, const statuses&)> then;

  /// One spreader less to wait for; true for the last one.
  bool last() { return --outstanding == 0; }
};

void front_end_state::ask_statuses(
  const exchange_ptr& who, std::vector<subscription> whom,
  std::function<void(const std::vector<subscription>&, const statuses&)> then) {
  if (whom.empty())
    return then(whom, {});
  auto join = std::make_shared<status_join>();
  join->who = who;
  join->whom = std::move(whom);
  join->how.resize(join->whom.size());
  join->then = std::move(then);
  std::map<partition_id, std::vector<size_t>> places;
  for (size_t i = 0; i < join->whom.size(); ++i)
    places[join->whom[i].id.partition(handles.spreaders.size())].push_back(i);
  join->outstanding = places.size();
  for (auto& [partition, where] : places)
    ask_statuses_of(partition, std::move(where), join);
}

void front_end_state::ask_statuses_of(partition_id partition,
                                      std::vector<size_t> places,
                                      std::shared_ptr<status_join> join) {
  std::vector<subscription_id> whom;
  for (auto i : places)
    whom.push_back(join->whom[i].id);
  auto finish = [this, join] {
    if (!join->last())
      return;
    if (join->why)
      refuse_with(join->who, join->why);
    else
      join->then(join->whom, join->how);
  };
  asks.request(handles.spreaders[partition], atom::status_v, std::move(whom))
    .then(
      [join, places, finish](const statuses& known) {
        assert(known.size() == places.size());
        for (size_t i = 0; i < places.size(); ++i)
          join->how[places[i]] = known[i];
        finish();
      },
      [join, finish](const caf::error& why) {
        join->why = why;
        finish();
      });
}

// -- one ----------------------------------------------------------------------

void front_end_state::run(const exchange_ptr& who, show_command& what) {
  asks.request(handles.reader, atom::fetch_v, what.id)
    .then([this, who](std::optional<subscription>& found) { show(who, found); },
          [this, who](const caf::error& why) { refuse_with(who, why); });
}

void front_end_state::show(const exchange_ptr& who,
                           std::optional<subscription>& found) {
  if (!found)
    return refuse_with(
      who, fail(errc::not_found, "There is no subscription with this id."));
  ask_statuses(
    who, {std::move(*found)},
    [this, who](const std::vector<subscription>& whom, const statuses& how) {
      answer(who, json_response(
                    subscription_json(whom.front(), how.front(), now())));
    });
}

// -- many ---------------------------------------------------------------------

void front_end_state::run(const exchange_ptr& who, list_command& what) {
  auto fresh = std::make_shared<listing>();
  fresh->who = who;
  fresh->next = what.after;
  fresh->asked = std::move(what);
  next_page(std::move(fresh));
}

// Asks for `rows` from the page's begin on; `next` becomes the cursor behind.
void front_end_state::find_rows(
  const listing_ptr& what, size_t rows,
  std::function<void(std::vector<subscription>)> then) {
  asks
    .request(handles.reader, atom::find_v, what->asked.filter, what->from,
             uint64_t{rows})
    .then(
      [what, then](subscription_page& found) {
        what->next = std::move(found.next);
        then(std::move(found.items));
      },
      [this, what](const caf::error& err) {
        auto why = to_refusal(err);
        if (why.status == 400) // All that can be wrong with it.
          why.field = "after";
        answer(what->who, refuse(what->who->request, why));
      });
}

void front_end_state::next_page(listing_ptr what) {
  what->from = what->next;
  auto rows = what->asked.limit;
  if (!what->asked.state.empty())
    rows = std::max(rows, min_filtered_page);
  find_rows(what, rows, [this, what](std::vector<subscription> found) {
    ask_statuses(
      what->who, std::move(found),
      [this, what](const std::vector<subscription>& items,
                   const statuses& how) { add_page(what, items, how); });
  });
}

void front_end_state::add_page(listing_ptr what,
                               const std::vector<subscription>& items,
                               const statuses& how) {
  auto& asked = what->asked;
  auto time = now();
  for (size_t i = 0; i < items.size(); ++i) {
    if (!asked.state.empty()
        && subscription_state(items[i], how[i], time) != asked.state)
      continue;
    if (what->items.size() == asked.limit)
      return cut_page(std::move(what), i);
    what->items.push_back(subscription_json(items[i], how[i], time));
  }
  what->scanned += items.size();
  if (what->next.empty() || what->items.size() == asked.limit
      || what->scanned >= options.max_scanned)
    finish_listing(what);
  else
    next_page(std::move(what));
}

// The page in hand has more than was asked for. The store's cursor stands
// behind a whole page, so a page that ends here is asked for its cursor.
void front_end_state::cut_page(listing_ptr what, size_t rows) {
  assert(rows > 0);
  find_rows(what, rows, [this, what](const std::vector<subscription>&) {
    finish_listing(what);
  });
}

void front_end_state::finish_listing(const listing_ptr& what) {
  answer(what->who, json_response(page_json(what->items, what->next)));
}

} // namespace herald
