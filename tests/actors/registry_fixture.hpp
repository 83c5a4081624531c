#pragma once

#include "actors/registry.hpp"
#include "actors/storekeeper.hpp"
#include "config/log.hpp"
#include "storage/memory_store.hpp"
#include "storage/topic.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/scripted_transport.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace herald::test {

/// The value of a query parameter, the last of its name, not decoded.
inline std::string parameter(const std::string& path, const std::string& name) {
  auto at = path.rfind(name + "=");
  if (at == std::string::npos || (path[at - 1] != '&' && path[at - 1] != '?'))
    return {};
  at += name.size() + 1;
  return path.substr(at, path.find('&', at) - at);
}

/// A callback that confirms everything.
inline std::optional<fetch_reply> echo(const fetch_request& request) {
  return fetched(200, parameter(request.path, "hub.challenge"));
}

/// What a registry tells its spreader, in order.
struct heard {
  std::vector<std::string> news; ///< "ended ID", "changed ID SECRET".
  std::vector<match_result> matches;
  std::vector<replay_result> replays;
};

inline spreader_actor::behavior_type
listening_spreader(spreader_actor::pointer, std::shared_ptr<heard> to) {
  auto told = [to](std::string what) { to->news.push_back(std::move(what)); };
  return {
    [](const appended&) {},
    [to, told](match_result& what) {
      told("match");
      to->matches.push_back(std::move(what));
    },
    [to](replay_result& what) { to->replays.push_back(std::move(what)); },
    [](const std::vector<delivery_report>&) {},
    [told](const subscription_ended& what) {
      told("ended " + what.id.to_string());
    },
    [told](const subscription_changed& what) {
      told("changed " + what.now->id.to_string() + " " + what.now->secret);
    },
    [](atom::tick) {},
    [](atom::start) { return atom::done_v; },
    [](atom::status, const std::vector<subscription_id>&) {
      return std::vector<subscriber_status>{};
    },
    [](atom::drain) { return atom::done_v; },
  };
}

/// One registry over a memory store and a scripted network. Time starts at
/// `epoch_ms`; `subscribe("t", "c")` and friends are the language of the tests.
class registry_test : public deterministic {
protected:
  static constexpr unix_ms epoch_ms = 1'000'000'000'000;
  static constexpr int64_t lease = 1000;

  std::shared_ptr<memory_disk> disk
    = std::make_shared<memory_disk>(store_shape{2, 1});
  std::shared_ptr<store> db = make_memory_store(disk);
  std::shared_ptr<const wall_clock> time
    = std::make_shared<const wall_clock>(now(), epoch_ms);
  std::shared_ptr<heard> spreader = std::make_shared<heard>();
  std::shared_ptr<registry_counters> counters
    = std::make_shared<registry_counters>();
  scripted_transport net{sys};
  storekeeper_actor keeper = spawn(storekeeper, db, std::string{"http://hub/"});
  registry_limits limits;
  registry_actor aut;
  size_t changes = 0; ///< Calls of `change` so far.
  sequence appended_so_far = 0;

  ~registry_test() override { redirect_log({}); }

  registry_test() {
    redirect_log([](std::string_view) {}); // Faults are made on purpose.
    keep(net.handle());
    net.on_fetch = echo;
    disk->fault = [this](std::string_view call, fault_at when) {
      changes += call == "change" && when == fault_at::before;
      return caf::error{};
    };
  }

  /// Spawns the registry without starting it.
  void make() {
    registry_options options;
    options.logs = 2;
    options.transports = {net.handle()};
    options.store = keeper;
    options.time = time;
    options.limits = limits;
    options.counters = counters;
    aut = spawn(registry, std::move(options));
    self->send(aut, atom::attach_v,
               spreader_actor{spawn(listening_spreader, spreader)});
  }

  void boot() {
    make();
    EXPECT_TRUE(ask<atom::done>(aut, atom::start_v));
  }

  void restart() {
    kill(aut);
    boot();
  }

  unix_ms wall() { return time->at(now()); }

  static intent_request wish(const std::string& topic_text,
                             const std::string& callback,
                             const std::string& secret = {}) {
    auto parsed = parse_subscribed_topic(topic_text);
    EXPECT_TRUE(parsed);
    intent_request result;
    result.id = make_subscription_id(parsed->key, parsed->is_url, callback);
    result.topic = parsed->text;
    result.topic_key = parsed->key;
    result.callback = callback;
    result.what.secret = secret;
    result.what.lease_seconds = lease;
    return result;
  }

