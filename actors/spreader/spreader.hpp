#pragma once

#include "actors/asker.hpp"
#include "actors/delivery/delivery.hpp"
#include "actors/interfaces.hpp"
#include "actors/match_desk.hpp"
#include "actors/notifier.hpp"
#include "actors/spreader/due_queue.hpp"
#include "actors/spreader/limits.hpp"
#include "actors/spreader/pending_commit.hpp"
#include "actors/spreader/subscriber.hpp"
#include "actors/spreader/window.hpp"
#include "actors/wall_clock.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace herald {

/// Why an event that was read from the store cannot be delivered: `expired`,
/// `damaged`, or `none` if it can.
failure why_lost(const event_ptr& what);

/// True if the event is older than this life of the subscription.
bool is_before_start(const subscription& who, log_id log, sequence seq);

struct spreader_options {
  ownership own;
  unsigned logs = 1;
  spreader_limits limits;
  storekeeper_actor store;
  registry_actor registry;
  std::shared_ptr<const delivery_options> deliveries;
  notifier_actor notices;           ///< Null: nobody is told.
  std::shared_ptr<match_desk> desk; ///< The registry's. Null: only messages.
};

/// Spreads the logs over the subscriptions of one partition.
///
/// Life of a match: *open* (counted in the window) -> handed out to the
/// delivery actor -> done. What stays open for longer than `patience` gets a
/// job row and leaves the window, so that the cursor goes on; what would only
/// wait behind such a one gets it at once, so that those who hang do not fill
/// the window that they share with the others. A subscriber with
/// too many rows gets a lag row instead and is replayed from the log.
/// Invariant: the cursor in a commit never passes a match that is neither done
/// nor dead nor a row or covered by a lag row in the same or an earlier commit.
///
/// All state that matters can be derived again from the store; `start` does.
class spreader_state {
public:
  static inline constexpr const char* name = "spreader";

  explicit spreader_state(spreader_actor::pointer ptr)
    : self(ptr), asks(ptr), due(0) {
    // nop
  }

  void init(spreader_options what);

  // -- start and end (start.cpp) ----------------------------------------------
  caf::result<atom::done> start();
  caf::result<atom::done> drain();
  void stop();

  // -- from log to window (intake.cpp) ----------------------------------------
  void take(appended& what);
  void take(match_result& what);

  // -- from window to subscriber (hand_out.cpp, outcome.cpp) ------------------
  void settle(const std::vector<delivery_report>& reports);
  void lost(const caf::actor_addr& source);

  // -- life of a subscriber (subscriber_life.cpp) -----------------------------
  void take(const subscription_ended& what);
  void take(subscription_changed& what);
  std::vector<subscriber_status>
  status(const std::vector<subscription_id>& ids);

  // -- operation (orders.cpp, wishes.cpp) -------------------------------------
  caf::result<atom::done> redeliver(redeliver_order& what);
  caf::result<atom::done> drop_letters(const std::vector<job_key>& keys);
  caf::result<atom::done> replay_again(replay_order& what);
  caf::result<atom::done> cancel_replay(const subscription_id& id);
  caf::result<std::vector<delivery_fate>> fates(fate_query& what);

  // -- from log to subscriber (replay.cpp) ------------------------------------
  void take(replay_result& what);

  // -- time (spreader.cpp) ----------------------------------------------------
  void tick();

private:
  using time_point = caf::actor_clock::time_point;

  /// What is known of one log.
  struct log_view {
    log_id id = 0;
    herald::window window;
    sequence head = 0;
    sequence polled = 0; ///< The store's head, a while ago.
    sequence committed = 0;
    std::deque<appended> tail; ///< Contiguous up to `head`.
    size_t tail_events = 0;
    size_t tail_bytes = 0;
    bool busy = false;       ///< An answer for the next events is awaited.
    bool from_store = false; ///< They were read from the store, bodyless.
    bool is_void = false;    ///< It is too old: to be asked anew.
    /// The registry's answer, while bodies are being read; null where somebody
    /// has ended since.
    std::optional<match_result> loading;
  };

  // start and end (start.cpp)
  void recover_heads();
  void recover_cursors(const std::vector<log_bounds>& heads);
  void recover_lag();
  void recover_conditions();
  void recover_jobs();
  void recover_job_page(const std::vector<job>& rows);
  void recover_next_page(const std::vector<job>& rows);
  void recover_job(const job_key& key);
  bool waits_too_long(const job& row) const;
  void run();
  void fail_start(caf::error why);
  void finish_drain();
  void hold(subscriber& who);

