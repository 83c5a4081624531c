#pragma once

#include "actors/asker.hpp"
#include "actors/interfaces.hpp"
#include "actors/registry/verification.hpp"
#include "actors/wall_clock.hpp"
#include "config/config.hpp"
#include "config/text_hash.hpp"

#include <compare>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace herald {

/// Names a GET: there is at most one of each kind per subscription.
struct call_key {
  subscription_id id;
  bool denial = false; ///< Tell of a denial; else verify the intent.

  bool operator==(const call_key&) const = default;
};

} // namespace herald

template <>
struct std::hash<herald::call_key> {
  size_t operator()(const herald::call_key& key) const noexcept {
    return std::hash<herald::subscription_id>{}(key.id) + (key.denial ? 1 : 0);
  }
};

namespace herald {

/// What there is to say to a callback, as of now.
struct callback_question {
  std::string callback;
  std::string topic;
  std::optional<intent> what; ///< To verify; nothing for a denial.
  std::string reason;         ///< Of a denial.
};

/// The end of a GET that is to be acted upon.
struct callback_result {
  call_key key;
  callback_question asked;
  callback_answer answer = callback_answer::silent;
  unix_ms sent_at = 0; ///< Of the request that was answered.
};

/// Bounds on the GETs of one registry.
struct callback_limits {
  size_t open = 64;      ///< At once.
  size_t per_origin = 8; ///< Unanswered, to one callback origin.
  /// What a GET may wait in its transport's queue, beyond its own deadline.
  milliseconds queue{60'000};
};

/// Makes a registry's GETs to callbacks: one per key at a time, bounded in all
/// and per origin, repeated after `verification_delays`. What waits, waits as
/// a key: what to say is asked for when its turn has come, so that the newest
/// word counts. Owned by the registry's state, used only in its handlers.
///
/// A GET keeps its place among the open ones until `finish`, that is until its
/// result is durable: if the store is slow, no more GETs are made. Its origin
/// may get the next one as soon as it has answered.
class callback_calls {
public:
  /// What to say for a key; nothing: there is nothing to say any more.
  using ask = std::function<std::optional<callback_question>(const call_key&)>;
  /// Is what was asked still what there is to say?
  using check = std::function<bool(const call_key&, const callback_question&)>;
  /// Takes a result. `finish` must follow, now or later.
  using report = std::function<void(callback_result)>;

  callback_calls(registry_actor::pointer self, ask what, check still,
                 report then);

  void init(std::vector<transport_actor> transports, verify_config verify,
            std::shared_ptr<const wall_clock> time,
            callback_limits limits = {});

  /// There is something to say. Does nothing if that is waiting or under way;
  /// ends the wait for another try.
  void want(const call_key& key);

  /// The result of `key` has been acted upon.
  void finish(const call_key& key);

  /// A delay is over.
  void tick(const subscription_id& id, uint64_t token);

  /// GETs under way or being acted upon.
  size_t open() const { return open_; }

  /// GETs that wait, are under way or will be tried again.
  size_t size() const { return calls_.size(); }

private:
  enum class phase : uint8_t { queued, parked, asking, resting, settling };

  /// A callback origin that has unanswered GETs or whose calls wait.
  struct origin {
    size_t open = 0;   ///< Unanswered.
    size_t coming = 0; ///< Have waited here, and will begin when it is their
                       ///< turn: their place is kept.
    std::deque<call_key> parked;
  };

  using origin_map = std::unordered_map<std::string, origin, text_hash>;
  using origin_ptr = origin_map::value_type*;

  /// A GET that was begun.
  struct attempt {
    callback_question asked;
    origin_ptr to = nullptr; ///< Until it settles.
    std::string challenge;
    unix_ms sent_at = 0;
  };

  struct call {
    phase now = phase::queued;
    uint8_t failures = 0;
    uint64_t token = 0;            ///< Of the GET or the delay.
    origin_ptr kept = nullptr;     ///< Where it is coming from.
    std::unique_ptr<attempt> made; ///< Holds a place among the open ones, and
                                   ///< until it settles among its origin's.
  };

  void queue(const call_key& key, call& what);
  void pump();
  void begin(const call_key& key);
  void begin(const call_key& key, call& what, callback_question asked);
  bool park(const call_key& key, call& what, origin_ptr where) const;
  void send(const call_key& key, call& what, target_ptr to);
  void answered(const call_key& key, uint64_t token, const fetch_reply& reply);
  void rest(const call_key& key, call& what);
  void settle(const call_key& key, call& what, callback_answer answer);
  void take_place(call& what, callback_question asked, origin_ptr where);
  void leave_place(call& what);
  void leave_origin(call& what);
  void admit(origin_ptr where);

  registry_actor::pointer self_;
  asker<registry_actor> gets_;
  ask ask_;
  check is_current_;
  report report_;
  std::vector<transport_actor> transports_;
  verify_config verify_;
  std::shared_ptr<const wall_clock> time_;
  callback_limits limits_;
  std::unordered_map<call_key, call> calls_;
  origin_map origins_;
  std::deque<call_key> waiting_;
  uint64_t tokens_ = 0;
  size_t open_ = 0;
  bool pumping_ = false;
};

} // namespace herald