  static subscription_id id_of(const std::string& topic_text,
                               const std::string& callback) {
    return wish(topic_text, callback).id;
  }

  caf::expected<atom::done> send(intent_request what) {
    return ask<atom::done>(aut, std::move(what));
  }

  caf::expected<atom::done> subscribe(const std::string& topic_text,
                                      const std::string& callback,
                                      const std::string& secret = {}) {
    return send(wish(topic_text, callback, secret));
  }

  caf::expected<atom::done> unsubscribe(const std::string& topic_text,
                                        const std::string& callback) {
    auto what = wish(topic_text, callback);
    what.what.subscribe = false;
    return send(std::move(what));
  }

  /// The row as it is stored.
  std::optional<subscription> stored(const subscription_id& id) {
    auto result = db->get(id);
    EXPECT_TRUE(result);
    return *result;
  }

  /// The secret that deliveries are signed with, or "-" if there are none.
  std::string active_secret(const subscription_id& id) {
    auto result = ask<std::vector<subscription_ptr>>(
      aut, atom::resolve_v, std::vector<subscription_id>{id});
    EXPECT_TRUE(result);
    return result->at(0) ? result->at(0)->secret : "-";
  }

  /// Appends an event to log 0.
  event_ptr publish(const std::string& topic_text) {
    event what;
    what.id = "e" + std::to_string(++appended_so_far);
    what.topic = topic_text;
    auto done = db->append(0, std::vector<event>{what});
    EXPECT_TRUE(done);
    what.seq = done->at(0).seq;
    return std::make_shared<const event>(std::move(what));
  }

  match_result match(std::vector<event_ptr> events, size_t max = 1000) {
    appended what;
    what.events
      = std::make_shared<const std::vector<event_ptr>>(std::move(events));
    self->send(aut, match_request{std::move(what), max});
    run();
    EXPECT_FALSE(spreader->matches.empty());
    auto result = std::move(spreader->matches.back());
    spreader->matches.pop_back();
    spreader->news.pop_back();
    return result;
  }

  /// Who gets an event that is published now.
  std::vector<std::string> receivers(const std::string& topic_text) {
    std::vector<std::string> result;
    for (auto& who : match({publish(topic_text)}).who)
      result.push_back(who->callback);
    return result;
  }

  std::vector<std::string> take_news() {
    return std::exchange(spreader->news, {});
  }

  /// Makes the next `count` calls of `name` fail.
  void fail_calls(const std::string& name, size_t count, errc code,
                  fault_at when = fault_at::before) {
    disk->fault = [this, name, code, when, left = count](std::string_view call,
                                                         fault_at at) mutable {
      changes += call == "change" && at == fault_at::before;
      if (call != name || at != when || left == 0)
        return caf::error{};
      --left;
      return fail(code, "The store failed.");
    };
  }
};

inline const std::string feed = "http://pub/feed?x=1&y";
inline const std::string callback = "http://sub/cb";

/// A registry that has started.
class a_registry : public registry_test {
protected:
  subscription_id id = id_of(feed, callback);

  a_registry() { boot(); }

  /// An active subscription with the secret "old".
  void have_subscription() {
    EXPECT_TRUE(subscribe(feed, callback, "old"));
    EXPECT_EQ(active_secret(id), "old");
    take_news();
  }

  void expect_unchanged() {
    EXPECT_EQ(active_secret(id), "old");
    auto row = stored(id);
    ASSERT_TRUE(row);
    EXPECT_FALSE(row->pending);
    EXPECT_EQ(row->expires_at, epoch_ms + lease * 1000);
    EXPECT_THAT(receivers(feed), testing::ElementsAre(callback));
    EXPECT_THAT(take_news(), testing::IsEmpty());
  }

  void answer_with(fetch_reply reply) {
    net.on_fetch = [reply](const fetch_request&) { return reply; };
  }

  void hold() { net.on_fetch = nullptr; }

  std::string last_path() const { return net.fetches().back().path; }

  std::string challenge(size_t index) const {
    return parameter(net.fetches().at(index).path, "hub.challenge");
  }

  void confirm(size_t index) {
    net.release_fetch(index, fetched(200, challenge(index)));
    run();
  }
};

} // namespace herald::test
