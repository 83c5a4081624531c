#include "http/api/answer_json.hpp"
#include "http/front_end/operation.hpp"

#include <algorithm>

namespace herald {

namespace {

template <class Row>
std::vector<event_place> places_of(const std::vector<Row>& rows) {
  std::vector<event_place> result;
  for (auto& row : rows)
    result.emplace_back(row.key.log, row.key.seq);
  return result;
}

/// One page of history, each row printed by `print`.
template <class Row, class F>
std::string history_json(const page<Row>& what, F print) {
  std::vector<std::string> items;
  for (auto& row : what.items)
    items.push_back(print(row));
  return page_json(items, what.next);
}

} // namespace

void front_end_state::operation::run(const attempts_command& what) {
  auto show = [this](page<attempt_record>& found) {
    attempts = std::move(found);
    name_events(places_of(attempts.items), [this] {
      answer(200, history_json(attempts, [this](auto& row) {
               return attempt_json(row, names);
             }));
    });
  };
  ask(at.handles.reader, show, atom::attempts_v, command.id, what.page.after,
      uint64_t{what.page.limit});
}

void front_end_state::operation::run(const dead_command& what) {
  ask_letters(what.page, [this] {
    answer(200, history_json(letters, [this](auto& row) {
             return dead_letter_json(row, names);
           }));
  });
}

/// Reads a page of dead letters into `letters`, and their events' `names`.
void front_end_state::operation::ask_letters(const page_query& which,
                                             step then) {
  auto go_on = [this, then](page<dead_letter>& found) {
    letters = std::move(found);
    name_events(places_of(letters.items), then);
  };
  ask(at.handles.reader, go_on, atom::dead_v, command.id, which.after,
      uint64_t{which.limit});
}

/// Reads the `names` of these events, one run after the other: many requests
/// at once would keep others waiting for the reader.
void front_end_state::operation::name_events(std::vector<event_place> places,
                                             step then) {
  names.clear();
  unread = runs_of(std::move(places));
  next_run(std::move(then));
}

void front_end_state::operation::next_run(step then) {
  if (unread.empty())
    return then();
  auto run = unread.back();
  unread.pop_back();
  auto go_on = [this, then](std::vector<event_meta>& found) {
    for (auto& each : found)
      names[{each.log, each.seq}] = {std::move(each.id), std::move(each.topic)};
    next_run(then);
  };
  ask(at.handles.reader, go_on, atom::read_v, run.log, run.after, run.count);
}

/// Looks for an event by its id, one log after the other.
void front_end_state::operation::find_event(
  std::string id, std::function<void(event_place)> then, log_id log) {
  if (log == at.handles.publishers.size())
    return refuse(fail(errc::not_found, "There is no event with this id."));
  auto go_on = [this, id, then, log](const std::optional<sequence>& found) {
    if (found)
      then({log, *found});
    else
      find_event(id, then, static_cast<log_id>(log + 1));
  };
  ask(at.handles.reader, go_on, atom::lookup_v, log, id);
}

} // namespace herald