  // from log to window (intake.cpp)
  bool has_room(const log_view& log) const;
  bool wants_more(log_view& log) const;
  void proceed();
  void advance();
  void advance(log_view& log);
  bool drop_matched(log_view& log);
  void read_chunk(log_view& log, sequence up_to);
  void match_chunk(log_view& log, std::vector<event_meta>& metas,
                   sequence up_to);
  void load_matched(log_view& log, size_t from);
  void place_loaded(match_result& what, const std::vector<size_t>& places,
                    std::vector<event_ptr>& loaded);
  void died_unspread(const match_result& what, size_t index, failure why);
  std::optional<match_result> match(appended what);
  void enter(match_result& what);
  void put_in(match_result& what);
  void put_back(log_view& log, const match_result& what);
  void drop_tail(log_view& log);
  void intake_failed(log_view& log);
  void refresh_heads();

  // from window to subscriber (hand_out.cpp)
  void expand(bool all = false);
  void take_on(log_view& log, window_entry& entry, const subscription_ptr& who);
  bool would_only_wait(subscriber& who);
  void refill(subscriber& who);
  size_t hand_limit(const subscriber& who) const;
  size_t room(const subscriber& who) const;
  size_t room_for_new(const subscriber& who) const;
  void hand_out(subscriber& who, std::vector<handed_out> items);
  void order(subscriber& who, std::vector<delivery_item> items,
             bool hold = false, bool failing = false);
  void escalate(bool all);
  void escalate(log_view& log, window_entry& entry);
  void make_row(subscriber& who, log_id log, sequence seq, uint32_t attempts);

  // what became of a delivery (outcome.cpp)
  void apply(subscriber& who, handed_out what, const delivery_report& report);
  void apply_retry(subscriber& who, const handed_out& what, unix_ms due_time,
                   uint32_t attempts);
  void apply_death(subscriber& who, const handed_out& what,
                   const delivery_report& report);
  void note_attempt(subscriber& who, const delivery_report& report);
  void go_on(subscriber& who);
  void probe();
  void tell_of(notice_kind what, const subscriber& who,
               const attempt_record* made = nullptr);
  void die(const subscription_ptr& who, const dead_letter& letter);
  void leave_window(const handed_out& what);
  void drop_row(subscriber& who, const handed_out& what);

  // life of a subscriber (subscriber_life.cpp)
  void end(subscription_id id);
  void change(subscription_ptr now_it_is);
  void retire(subscriber& who);
  void forget_rows(const subscription_id& id);

  // from rows to subscriber (load.cpp)
  void wake_due();
  void scan_due();
  void load_later(subscriber& who);
  void enqueue_load(subscriber& who);
  void load_next();
  void load(subscriber& who);
  void resolve(subscriber& who);
  void load_rows(subscriber& who);
  void pick_rows(subscriber& who, const std::vector<job>& stored);
  std::map<job_key, job> with_unsaved(const subscriber& who,
                                      const std::vector<job>& stored) const;
  void drop_leftover(subscriber& who, const job_key& key);
  bool rows_have_room(const subscriber& who) const;
  bool may_load(const subscriber& who) const;
  void load_bodies(subscriber& who, std::vector<handed_out> picked,
                   std::vector<sequence> seqs);
  void bodies_loaded(subscriber& who, std::vector<handed_out>& picked,
                     const std::vector<sequence>& seqs,
                     std::vector<event_ptr>& found);
  void await_first(subscriber& who);
  bool is_too_old(const subscriber& who, const handed_out& item,
                  const event& what) const;
  void body_missing(subscriber& who, const handed_out& picked, sequence seq,
                    failure why);
  void end_load(subscriber* who);

  // from log to subscriber (replay.cpp)
  struct load_size {
    size_t events = 0;
    size_t bytes = 0; ///< Of their bodies; one event may exceed it.
  };

  bool may_replay(const subscriber& who) const;
  bool will_replay_soon(const subscriber& who) const;
  void start_replay(subscriber& who, log_id log, sequence after);
  void leave_to_the_log(subscriber& who);
  void settle_waiting(subscriber& who, log_id log, sequence after);
  void replay_next(subscriber& who);
  load_size next_load(const subscriber& who, const replay& state) const;
  bool may_load_replay(const subscriber& who) const;
  void load_ahead(subscriber& who, log_id log, load_size size);
  void ahead_loaded(subscriber& who, log_id log,
                    const std::vector<sequence>& seqs,
                    std::vector<event_ptr>& found);
  void take_ahead(subscriber& who, size_t max, std::vector<handed_out>& items);
  void read_replay(subscriber& who, log_id log);
  void replay_chunk(subscriber& who, log_id log, sequence part,
                    std::vector<event_meta>& metas);
  sequence end_of_part(const replay& state, log_id log) const;
  void ask_trimmed(subscriber& who, log_id log, sequence part,
                   std::vector<event_meta> metas);
  void note_trimmed(subscriber& who, log_id log, sequence gone);
  void expire(subscriber& who, log_id log, sequence after, sequence until);
  void settle_hand(subscriber& who, log_id log);
  void replayed_to_rows(subscriber& who, log_id log);
  void note_progress(subscriber& who, log_id log);
  void finish_replay(subscriber& who, log_id log);

