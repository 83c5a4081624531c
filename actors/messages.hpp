#pragma once

#include "config/config.hpp"
#include "config/errc.hpp"
#include "storage/model.hpp"
#include "storage/store.hpp"
#include "storage/target.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/type_id.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace herald {

/// Everything that crosses from one actor to another. Messages never leave the
/// process: big parts are shared and immutable, the rest is moved.

// -- events -------------------------------------------------------------------

/// Events in the order of their log; shared by all spreaders.
using event_batch = std::shared_ptr<const std::vector<event_ptr>>;

/// Publisher to a spreader: the log goes until `until`, and of what is behind
/// `after` nobody of this partition wants any but, perhaps, these. `after` is
/// what the spreader was told last, so that it sees whether it missed some.
struct appended {
  log_id log = 0;
  sequence after = 0;
  event_batch events;
  sequence until = 0;
};

/// The events of one request, all or none; `token` comes back with the outcome.
struct publish_request {
  uint64_t token = 0;
  std::vector<event> events;
};

/// What became of one publish request: one result per event, or why none of
/// them was accepted.
struct publish_outcome {
  uint64_t token = 0;
  caf::expected<std::vector<append_result>> result;
};

/// Publisher to whoever asked: the outcomes of one group commit.
struct published {
  std::vector<publish_outcome> outcomes;
};

// -- matching -----------------------------------------------------------------

/// Spreader to registry: who wants these? The registry answers a prefix of the
/// batch if the whole has more than `max_matches`, at least one event.
struct match_request {
  appended what;
  size_t max_matches = 0;
};

/// Event i of the batch is wanted by who[ends[i-1]] .. who[ends[i]-1], in the
/// order of their ids; `ends.size()` events were looked at.
struct match_result {
  appended what;
  std::vector<subscription_ptr> who;
  std::vector<uint32_t> ends;
};

/// Spreader to registry: which of these events are `sub`'s? (A lagging
/// subscriber is served from the log.)
struct replay_request {
  uint64_t token = 0; ///< Comes back in the result.
  log_id log = 0;     ///< So does this.
  subscription_id sub;
  std::vector<event_meta> events;
};

/// Who it is now (null: it ended), and the sequences it wants, ascending.
struct replay_result {
  uint64_t token = 0;
  log_id log = 0;
  subscription_ptr who;
  std::vector<sequence> wanted;
};

// -- delivery -----------------------------------------------------------------

/// An event for a subscriber, and how many attempts were made before.
struct delivery_item {
  event_ptr what;
  uint32_t attempts = 0;
};

/// Spreader to delivery: take these on. `who` replaces what was known.
struct delivery_order {
  subscription_ptr who;
  std::vector<delivery_item> items;
  bool hold = false; ///< Give back, as `unused`, what has not left.
  /// So many of its failures are known to the spreader. While the last attempt
  /// failed, nothing leaves before all of them are: the breaker may open.
  uint64_t seen = std::numeric_limits<uint64_t>::max();
  /// The last attempt failed, says the spreader to an actor that is new.
  bool failing = false;
};

/// How an item ended, as seen by its delivery actor.
enum class verdict : uint8_t {
  done,  ///< 2xx.
  retry, ///< Failed; due again at `due`.
  dead,  ///< Failed for good.
  gone,  ///< 410: the subscription is to end.
  unused ///< Never left: the lease has ended, or it was held back.
};

/// Delivery to spreader. `token` names the subscriber's place in the spreader.
struct delivery_report {
  uint64_t token = 0;
  log_id log = 0;
  sequence seq = 0;
  verdict how = verdict::done;
  unix_ms due = 0; ///< For `retry`.
  /// Null for `unused`, and for a success where those are not kept.
  std::shared_ptr<attempt_record> made;
};

// -- transport ----------------------------------------------------------------

/// One attempt: POST to a subscriber. The request is `head`, `what->wire`,
/// `fields`, an empty line, `what->body`; each part ends its lines with CRLF.
struct post_request {
  uint64_t token = 0; ///< Comes back in the reply.
  target_ptr to;
  std::shared_ptr<const std::string> head; ///< Request line and fields that
                                           ///< the subscription always sends.
  std::string fields;                      ///< Of this attempt.
  event_ptr what;
  milliseconds timeout{0}; ///< Of the attempt; 0: as configured.
  bool again = false;      ///< The subscriber's last attempt failed.
};

/// A subscriber that answers this wants to be called less often (RFC 6585).
inline constexpr uint16_t status_too_many = 429;

