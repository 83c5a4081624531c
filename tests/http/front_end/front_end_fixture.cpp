#include "tests/http/front_end/front_end_fixture.hpp"

#include "tests/support/deterministic_actors.hpp"

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace herald::test {

void recorded_exchange::answer(http_response response) {
  EXPECT_FALSE(answered) << "answered twice";
  answered = std::move(response);
}

namespace {

template <class Page, class Row>
Page page_of(const std::vector<Row>& rows, const std::string& after,
             size_t limit) {
  auto begin = after.empty() ? 0 : std::stoul(after);
  auto end = std::min(rows.size(), begin + limit);
  Page result;
  for (auto i = begin; i < end; ++i)
    result.items.push_back(rows[i]);
  if (end < rows.size())
    result.next = std::to_string(end);
  return result;
}

std::vector<event_meta> events_of(const script& what, log_id log,
                                  sequence after, uint64_t max) {
  std::vector<event_meta> result;
  for (auto& each : what.events)
    if (each.log == log && each.seq > after && result.size() < max)
      result.push_back(each);
  return result;
}

/// The last sequence of the log that was accepted before a time.
sequence last_before(const script& what, log_id log, unix_ms time) {
  sequence result = 0;
  for (auto& each : what.events)
    if (each.log == log && each.accepted_at < time)
      result = each.seq;
  return result;
}

const subscription* row_of(const script& what, const subscription_id& id) {
  auto found = std::find_if(what.rows.begin(), what.rows.end(),
                            [&](auto& row) { return row.id == id; });
  return found == what.rows.end() ? nullptr : &*found;
}

subscriber_status status_of(const script& what, const subscription_id& id) {
  subscriber_status result;
  result.failing = std::count(what.failing.begin(), what.failing.end(), id) > 0;
  result.pending = result.failing ? 7 : 0;
  result.last_attempt = 1'000;
  result.lags = what.lags;
  return result;
}

// The engine's actors, untyped: each handles only what a front end sends.

caf::behavior fake_publisher(caf::event_based_actor*, script* what,
                             log_id log) {
  return {[=](atom::publish, publish_listener& asker,
              std::vector<publish_request>& requests) {
    for (auto& [token, events] : requests)
      what->publishes.push_back({log, token, asker, std::move(events)});
  }};
}

caf::behavior fake_registry(caf::event_based_actor* me, script* what) {
  auto answer = [=]() -> caf::result<atom::done> {
    if (what->silent)
      return me->make_response_promise<atom::done>();
    if (what->failure)
      return what->failure;
    return atom::done_v;
  };
  return {[=](intent_request& asked) {
            what->intents.push_back(std::move(asked));
            return answer();
          },
          [=](atom::remove, const subscription_id& id, const std::string&) {
            what->removed.push_back(id);
            return answer();
          },
          [=](atom::resolve, const std::vector<subscription_id>& ids) {
            auto* row = row_of(*what, ids.at(0));
            auto active = row != nullptr && row->active;
            return std::vector<subscription_ptr>{
              active ? std::make_shared<const subscription>(*row) : nullptr};
          },
          [=](atom::patch, const subscription_id& id,
              subscription_patch& how) -> caf::result<subscription_ptr> {
            if (what->failure)
              return what->failure;
            what->patches.push_back(how);
            auto result = *row_of(*what, id);
            result.paused = how.paused.value_or(result.paused);
            result.policy = how.policy;
            return std::make_shared<const subscription>(std::move(result));
          },
          [=](atom::rewind, const subscription_id& id,
              std::vector<sequence>& starts) -> caf::result<subscription_ptr> {
            what->rewound.push_back(starts);
            auto result = *row_of(*what, id);
            result.starts = std::move(starts);
            return std::make_shared<const subscription>(std::move(result));
          }};
}

caf::behavior fake_reader(caf::event_based_actor*, script* what) {
  return {
    [=](atom::fetch,
        const subscription_id& id) -> caf::result<std::optional<subscription>> {
      if (what->failure)
        return what->failure;
      auto* row = row_of(*what, id);
      return row != nullptr ? std::optional{*row} : std::nullopt;
    },
    [=](atom::find, const subscription_filter&, const std::string& after,
        uint64_t limit) -> caf::result<subscription_page> {
      if (what->failure)
        return what->failure;
      what->page_sizes.push_back(limit);
      return page_of<subscription_page>(what->rows, after, limit);
    },
    [=](atom::attempts, const subscription_id&, const std::string& after,
        uint64_t limit) {
      return page_of<page<attempt_record>>(what->attempts, after, limit);
    },
    [=](atom::dead, const subscription_id&, const std::string& after,
        uint64_t limit) {
      return page_of<page<dead_letter>>(what->letters, after, limit);
    },
    [=](atom::dead, const job_key& key) {
      std::optional<dead_letter> result;
      for (auto& each : what->letters)
        if (each.key.log == key.log && each.key.seq <= key.seq
            && key.seq <= each.up_to)
          result = each;
      return result;
    },
    [=](atom::read, log_id log, sequence after, uint64_t max) {
      ++what->reads;
      return events_of(*what, log, after, max);
    },
    [=](atom::lookup, log_id log, const std::string& id) {
      std::optional<sequence> result;
      for (auto& each : what->events)
        if (each.log == log && each.id == id)
          result = each.seq;
      return result;
    },
    [=](atom::heads) {
      std::vector<log_bounds> result;
      for (log_id log = 0; log < 4; ++log)
        result.push_back({0, last_before(*what, log, INT64_MAX)});
      return result;
    },
    [=](atom::seek, log_id log, unix_ms since) {
      return last_before(*what, log, since);
    }};
}

caf::behavior fake_spreader(caf::event_based_actor*, script* what) {
  auto note = [=](auto& list, auto& order) -> caf::result<atom::done> {
    if (what->order_failure)
      return what->order_failure;
    list.push_back(std::move(order));
    return atom::done_v;
  };
  return {
    [=](atom::status, const std::vector<subscription_id>& ids) {
      std::vector<subscriber_status> result;
      for (auto& id : ids)
        result.push_back(status_of(*what, id));
      return result;
    },
    [=](redeliver_order& order) { return note(what->redelivered, order); },
    [=](atom::drop, std::vector<job_key>& keys) {
      return note(what->dropped, keys);
    },
    [=](replay_order& order) { return note(what->replays, order); },
    [=](atom::cancel, subscription_id& id) {
      return note(what->cancelled, id);
    }};
}

} // namespace

a_front_end::a_front_end() {
  node->ready = true;
}

a_front_end::~a_front_end() = default;

void a_front_end::start() {
  auto* what = &engine_script;
  auto fake = [&](auto& into, auto... xs) {
    caf::actor actor = spawn(xs...);
    into = caf::actor_cast<std::decay_t<decltype(into)>>(actor);
  };
  engine handles;
  handles.publishers.resize(4);
  for (log_id log = 0; log < 4; ++log)
    fake(handles.publishers[log], fake_publisher, what, log);
  handles.registries.resize(3);
  for (auto& each : handles.registries)
    fake(each, fake_registry, what);
  handles.spreaders.resize(3);
  for (auto& each : handles.spreaders)
    fake(each, fake_spreader, what);
  fake(handles.reader, fake_reader, what);
  handles.time = std::make_shared<wall_clock>(now(), unix_ms{1'000'000});
  handles.state = node;
  handles.hub_url = "http://hub/hub";
  handles.heads = std::make_shared<log_heads>(4);
  handles.counters = counters;
  aut = spawn(front_end, handles, options);
  run();
}

recorded a_front_end::send(std::string method, std::string target,
                           std::string type, std::string body) {
  auto result = std::make_shared<recorded_exchange>();
  result->request = {std::move(method), std::move(target), {}, std::move(body)};
  if (!type.empty())
    result->request.fields.emplace_back("content-type", std::move(type));
  caf::anon_send(aut, std::vector<exchange_ptr>{result});
  run();
  return result;
}

recorded a_front_end::publish(const std::string& topic,
                              const std::string& key) {
  auto result = std::make_shared<recorded_exchange>();
  result->request = {"POST", "/events?topic=" + topic, {}, "body"};
  if (!key.empty())
    result->request.fields.emplace_back("idempotency-key", key);
  caf::anon_send(aut, std::vector<exchange_ptr>{result});
  run();
  return result;
}

publish_outcome
a_front_end::outcome_of(const taken_publish& x,
                        caf::expected<std::vector<append_result>> result) {
  return {x.token, std::move(result)};
}

void a_front_end::tell(std::vector<publish_outcome> outcomes) {
  caf::anon_send(aut, published{std::move(outcomes)});
  run();
}

void a_front_end::add_rows(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    subscription row;
    row.id = make_subscription_id("a", false, std::to_string(i));
    row.topic = "a";
    row.callback = std::to_string(i);
    row.active = true;
    row.expires_at = 9'000'000;
    engine_script.rows.push_back(row);
  }
}

json a_front_end::body_of(const recorded& x) {
  return json::parse(x->answered->body);
}

std::string a_front_end::value(const recorded& x, std::string_view name) {
  for (auto& [key, text] : x->answered->fields)
    if (key == name)
      return text;
  return {};
}

} // namespace herald::test