  // orders of an operator (orders.cpp)
  using row_answer = std::function<void(const std::optional<job>&)>;

  /// Several events that are to be found before there is an answer.
  struct order_join {
    uint64_t ticket = 0;
    size_t outstanding = 0;
    caf::error why;
  };

  struct fate_join {
    caf::typed_response_promise<std::vector<delivery_fate>> promise;
    std::vector<delivery_fate> result;
    size_t outstanding = 0;
    caf::error why;

    void one_known();
  };

  caf::error refuse_order(const subscription_id& id) const;
  uint64_t open_ticket(caf::typed_response_promise<atom::done>& to);
  void answer(uint64_t ticket, caf::error why = {});
  void answer_when_written(uint64_t ticket);
  void find_row(const job_key& key, row_answer then,
                std::function<void(const caf::error&)> otherwise);
  void one_found(order_join& join, const caf::error& why);
  caf::error revive(const job_key& key, const std::optional<job>& row);
  bool is_on_its_way(subscriber& who, log_id log, sequence seq);
  bool is_ahead(const subscriber& who, log_id log, sequence seq);
  std::optional<delivery_fate> fate_in_memory(log_view& log, sequence seq,
                                              const subscription_id& id);

  // replays that somebody asks for (wishes.cpp)
  void match_from_store(const std::vector<log_bounds>& heads);
  void wish(subscriber& who, std::vector<replay_range> ranges,
            caf::typed_response_promise<atom::done>& promise);
  void drop_wishes(subscriber& who);
  void grant_wish(subscriber& who);
  void forget_passed(subscriber& who);
  void list_rows(subscriber& who, std::optional<job_key> after);
  void begin_ranges(subscriber& who);
  void begin_range(subscriber& who, const replay_range& what);
  void end_replays(subscriber& who);

  // commit (commit.cpp)
  milliseconds commit_interval() const;
  time_point in_step(time_point when, milliseconds step) const;
  time_point in_step(time_point when) const {
    return in_step(when, limits.commit_interval);
  }
  time_point next_commit() const;
  void dirty(bool delivered);
  bool unsaved();
  void commit();
  void committed();
  void commit_failed(const caf::error& why);
  void flush_for(std::vector<uint64_t> who);
  bool quit_if_fenced(const caf::error& why);

  // what must hold (invariants.cpp)
  bool counts_add_up();
  bool may_go_to(log_view& log, sequence at) const;
  bool is_undone(const job_key& row) const;

  // time (spreader.cpp)
  void arm(time_point when);
  void keep_house();
  void tell_gauges(); // gauges.cpp
  milliseconds idle_limit(const subscriber& who) const;
  time_point now() const { return self->clock().now(); }
  unix_ms wall() const { return deliveries->time->at(now()); }

  spreader_actor::pointer self;
  asker<spreader_actor> asks;
  ownership own;
  spreader_limits limits;
  storekeeper_actor store;
  registry_actor registry;
  std::shared_ptr<match_desk> desk;
  std::shared_ptr<const delivery_options> deliveries;
  notifier_actor to_people;
  std::vector<notice> news; ///< For people; sent with the next commit.

  std::vector<log_view> logs;
  read_ahead_total ahead_bytes = 0;
  subscriber_table subscribers;
  due_queue due;
  /// When the next probe of an open breaker may go.
  std::set<std::pair<unix_ms, subscription_id>> probes;
  std::minstd_rand random;
  pending_commit pending; ///< To be committed next.
  pending_commit sent;    ///< Being committed; kept if that fails.
  std::vector<cursor> sent_cursors;
  /// Who is to be answered when a commit is done: the next one, the current.
  std::vector<uint64_t> for_next_commit;
  std::vector<uint64_t> for_this_commit;
  std::unordered_map<uint64_t, caf::typed_response_promise<atom::done>>
    open_tickets;
  uint64_t tickets = 0;
  bool committing = false;
  bool delivered = false; ///< Since the last commit.
  time_point last_commit{};
  time_point not_before{};    ///< The store failed: no commit before this.
  size_t open_deliveries = 0; ///< In all windows.
  bool scanning = false;
  std::deque<uint64_t> load_queue; ///< Tokens.
  size_t loads = 0;
  /// Ended, rows being deleted; false: the store failed, to be asked again.
  std::map<subscription_id, bool> forgetting;
  std::set<time_point> ticks; ///< That are on their way.
  time_point last_housekeeping{};
  std::optional<due_position> recovered_to;
  unix_ms behind_since = 0;     ///< As of the last housekeeping; 0: it is not.
  engine_counters::gauges told; ///< As of the last housekeeping.
  bool running = false;
  bool draining = false;
  bool flushed = false;
  caf::typed_response_promise<atom::done> starting;
  caf::typed_response_promise<atom::done> stopping;
};

spreader_actor::behavior_type
spreader(spreader_actor::stateful_pointer<spreader_state> self,
         spreader_options options);

} // namespace herald
