#include "actors/registry/callback_calls.hpp"

#include "config/log.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace herald {

namespace {

std::string path_of(const target& to, const callback_question& asked,
                    std::string_view challenge) {
  return asked.what
           ? verification_path(to.path, asked.topic, *asked.what, challenge)
           : denial_path(to.path, asked.topic, asked.reason);
}

} // namespace

callback_calls::callback_calls(registry_actor::pointer self, ask what,
                               check still, report then)
  : self_(self), gets_(self), ask_(std::move(what)),
    is_current_(std::move(still)), report_(std::move(then)) {
  // nop
}

void callback_calls::init(std::vector<transport_actor> transports,
                          verify_config verify,
                          std::shared_ptr<const wall_clock> time,
                          callback_limits limits) {
  assert(!transports.empty());
  transports_ = std::move(transports);
  verify_ = verify;
  time_ = std::move(time);
  limits_ = limits;
  gets_.set_deadline(verify_.timeout + limits_.queue);
}

void callback_calls::want(const call_key& key) {
  auto [i, is_new] = calls_.try_emplace(key);
  auto& what = i->second;
  if (!is_new && what.now != phase::resting)
    return;
  what.failures = 0;
  queue(key, what);
  pump();
}

void callback_calls::finish(const call_key& key) {
  auto i = calls_.find(key);
  if (i == calls_.end() || i->second.now != phase::settling)
    return;
  assert(open_ > 0 && !i->second.made);
  --open_;
  calls_.erase(i);
  pump();
}

void callback_calls::tick(const subscription_id& id, uint64_t token) {
  for (bool denial : {false, true}) {
    call_key key{id, denial};
    auto i = calls_.find(key);
    if (i != calls_.end() && i->second.now == phase::resting
        && i->second.token == token)
      queue(key, i->second);
  }
  pump();
}

void callback_calls::queue(const call_key& key, call& what) {
  what.now = phase::queued;
  waiting_.push_back(key);
}

/// Not re-entered: a result that is reported may be finished at once.
void callback_calls::pump() {
  if (pumping_)
    return;
  pumping_ = true;
  while (open_ < limits_.open && !waiting_.empty()) {
    auto key = waiting_.front();
    waiting_.pop_front();
    begin(key);
  }
  pumping_ = false;
}

void callback_calls::begin(const call_key& key) {
  auto i = calls_.find(key);
  assert(i != calls_.end() && i->second.now == phase::queued);
  auto from = i->second.kept;
  if (auto asked = ask_(key))
    begin(key, i->second, std::move(*asked));
  else
    calls_.erase(i);
  if (from == nullptr)
    return;
  assert(from->second.coming > 0);
  --from->second.coming;
  admit(from);
}

void callback_calls::begin(const call_key& key, call& what,
                           callback_question asked) {
  auto to = parse_target(asked.callback);
  auto where = &*origins_.try_emplace(to ? to->origin : std::string{}).first;
  // Entrances validate callbacks: this one came from an older store.
  if (!to) {
    take_place(what, std::move(asked), where);
    return settle(key, what, callback_answer::refused);
  }
  if (park(key, what, where))
    return;
  take_place(what, std::move(asked), where);
  send(key, what, std::make_shared<const target>(std::move(*to)));
}

bool callback_calls::park(const call_key& key, call& what,
                          origin_ptr where) const {
  auto& [open, coming, parked] = where->second;
  if (what.kept == where || open + coming < limits_.per_origin)
    return false;
  what.now = phase::parked;
  what.kept = nullptr;
  parked.push_back(key);
  return true;
}

void callback_calls::send(const call_key& key, call& what, target_ptr to) {
  what.now = phase::asking;
  what.token = ++tokens_;
  auto& made = *what.made;
  if (made.asked.what) {
    auto challenge = make_challenge();
    if (!challenge) {
      log_error("registry", "no_random_bytes");
      return rest(key, what);
    }
    made.challenge = std::move(*challenge);
  }
  fetch_request request;
  request.path = path_of(*to, made.asked, made.challenge);
  request.to = std::move(to);
  request.timeout = verify_.timeout;
  request.max_body = max_verification_body;
  request.to_callback = true;
  made.sent_at = time_->at(self_->clock().now());
  auto& transport
    = transports_[text_hash{}(made.to->first) % transports_.size()];
  gets_.request(transport, std::move(request))
    .then([this, key, token = what.token](
            const fetch_reply& reply) { answered(key, token, reply); },
          [this, key, token = what.token](const caf::error&) {
            answered(key, token, {});
          });
}

void callback_calls::answered(const call_key& key, uint64_t token,
                              const fetch_reply& reply) {
  auto i = calls_.find(key);
  if (i == calls_.end() || i->second.now != phase::asking
      || i->second.token != token)
    return;
  auto& what = i->second;
  auto answer = judge(reply, what.made->challenge);
  if (!is_current_(key, what.made->asked)) {
    // There is a newer word, or nothing to say any more.
    what.failures = 0;
    leave_place(what);
    queue(key, what);
  } else if (answer == callback_answer::silent
             && what.failures < verification_delays.size()) {
    rest(key, what);
  } else {
    settle(key, what, answer);
  }
  pump();
}

void callback_calls::rest(const call_key& key, call& what) {
  // Without random bytes there may be more failures than delays.
  what.failures
    = std::min<uint8_t>(what.failures + 1, verification_delays.size());
  auto delay = verification_delays[what.failures - 1U];
  what.now = phase::resting;
  what.token = ++tokens_;
  leave_place(what);
  self_->delayed_send(self_, delay, atom::tick_v, key.id, what.token);
}

void callback_calls::settle(const call_key& key, call& what,
                            callback_answer answer) {
  what.now = phase::settling;
  leave_origin(what);
  auto made = std::move(what.made);
  report_({key, std::move(made->asked), answer, made->sent_at});
}

void callback_calls::take_place(call& what, callback_question asked,
                                origin_ptr where) {
  assert(!what.made && open_ < limits_.open);
  ++open_;
  ++where->second.open;
  what.kept = nullptr;
  what.made = std::make_unique<attempt>();
  what.made->asked = std::move(asked);
  what.made->to = where;
}

void callback_calls::leave_place(call& what) {
  leave_origin(what);
  what.made.reset();
  assert(open_ > 0);
  --open_;
}

void callback_calls::leave_origin(call& what) {
  auto where = std::exchange(what.made->to, nullptr);
  assert(where != nullptr && where->second.open > 0);
  --where->second.open;
  admit(where);
}

/// Lets as many go as there is room for: each of them once, however many wait.
/// Forgets an origin of which nothing is left.
void callback_calls::admit(origin_ptr where) {
  auto& [open, coming, parked] = where->second;
  auto taken = std::min(open + coming, limits_.per_origin);
  auto count = std::min(parked.size(), limits_.per_origin - taken);
  for (auto i = count; i > 0; --i) {
    auto& what = calls_.at(parked[i - 1]);
    assert(what.now == phase::parked);
    what.now = phase::queued;
    what.kept = where;
    waiting_.push_front(parked[i - 1]);
  }
  // Whoever is let go has a place at its origin.
  assert(count == 0 || open + coming + count <= limits_.per_origin);
  coming += count;
  parked.erase(parked.begin(), parked.begin() + static_cast<ptrdiff_t>(count));
  if (open == 0 && coming == 0 && parked.empty())
    origins_.erase(origins_.find(where->first));
}

} // namespace herald