/// What came of a request.
struct http_outcome {
  uint16_t status = 0;         ///< 0: no complete answer.
  failure why = failure::none; ///< `none` whenever there is a status.
  uint32_t duration_ms = 0;
  std::string retry_after; ///< The field's value, at most 64 bytes.
  std::string excerpt;     ///< Start of the body, at most 1 KiB, or the reason
                           ///< of the failure. Empty for 2xx.
};

struct post_reply {
  uint64_t token = 0;
  http_outcome outcome;
};

/// A GET whose answer is wanted: verification of intent, denial, topic fetch.
struct fetch_request {
  target_ptr to;
  std::string path; ///< Overrides `to->path`: with the hub's own query.
  std::vector<field> fields;
  std::chrono::milliseconds timeout{10'000}; ///< Of the whole request.
  size_t max_body = 64 * 1024; ///< A longer body is failure::protocol.
  bool to_callback = false;    ///< Else to a topic.
};

struct fetch_reply {
  http_outcome outcome;
  std::string body;
  std::vector<field> fields; ///< Names in lower case, in order.
};

// -- subscriptions ------------------------------------------------------------

/// Front end to registry: somebody asks to subscribe or unsubscribe. Already
/// validated; the lease is already clamped.
struct intent_request {
  subscription_id id;
  std::string topic;
  std::string topic_key;
  std::string callback;
  intent what;
  /// Do not ask the callback: take effect at once (intergov, when configured).
  bool skip_verification = false;
  /// Unsubscribing an unknown pair is errc::not_found (intergov), not a no-op.
  bool must_exist = false;
  /// Not empty: policy refuses the topic. Nothing is stored; the callback gets
  /// a `denied` GET with this reason (WebSub 5.2).
  std::string denied;
};

/// Registry to spreader: this subscription is gone; drop what is queued.
struct subscription_ended {
  subscription_id id;
};

/// Registry to spreader: as it is now. Verified anew, paused, or another
/// policy.
struct subscription_changed {
  subscription_ptr now;
};

/// What a spreader knows of a subscriber, for people.
struct subscriber_status {
  bool failing = false; ///< The last attempt failed and a retry is due.
  uint64_t pending = 0; ///< Jobs and open deliveries.
  bool lagging = false; ///< Served from the log; its backlog is not counted.
  unix_ms last_attempt = 0;
  uint32_t failures = 0;  ///< Failed attempts in a row,
  unix_ms since = 0;      ///< when the first of them failed,
  unix_ms open_until = 0; ///< and until when the breaker is open; 0: closed.
  std::vector<lag> lags;  ///< Where it is served from the log.
};

// -- operation ----------------------------------------------------------------

/// The members of a policy, as bits.
enum policy_member : uint32_t {
  policy_retry_schedule = 1,
  policy_retry_max_age = 2,
  policy_timeout = 4,
  policy_in_flight = 8,
  policy_rate = 16,
  policy_ordered = 32,
  policy_signature = 64,
  policy_headers = 128,
};

/// Front end to registry: an operator changes how a subscription is served.
struct subscription_patch {
  std::optional<bool> paused;
  uint32_t given = 0; ///< Members of `policy` that are to be replaced; those
  delivery_policy policy; ///< without a value become unset.
};

/// Events of one log that a subscription is to get again.
struct replay_range {
  log_id log = 0;
  sequence after = 0;
  sequence until = 0; ///< Up to here, or, if 0, all.
};

/// Front end to spreader: send again. Answered when the lag rows are written;
/// errc::conflict while a replay that was asked for is running.
struct replay_order {
  subscription_ptr who;
  std::vector<replay_range> ranges;
};

/// Front end to spreader: deliver these now, whatever became of them before;
/// their dead letters go. Answered when that is written.
struct redeliver_order {
  subscription_ptr who;
  std::vector<std::pair<log_id, sequence>> events;
};

/// What has become of an event for one subscription that wants it.
struct delivery_fate {
  enum class kind : uint8_t { delivered, pending, dead };

