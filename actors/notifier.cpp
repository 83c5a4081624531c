#include "actors/notifier.hpp"

#include "config/log.hpp"
#include "storage/topic.hpp"

namespace herald {

namespace {

std::string hex(uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (int shift = 60; shift >= 0; shift -= 4)
    result += digits[number >> shift & 15];
  return result;
}

} // namespace

void notifier_state::take(std::vector<notice>& what) {
  if (publishers.empty() || options.counters->listeners.load() == 0)
    return;
  for (auto& each : what)
    if (each.who && !wants_own_topics(each.who->topic_key))
      publish(each);
}

void notifier_state::publish(const notice& what) {
  if (open == options.max_open) {
    if (dropped++ == 0)
      log_warn("notifier", "notices_dropped", {{"open", open}});
    return;
  }
  ++open;
  dropped = 0;
  std::vector<event> events{event_of(what, hex(random()) + hex(random()))};
  auto log
    = topic_log(events[0].topic, static_cast<unsigned>(publishers.size()));
  events[0].log = static_cast<log_id>(log);
  std::vector<publish_request> request{{0, std::move(events)}};
  self->send(publishers[log], atom::publish_v, publish_listener{self},
             std::move(request));
}

/// What the store refused is not tried again: it has other worries.
void notifier_state::published(const herald::published& what) {
  open -= what.outcomes.size();
}

notifier_actor::behavior_type
notifier(notifier_actor::stateful_pointer<notifier_state> self,
         notifier_options options) {
  self->state.random.seed(options.seed);
  self->state.options = std::move(options);
  return {
    [self](const published& what) { self->state.published(what); },
    [self](std::vector<notice>& what) { self->state.take(what); },
    [self](atom::attach, std::vector<publisher_actor>& to) {
      self->state.publishers = std::move(to);
    },
  };
}

} // namespace herald
