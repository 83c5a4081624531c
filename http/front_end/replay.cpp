#include "http/api/answer_json.hpp"
#include "http/front_end/operation.hpp"
#include "http/json/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace herald {

namespace {

// Larger than every start: the subscription's stays as it is.
constexpr auto no_rewind = std::numeric_limits<sequence>::max();

} // namespace

void front_end_state::operation::run(const replay_command& what) {
  auto bounds = bounds_of(what, at.now());
  if (auto* why = std::get_if<refusal>(&bounds))
    return refuse(*why);
  std::tie(since, until) = std::get<std::pair<unix_ms, unix_ms>>(bounds);
  ask_active([this] {
    auto go_on = [this](std::vector<log_bounds>& found) {
      heads = std::move(found);
      find_range(0);
    };
    ask(at.handles.reader, go_on, atom::heads_v);
  });
}

/// Where the events of this log begin and end; then those of the next one.
void front_end_state::operation::find_range(log_id log) {
  if (log == heads.size())
    return begin_replay();
  auto find_end = [this, log](sequence after) {
    auto keep = [this, log, after](sequence end) {
      if (after < std::min(end, heads[log].head))
        ranges.push_back({log, after, std::min(end, heads[log].head)});
      find_range(static_cast<log_id>(log + 1));
    };
    ask(at.handles.reader, keep, atom::seek_v, log, until + 1);
  };
  ask(at.handles.reader, find_end, atom::seek_v, log, since);
}

/// The subscription has to begin before what it is to get.
void front_end_state::operation::begin_replay() {
  if (ranges.empty())
    return answer_replay();
  std::vector<sequence> starts(heads.size(), no_rewind);
  for (auto& range : ranges)
    starts[range.log] = range.after;
  auto order = [this](subscription_ptr& rewound) {
    ask(
      spreader(), [this](atom::done) { answer_replay(); },
      replay_order{std::move(rewound), ranges});
  };
  ask(registry(), order, atom::rewind_v, command.id, std::move(starts));
}

void front_end_state::operation::answer_replay() {
  uint64_t events = 0;
  for (auto& range : ranges)
    events += range.until - range.after;
  nlohmann::ordered_json result;
  result["since"] = rfc3339(since);
  result["until"] = rfc3339(until);
  result["events"] = events;
  answer(202, dump(result));
}

void front_end_state::operation::run(const cancel_replay_command&) {
  ask(
    spreader(), [this](atom::done) { answer(204); }, atom::cancel_v,
    command.id);
}

} // namespace herald
