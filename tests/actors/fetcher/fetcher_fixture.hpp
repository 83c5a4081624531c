#pragma once

#include "actors/fetcher/fetcher.hpp"
#include "actors/publisher.hpp"
#include "storage/topic.hpp"
#include "tests/actors/engine_fixture.hpp"
#include "tests/support/deterministic_actors.hpp"
#include "tests/support/scripted_transport.hpp"

#include <gmock/gmock.h>

namespace herald::test {

inline const std::string page_url = "http://pub/feed";

/// A fetcher and a publisher of one log, before a scripted network; one
/// subscription wants everything.
class a_fetcher : public with_store {
protected:
  scripted_transport net{sys};
  std::shared_ptr<registry_notes> registry = std::make_shared<registry_notes>();
  registry_actor registry_handle = spawn_registry(registry);
  std::shared_ptr<health> state = std::make_shared<health>();
  fetcher_limits limits;
  fetcher_actor aut;
  publisher_actor publisher_handle;

  a_fetcher() {
    keep(net.handle());
    registry->who = {subscriber_named('a')};
    publisher_options publishing;
    publishing.store = keeper;
    publishing.time = time;
    publishing.state = state;
    publisher_handle = spawn(publisher, std::move(publishing));
    EXPECT_TRUE(ask<atom::done>(publisher_handle, atom::start_v));
    make();
  }

  void make() {
    fetcher_options options;
    options.limits = limits;
    options.retry.jitter = 0;
    options.max_body = 1000;
    options.transports = {net.handle()};
    options.registries = {registry_handle};
    options.publisher = publisher_handle;
    options.store = keeper;
    options.time = time;
    auto all = std::make_shared<std::vector<fetcher_actor>>();
    options.fetchers = all;
    aut = spawn(fetcher, std::move(options));
    all->push_back(aut);
    EXPECT_TRUE(ask<atom::done>(aut, atom::start_v));
  }

  void restart() {
    kill(aut);
    make();
    run();
  }

  /// Of this topic only; what else is pinged has no subscribers.
  void somebody_wants(const std::string& topic) {
    registry->who.clear();
    subscription one;
    one.topic = one.topic_key = topic;
    one.callback = "http://s/";
    one.id = make_subscription_id(one.topic_key, true, one.callback);
    ASSERT_TRUE(db->change(std::vector<subscription_change>{{one, false, {}}}));
  }

  caf::error ping_of(std::vector<std::string> topics, uint32_t hops = 0) {
    auto result
      = ask<atom::done>(aut, atom::ping_v, std::move(topics), hops, false);
    return result ? caf::error{} : result.error();
  }

  void content(std::string body, std::vector<field> fields = {}) {
    net.on_fetch = [=](const fetch_request&) {
      return fetch_reply{answered(200), body, fields};
    };
  }

  void answer(fetch_reply reply) {
    net.on_fetch = [=](const fetch_request&) { return reply; };
  }

  std::vector<std::string> bodies() {
    std::vector<std::string> result;
    for (auto& [seq, what] : disk->logs[0].events)
      result.push_back(what->body);
    return result;
  }

  /// What each event says of its canonical URL, by topic.
  std::map<std::string, std::string> selves() {
    std::map<std::string, std::string> result;
    for (auto& [seq, what] : disk->logs[0].events)
      result[what->topic] = what->self;
    return result;
  }

  /// How many nodes each event came through, as its fields say.
  std::vector<std::string> hops_of_events() {
    std::vector<std::string> result;
    for (auto& [seq, what] : disk->logs[0].events) {
      auto& text = result.emplace_back("-");
      for (auto& [name, value] : what->fields)
        if (name == hops_field)
          text = value;
    }
    return result;
  }

  const event& last_event() { return *disk->logs[0].events.rbegin()->second; }

  std::string asked_for(const std::string& name) {
    for (auto& [key, value] : net.fetches().back().fields)
      if (key == name)
        return value;
    return "-";
  }

  auto& pings() { return disk->logs[0].pings; }
};

} // namespace herald::test