  kind how = kind::delivered;
  uint32_t attempts = 0; ///< Made so far, where that is known.
  unix_ms due = 0;       ///< Of the next one, if `pending` and known.
};

/// Front end to spreader: what has become of this event for `who`? Dead letters
/// are the store's to tell: what is neither here nor there was delivered.
struct fate_query {
  log_id log = 0;
  sequence seq = 0;
  std::vector<subscription_id> who;
};

} // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::published)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::match_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::match_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::replay_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::replay_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::delivery_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::delivery_report>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::post_request>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::post_reply>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::fetch_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::fetch_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::intent_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::subscriber_status>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::subscription_id>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::subscription_ptr>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_id)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::publish_request>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const std::vector<herald::event>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::append_result>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::event_meta>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::event_ptr>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::sequence>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::log_bounds>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(
  std::shared_ptr<std::vector<herald::subscription_change>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<caf::expected<uint64_t>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::subscription>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::subscription_id>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::subscription>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_filter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::ownership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::cursor>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::due_position>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::job_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const std::vector<herald::ping>>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::ping>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::topic_content>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::fetch_settlement)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::job>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::lag>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<const herald::commit_batch>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::condition>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::sequence>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::job_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::job_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::optional<herald::dead_letter>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::page<herald::dead_letter>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::page<herald::attempt_record>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::attempt_count)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::dropped_history)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_patch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscription_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::replay_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::redeliver_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::fate_query)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<herald::delivery_fate>)

CAF_BEGIN_TYPE_ID_BLOCK(herald, caf::first_custom_type_id)

  CAF_ADD_ATOM(herald, herald::atom, append, "append")
  CAF_ADD_ATOM(herald, herald::atom, read, "read")
  CAF_ADD_ATOM(herald, herald::atom, bodies, "bodies")
  CAF_ADD_ATOM(herald, herald::atom, lookup, "lookup")
  CAF_ADD_ATOM(herald, herald::atom, heads, "heads")
  CAF_ADD_ATOM(herald, herald::atom, trim, "trim")
  CAF_ADD_ATOM(herald, herald::atom, change, "change")
  CAF_ADD_ATOM(herald, herald::atom, snapshot, "snapshot")
  CAF_ADD_ATOM(herald, herald::atom, fetch, "fetch")
  CAF_ADD_ATOM(herald, herald::atom, find, "find")
  CAF_ADD_ATOM(herald, herald::atom, cursors, "cursors")
  CAF_ADD_ATOM(herald, herald::atom, due, "due")
  CAF_ADD_ATOM(herald, herald::atom, jobs, "jobs")
  CAF_ADD_ATOM(herald, herald::atom, lagging, "lagging")
  CAF_ADD_ATOM(herald, herald::atom, commit, "commit")
  CAF_ADD_ATOM(herald, herald::atom, forget, "forget")
  CAF_ADD_ATOM(herald, herald::atom, flush, "flush")
  CAF_ADD_ATOM(herald, herald::atom, history, "history")
  CAF_ADD_ATOM(herald, herald::atom, seek, "seek")
  CAF_ADD_ATOM(herald, herald::atom, failing, "failing")
  CAF_ADD_ATOM(herald, herald::atom, attempts, "attempts")
  CAF_ADD_ATOM(herald, herald::atom, dead, "dead")
  CAF_ADD_ATOM(herald, herald::atom, patch, "patch")
  CAF_ADD_ATOM(herald, herald::atom, rewind, "rewind")
  CAF_ADD_ATOM(herald, herald::atom, cancel, "cancel")
  CAF_ADD_ATOM(herald, herald::atom, drop, "drop")
  CAF_ADD_ATOM(herald, herald::atom, publish, "publish")
  CAF_ADD_ATOM(herald, herald::atom, ping, "ping")
  CAF_ADD_ATOM(herald, herald::atom, content, "content")
  CAF_ADD_ATOM(herald, herald::atom, settle, "settle")
  CAF_ADD_ATOM(herald, herald::atom, count, "count")
  CAF_ADD_ATOM(herald, herald::atom, remove, "remove")
  CAF_ADD_ATOM(herald, herald::atom, resolve, "resolve")
  CAF_ADD_ATOM(herald, herald::atom, status, "status")
  CAF_ADD_ATOM(herald, herald::atom, attach, "attach")
  CAF_ADD_ATOM(herald, herald::atom, start, "start")
  CAF_ADD_ATOM(herald, herald::atom, sweep, "sweep")
  CAF_ADD_ATOM(herald, herald::atom, rest, "rest")
  CAF_ADD_ATOM(herald, herald::atom, tick, "tick")
  CAF_ADD_ATOM(herald, herald::atom, drain, "drain")
  CAF_ADD_ATOM(herald, herald::atom, ready, "ready")
  CAF_ADD_ATOM(herald, herald::atom, done, "done")

CAF_END_TYPE_ID_BLOCK(herald)
