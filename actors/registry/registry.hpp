#pragma once

#include "actors/asker.hpp"
#include "actors/interfaces.hpp"
#include "actors/match_desk.hpp"
#include "actors/notifier.hpp"
#include "actors/registry/callback_calls.hpp"
#include "actors/registry/subscription_operation.hpp"
#include "actors/registry/subscription_table.hpp"
#include "actors/registry/topic_index.hpp"
#include "actors/registry_counters.hpp"
#include "actors/topics/topic_marks.hpp"
#include "actors/wall_clock.hpp"
#include "config/config.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace herald {

/// The bounds of one registry.
struct registry_limits {
  size_t page = 4096;            ///< Rows read at once at the start.
  size_t change_batch = 1024;    ///< Rows written at once.
  size_t queue = 16384;          ///< Requests without an answer; then
                                 ///< errc::overloaded.
  size_t open_intents = 262'144; ///< Subscriptions that wait for their
                                 ///< verification; then errc::overloaded.
  size_t denials = 4096;         ///< Open `denied` GETs; then errc::overloaded.
  size_t sweep_slots = 4096;     ///< Looked at in one go.
  unsigned conflicts = 5;        ///< Times that a change is made anew.
  milliseconds store_deadline{30'000}; ///< Of one call to the store.
  milliseconds store_retry{1000};      ///< After it failed.
  milliseconds sweep_pause{100};       ///< Between two portions with drops.
  callback_limits callbacks;
};

/// What a registry is told at its start.
struct registry_options {
  partition_id partition = 0;
  unsigned logs = 1;
  verify_config verify;
  topics_config topics; ///< What is refused by it is denied at the start.
  std::vector<transport_actor> transports; ///< At least one.
  storekeeper_actor store;
  std::shared_ptr<const wall_clock> time;
  registry_limits limits;
  std::shared_ptr<registry_counters> counters; ///< Null: not counted.
  notifier_actor notices;                      ///< Null: nobody is told.
  std::shared_ptr<match_desk> desk;            ///< Null: only messages.
  std::shared_ptr<topic_marks> marks;          ///< Null: nobody looks.
  size_t place = 0;                            ///< Of the marks.
};

/// The subscriptions of one partition.
///
/// Life of a request: it becomes an *operation* in the queue -> operations of
/// one group are applied to the rows and written with one `change` -> when that
/// is durable they take effect (table, index, spreader) and are answered ->
/// what is pending is verified -> its result is an operation again. While a
/// group is being written, operations collect for the next one.
///
/// Invariants: table and index hold only what is durable. A row's operations
/// are applied in the order in which they came. No match is answered while a
/// new subscription is being written, nor while it is not known whether a row
/// was written: people who see it as active in the store can rely on getting
/// what they publish from then on. The active state of a row changes only by a
/// confirmed intent, its lease, policy or an operator.
/// All that is said to the spreader is said in the order in which it became
/// true.
class registry_state {
public:
  static inline constexpr const char* name = "registry";

  explicit registry_state(registry_actor::pointer ptr);

  ~registry_state();

  void init(registry_options what);

  // -- requests (registry.cpp) ------------------------------------------------
  caf::result<atom::done> request(intent_request& what);
  caf::result<atom::done> remove(const subscription_id& id);
  caf::result<atom::done> deny(const subscription_id& id, std::string reason);
  caf::result<subscription_ptr> patch(const subscription_id& id,
                                      subscription_patch& what);
  caf::result<subscription_ptr> rewind(const subscription_id& id,
                                       std::vector<sequence>& starts);
  void attach(spreader_actor to) { spreader = std::move(to); }
  void stop();

  // -- matching (match.cpp) ------------------------------------------
  void match(match_request& what);
  void replay(replay_request& what);
  caf::result<std::vector<subscription_ptr>>
  resolve(const std::vector<subscription_id>& ids);
  caf::result<uint64_t> count(const std::string& topic);

  // -- start and sweep (load.cpp) ------------------------------------
  caf::result<atom::done> start();
  void sweep(bool by_itself);

  // -- group commit (commit.cpp) -------------------------------------
  void commit();

  callback_calls calls;

private:
  using time_point = caf::actor_clock::time_point;
  using entry = subscription_table::entry;
  using promise = caf::typed_response_promise<atom::done>;

  /// A row in the group that is being written, and who wants what of it.
  struct row_change {
    subscription_id id;
    std::vector<operation> operations;
    std::vector<caf::error> answers; ///< One per operation; none: done.
    std::optional<subscription> after;
    uint64_t before = 0; ///< Its revision until now; 0: there was no row.
    operation_effect effect;
  };

  /// What waits for another try after the store failed.
  struct deferred {
    time_point due;
    operation what;
  };

  struct denial {
    std::string topic;
    std::string callback;
    std::string reason;
  };

  enum class phase : uint8_t { idle, loading, ready };

  /// Somebody who wants to see the row that comes of an operation.
  struct row_question {
    subscription_id id;
    caf::typed_response_promise<subscription_ptr> promise;
  };

  // subscribers' requests, and what verification found (registry.cpp)
  uint64_t open_ticket(promise& to);
  caf::result<subscription_ptr> submit_for_row(operation what);
  void answer_row(uint64_t ticket, caf::error& why);
  void answer(uint64_t ticket, caf::error why);
  caf::error refuse_if_full(const intent_request& what) const;
  std::optional<callback_question> question(const call_key& key) const;
  bool is_current(const call_key& key, const callback_question& asked) const;
  void conclude(callback_result result);
  void conclude_denial(const callback_result& result);
  void verify_pending(const subscription_id& id);

