#pragma once

#include "actors/messages.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>

namespace herald {

/// The actors' interfaces: handles only. Who sends what to whom, and when an
/// answer comes, stands here; how it is done, in the header named after the
/// actor. Every `replies_to` is asked with a finite timeout.

/// The one for the store and for other actors of the node.
inline constexpr std::chrono::seconds ask_timeout{60};

/// Receives the outcomes of publish requests.
using publish_listener = caf::typed_actor<caf::reacts_to<published>>;

/// One per log. Collects events and appends them in groups (one fsync).
using publisher_actor = caf::typed_actor<
  // The tokens come back in `published`, once the events are durable or
  // refused.
  caf::reacts_to<atom::publish, publish_listener, std::vector<publish_request>>,
  // Reads the log's head; answers when events can be taken.
  caf::replies_to<atom::start>::with<atom::done>,
  // Internal: appends what waits.
  caf::reacts_to<atom::tick>,
  // Internal: tells spreaders how far the log is.
  caf::reacts_to<atom::sweep>,
  // Answers once every event taken so far has its outcome.
  caf::replies_to<atom::drain>::with<atom::done>>;

/// Calls the store on a thread of its own, for all actors. Every answer is the
/// store's, errors included (storage/store.hpp).
using storekeeper_actor = caf::typed_actor<
  caf::replies_to<atom::append, log_id,
                  std::shared_ptr<const std::vector<event>>>::
    with<std::vector<append_result>>,
  caf::replies_to<atom::read, log_id, sequence,
                  uint64_t>::with<std::vector<event_meta>>,
  // The events come back complete, with their wire fields.
  caf::replies_to<atom::bodies, log_id, std::vector<sequence>,
                  uint64_t>::with<std::vector<event_ptr>>,
  caf::replies_to<atom::heads>::with<std::vector<log_bounds>>,
  caf::replies_to<atom::seek, log_id, unix_ms>::with<sequence>,
  caf::replies_to<atom::lookup, log_id,
                  std::string>::with<std::optional<sequence>>,
  caf::replies_to<atom::trim, log_id, sequence, uint64_t>::with<uint64_t>,
  caf::replies_to<atom::ping, log_id,
                  std::shared_ptr<const std::vector<ping>>>::with<atom::done>,
  caf::replies_to<atom::ping, log_id, std::string,
                  uint64_t>::with<std::vector<ping>>,
  caf::replies_to<atom::content, log_id,
                  std::string>::with<std::optional<topic_content>>,
  caf::replies_to<atom::settle, log_id, fetch_settlement>::with<atom::done>,
  // Those that wait are written together; they are taken from the sender.
  caf::replies_to<atom::change,
                  std::shared_ptr<std::vector<subscription_change>>>::
    with<std::vector<caf::expected<uint64_t>>>,
  // Internal: writes the changes that wait.
  caf::reacts_to<atom::commit>,
  caf::replies_to<atom::snapshot, partition_id, std::optional<subscription_id>,
                  uint64_t>::with<std::vector<subscription>>,
  caf::replies_to<atom::fetch,
                  subscription_id>::with<std::optional<subscription>>,
  caf::replies_to<atom::find, subscription_filter, std::string,
                  uint64_t>::with<subscription_page>,
  caf::replies_to<atom::cursors, ownership>::with<std::vector<cursor>>,
  caf::replies_to<atom::due, ownership, unix_ms, std::optional<due_position>,
                  uint64_t>::with<std::vector<job>>,
  caf::replies_to<atom::jobs, ownership, subscription_id,
                  std::optional<job_key>, uint64_t>::with<std::vector<job>>,
  caf::replies_to<atom::lagging, ownership>::with<std::vector<lag>>,
  caf::replies_to<atom::failing, ownership>::with<std::vector<condition>>,
  caf::replies_to<atom::commit, ownership,
                  std::shared_ptr<const commit_batch>>::with<atom::done>,
  caf::replies_to<atom::forget, ownership, subscription_id>::with<atom::done>,
  caf::replies_to<atom::flush>::with<atom::done>,
  caf::replies_to<atom::attempts, subscription_id, std::string,
                  uint64_t>::with<page<attempt_record>>,
  caf::replies_to<atom::dead, subscription_id, std::string,
                  uint64_t>::with<page<dead_letter>>,
  caf::replies_to<atom::dead, job_key>::with<std::optional<dead_letter>>,
  caf::replies_to<atom::history, std::string, unix_ms,
                  uint64_t>::with<attempt_count>,
  caf::replies_to<atom::history, unix_ms, uint64_t,
                  uint64_t>::with<dropped_history>,
  // Its thread gives back the memory that it holds for work to come.
  caf::reacts_to<atom::rest>>;

/// Receives the outcomes of posted requests.
using post_listener = caf::typed_actor<caf::reacts_to<std::vector<post_reply>>>;

/// Outbound HTTP that is asked for an answer: the seam that tests replace. One
/// per I/O thread. Every request is answered, within its deadline plus its
/// time in the queue. For deliveries see poster.hpp.
using transport_actor
  = caf::typed_actor<caf::replies_to<fetch_request>::with<fetch_reply>>;

/// One per log: fetches the topics that publishers say have changed. See
/// fetcher.hpp.
using fetcher_actor = publish_listener::extend<
  // These topics, URLs of its log, have changed; the number says how many nodes
  // that news came through (`hops_field`), the flag that a page said so and not
  // a publisher. Answers once it is durable; the fetches follow by themselves.
  caf::replies_to<atom::ping, std::vector<std::string>, uint32_t,
                  bool>::with<atom::done>,
  // Reads what is owed from the store and begins.
  caf::replies_to<atom::start>::with<atom::done>,
  // Internal: time passes.
  caf::reacts_to<atom::tick>,
  // Begins no more fetches; answers when nothing is being published. What is
  // owed stays in the store.
  caf::replies_to<atom::drain>::with<atom::done>>;

/// One per subscriber with work. See delivery.hpp.
using delivery_actor
  = caf::typed_actor<caf::reacts_to<delivery_order>,
                     caf::reacts_to<std::vector<post_reply>>,
                     // Internal: the rate allows the next attempt.
                     caf::reacts_to<atom::tick>>;

/// One per partition: cursor, match, hand out, window, commit. See
/// spreader.hpp.
using spreader_actor = caf::typed_actor<
  caf::reacts_to<appended>, caf::reacts_to<match_result>,
  caf::reacts_to<replay_result>, caf::reacts_to<std::vector<delivery_report>>,
  caf::reacts_to<subscription_ended>, caf::reacts_to<subscription_changed>,
  // Internal: time passes.
  caf::reacts_to<atom::tick>,
  // Recovers from the store; answers when the partition runs.
  caf::replies_to<atom::start>::with<atom::done>,
  // One status per id, in order.
  caf::replies_to<atom::status, std::vector<subscription_id>>::with<
    std::vector<subscriber_status>>,
  // Deliver these once more; answers when that is fsynced.
  caf::replies_to<redeliver_order>::with<atom::done>,
  // Drops these dead letters; answers when that is fsynced.
  caf::replies_to<atom::drop, std::vector<job_key>>::with<atom::done>,
  // Serve these parts of the logs once more; answers when that is fsynced.
  // errc::conflict while such a replay runs.
  caf::replies_to<replay_order>::with<atom::done>,
  // Ends a replay that was asked for; errc::not_found if there is none.
  caf::replies_to<atom::cancel, subscription_id>::with<atom::done>,
  // One fate per id, in order.
  caf::replies_to<fate_query>::with<std::vector<delivery_fate>>,
  // Hands out nothing more; answers when nothing is in flight and all that is
  // known has been committed.
  caf::replies_to<atom::drain>::with<atom::done>>;

/// One per partition: the subscriptions and their index. See registry.hpp.
using registry_actor = caf::typed_actor<
  // Answers once the request is durable (or is a no-op); verification follows
  // by itself and does not delay the answer (WebSub 5.1.2).
  caf::replies_to<intent_request>::with<atom::done>,
  // Ends a subscription at once: 410, operator. Answers when durable;
  // errc::not_found if there is none.
  caf::replies_to<atom::remove, subscription_id>::with<atom::done>,
  // As above, and the callback learns why: a GET with hub.mode=denied (WebSub
  // 5.2).
  caf::replies_to<atom::remove, subscription_id, std::string>::with<atom::done>,
  // Changes how a subscription is served. Answers with the row as it is then,
  // when that is durable; errc::not_found if there is none.
  caf::replies_to<atom::patch, subscription_id,
                  subscription_patch>::with<subscription_ptr>,
  // Lets an active subscription begin at these positions, one per log, where
  // they lie before its own: its replay may go back so far. As above.
  caf::replies_to<atom::rewind, subscription_id,
                  std::vector<sequence>>::with<subscription_ptr>,
  // How many active subscriptions want the events of this topic, a URL.
  caf::replies_to<atom::count, std::string>::with<uint64_t>,
  // Answered with match_result to the attached spreader.
  caf::reacts_to<match_request>,
  // Answered with replay_result to the attached spreader.
  caf::reacts_to<replay_request>,
  // The active subscriptions of these ids, null where there is none.
  caf::replies_to<atom::resolve, std::vector<subscription_id>>::with<
    std::vector<subscription_ptr>>,
  // Names the spreader that learns of ends and changes.
  caf::reacts_to<atom::attach, spreader_actor>,
  // Loads the partition from the store and resumes open verifications.
  caf::replies_to<atom::start>::with<atom::done>,
  // Removes expired subscriptions; sent by the janitor.
  caf::reacts_to<atom::sweep>,
  // Internal: group commit of changes.
  caf::reacts_to<atom::commit>,
  // Internal: tries the verification of a subscription again.
  caf::reacts_to<atom::tick, subscription_id, uint64_t>>;

} // namespace herald