  // matching
  bool may_match() const;
  void answer_held();
  static bool is_alive(const entry& who, unix_ms at);
  static bool is_due(const entry& who, log_id log, sequence seq, unix_ms at);
  match_result find(const match_request& what);
  void answer_one(match_request& what);
  void answer_one(replay_request& what);
  template <class News>
  void tell(News news);
  void tell_ended(const subscription_id& id);
  void tell_changed(const entry& who);

  // load
  void load_page(const std::optional<subscription_id>& after);
  void take_page(const std::vector<subscription>& rows);
  void loaded();
  void deny_refused();
  void load_failed(const caf::error& why);
  void expire(const subscription_id& id);

  // commit
  void submit(operation what);
  void enqueue(operation what);
  void ask_heads();
  void take_heads(const std::vector<log_bounds>& bounds);
  void heads_failed(const caf::error& why);
  std::vector<operation> take_with_heads();
  void revive_deferred();
  void write();
  std::vector<row_change> make_group();
  row_change row_change_of(const subscription_id& id) const;
  static void add_to(row_change& row, operation what, unix_ms at);
  void send_group();
  void take_answers(const std::vector<caf::expected<uint64_t>>& answers);
  void group_failed(const caf::error& why);
  void group_over();
  static bool interests_people(const row_change& row);
  void succeed(row_change& row, std::optional<uint64_t> revision);
  void fail_row(row_change& row, const caf::error& why);
  void fail_operation(operation& what, const caf::error& why);
  void install(const subscription_id& id, const subscription* row,
               const operation_effect& effect);

  // rows that are read anew (reread.cpp)
  void doubt(const subscription_id& id);
  void read_doubted();
  void reread(row_change& row, const caf::error& why);
  void read_anew(const subscription_id& id);
  void reading_failed(const subscription_id& id, const caf::error& why);
  void fail_waiting(const subscription_id& id, const caf::error& why);
  void adopt(const subscription_id& id,
             const std::optional<subscription>& stored);
  bool is_doubted(const subscription_id& id) const;
  void end_reading(const subscription_id& id);

  // what must hold (invariants.cpp)
  bool waits_add_up() const;
  bool index_fits_table() const;
  bool is_marked(const operation& what) const;
  bool starts_behind_matches(const row_change& row) const;

  unix_ms wall() const { return time->at(self->clock().now()); }
  void mark(std::string_view topic_key);
  void count_rows();
  void count_listener(const entry& who, int by);
  void tell_people(notice_kind what, const subscription& who);

  registry_actor::pointer self;
  asker<registry_actor> asks;
  partition_id partition = 0;
  unsigned logs = 1;
  registry_limits limits;
  storekeeper_actor store;
  spreader_actor spreader;
  notifier_actor to_people;
  std::shared_ptr<const wall_clock> time;
  std::shared_ptr<registry_counters> counters;
  std::shared_ptr<match_desk> desk;
  std::shared_ptr<topic_marks> marks;
  size_t place = 0;

  phase now = phase::idle;
  subscription_table table;
  topic_index index;
  std::unordered_map<subscription_id, denial> denials;
  topics_config topics;
  std::vector<subscription_id> refused; ///< Found at the start, to be denied.
  std::unordered_map<uint64_t, promise> open_tickets;
  std::unordered_map<uint64_t, row_question> open_rows;
  uint64_t tickets = 0;

  std::deque<operation> queue;
  /// In the order in which they came, those without a need behind others of
  /// their row.
  std::vector<operation> for_heads;  ///< Wait for the next answer.
  std::vector<operation> with_heads; ///< Wait for the one that is under way.
  std::unordered_map<subscription_id, size_t> headless; ///< How many of each.
  std::deque<deferred> later;
  std::vector<row_change> writing; ///< Empty: no write is under way.
  /// Per log: the spreader was told who wants the events up to here.
  std::vector<sequence> matched;
  bool activating = false; ///< What is being written starts new lives.
  /// Rows that are being read anew, and the operations that wait for that.
  std::unordered_map<subscription_id, std::vector<operation>> rereading;
  std::deque<subscription_id> doubted; ///< Of these: may be written or not.
  bool reading = false;                ///< The first of them, just now.
  time_point read_not_before{};        ///< The store failed.

  /// In the order in which they came; the spreader bounds their number.
  std::vector<std::variant<match_request, replay_request>> held;
  std::vector<uint64_t> starting; ///< Tickets.
  std::vector<const entry*> candidates;
  std::string key_buffer;
  size_t sweep_at = 0;
  bool sweeping = false;
  bool commit_sent = false; ///< A commit message is under way.
  size_t told_rows = 0;     ///< Of ours, in the gauges.
  size_t told_pending = 0;
};

/// The actor. It runs under the lock of its desk.
class registry final : public registry_actor::stateful_base<registry_state> {
public:
  using super = registry_actor::stateful_base<registry_state>;

  registry(caf::actor_config& cfg, registry_options options);

  behavior_type make_behavior() override;

  caf::resumable::resume_result resume(caf::execution_unit* context,
                                       size_t max_throughput) override;

private:
  registry_options options_; ///< Until the start.
  std::shared_ptr<match_desk> desk_;
};

} // namespace herald
