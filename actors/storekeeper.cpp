#include "actors/storekeeper.hpp"

#include "actors/wire.hpp"
#include "config/log.hpp"

namespace herald {

namespace {

constexpr std::chrono::seconds between_notes{1};

/// What the callers made of it is no news; that the store cannot work is.
bool is_fault(const caf::error& why) {
  switch (code_of(why)) {
    case errc::unavailable:
    case errc::full:
    case errc::permission:
    case errc::corrupt:
    case errc::incompatible:
    case errc::fenced:
      return true;
    default:
      return false;
  }
}

} // namespace

void storekeeper_state::note(std::string_view call, const caf::error& why) {
  if (!is_fault(why))
    return;
  auto now = self->clock().now();
  auto [last, first] = noted.try_emplace(call, now);
  if (!first && now < last->second + between_notes)
    return;
  last->second = now;
  auto code = to_string(code_of(why));
  log_error("store", "call_failed",
            {{"call", call}, {"code", code}, {"reason", describe(why)}});
}

caf::result<atom::done> storekeeper_state::told(std::string_view call,
                                                caf::error err) {
  if (!err)
    return atom::done_v;
  note(call, err);
  return err;
}

caf::result<std::vector<event_ptr>>
storekeeper_state::bodies(log_id log, const std::vector<sequence>& seqs,
                          uint64_t max_bytes) {
  auto events = db->bodies(log, seqs, max_bytes);
  if (!events)
    return told("bodies", std::move(events));
  // Nobody else holds these events yet: they were read just now.
  for (auto& what : *events)
    if (what && !what->damaged) {
      auto complete = std::make_shared<event>(*what);
      complete->wire = event_fields(*complete, hub_url);
      what = std::move(complete);
    }
  return std::move(*events);
}

storekeeper_state::change_promise
storekeeper_state::change(
  std::shared_ptr<const std::vector<subscription_change>> what) {
  auto result
    = self->make_response_promise<std::vector<caf::expected<uint64_t>>>();
  if (changing.empty())
    self->send(self, atom::commit_v);
  changing.push_back({result, std::move(what)});
  return result;
}

// One group for all that came while the last one was written.
void storekeeper_state::commit_changes() {
  auto groups = std::exchange(changing, {});
  std::vector<subscription_change> all;
  for (auto& group : groups)
    all.insert(all.end(), group.what->begin(), group.what->end());
  auto answers = db->change(all);
  if (!answers)
    note("change", answers.error());
  auto next = answers ? answers->begin()
                      : std::vector<caf::expected<uint64_t>>::iterator{};
  for (auto& group : groups) {
    if (!answers) {
      group.answer.deliver(answers.error());
      continue;
    }
    auto end = next + static_cast<std::ptrdiff_t>(group.what->size());
    group.answer.deliver(std::vector<caf::expected<uint64_t>>(next, end));
    next = end;
  }
}

storekeeper_actor::behavior_type
storekeeper(storekeeper_actor::stateful_pointer<storekeeper_state> self,
            std::shared_ptr<store> db, std::string hub_url) {
  self->state.db = std::move(db);
  self->state.hub_url = std::move(hub_url);
  return {
    [self](atom::append, log_id log,
           const std::shared_ptr<const std::vector<event>>& what)
      -> caf::result<std::vector<append_result>> {
      return self->state.told("append", self->state.db->append(log, *what));
    },
    [self](atom::read, log_id log, sequence after,
           uint64_t max) -> caf::result<std::vector<event_meta>> {
      return self->state.told("read", self->state.db->read(log, after, max));
    },
    [self](atom::bodies, log_id log, const std::vector<sequence>& seqs,
           uint64_t max_bytes) {
      return self->state.bodies(log, seqs, max_bytes);
    },
    [self](atom::heads) -> caf::result<std::vector<log_bounds>> {
      return self->state.told("heads", self->state.db->heads());
    },
    [self](atom::seek, log_id log, unix_ms since) -> caf::result<sequence> {
      return self->state.told("seek", self->state.db->seek(log, since));
    },
    [self](atom::lookup, log_id log, const std::string& event_id)
      -> caf::result<std::optional<sequence>> {
      return self->state.told("lookup", self->state.db->lookup(log, event_id));
    },
    [self](atom::trim, log_id log, sequence up_to,
           uint64_t max) -> caf::result<uint64_t> {
      return self->state.told("trim", self->state.db->trim(log, up_to, max));
    },
    [self](atom::ping, log_id log,
           const std::shared_ptr<const std::vector<ping>>& what) {
      return self->state.told("note_pings",
                              self->state.db->note_pings(log, *what));
    },
    [self](atom::ping, log_id log, const std::string& after, uint64_t max) {
      return self->state.told("pings", self->state.db->pings(log, after, max));
    },
    [self](atom::content, log_id log, const std::string& topic) {
      return self->state.told("content", self->state.db->content(log, topic));
    },
    [self](atom::settle, log_id log, const fetch_settlement& what) {
      return self->state.told("settle_fetch",
                              self->state.db->settle_fetch(log, what));
    },
    [self](atom::change,
           std::shared_ptr<const std::vector<subscription_change>>& what) {
      return self->state.change(std::move(what));
    },
    [self](atom::commit) { self->state.commit_changes(); },
    [self](atom::snapshot, partition_id partition,
           const std::optional<subscription_id>& after,
           uint64_t max) -> caf::result<std::vector<subscription>> {
      return self->state.told("snapshot",
                              self->state.db->snapshot(partition, after, max));
    },
    [self](atom::fetch, const subscription_id& id)
      -> caf::result<std::optional<subscription>> {
      return self->state.told("get", self->state.db->get(id));
    },
    [self](atom::find, const subscription_filter& filter,
           const std::string& after,
           uint64_t limit) -> caf::result<subscription_page> {
      return self->state.told("find",
                              self->state.db->find(filter, after, limit));
    },
    [self](atom::cursors,
           const ownership& own) -> caf::result<std::vector<cursor>> {
      return self->state.told("cursors", self->state.db->cursors(own));
    },
    [self](atom::due, const ownership& own, unix_ms up_to,
           const std::optional<due_position>& after,
           uint64_t max) -> caf::result<std::vector<job>> {
      return self->state.told("due",
                              self->state.db->due(own, up_to, after, max));
    },
    [self](atom::jobs, const ownership& own, const subscription_id& sub,
           const std::optional<job_key>& after,
           uint64_t max) -> caf::result<std::vector<job>> {
      return self->state.told("jobs_of",
                              self->state.db->jobs_of(own, sub, after, max));
    },
    [self](atom::lagging,
           const ownership& own) -> caf::result<std::vector<lag>> {
      return self->state.told("lagging", self->state.db->lagging(own));
    },
    [self](atom::failing,
           const ownership& own) -> caf::result<std::vector<condition>> {
      return self->state.told("failing", self->state.db->failing(own));
    },
    [self](atom::commit, const ownership& own,
           const std::shared_ptr<const commit_batch>& batch) {
      return self->state.told("commit", self->state.db->commit(own, *batch));
    },
    [self](atom::forget, const ownership& own, const subscription_id& sub) {
      return self->state.told("forget", self->state.db->forget(own, sub));
    },
    [self](atom::flush) {
      return self->state.told("flush", self->state.db->flush());
    },
    [self](atom::attempts, const subscription_id& sub, const std::string& after,
           uint64_t max) -> caf::result<page<attempt_record>> {
      return self->state.told("attempts",
                              self->state.db->attempts(sub, after, max));
    },
    [self](atom::dead, const subscription_id& sub, const std::string& after,
           uint64_t max) -> caf::result<page<dead_letter>> {
      return self->state.told("dead_letters",
                              self->state.db->dead_letters(sub, after, max));
    },
    [self](atom::dead,
           const job_key& key) -> caf::result<std::optional<dead_letter>> {
      return self->state.told("dead_letter_of",
                              self->state.db->dead_letter_of(key));
    },
    [self](atom::history, const std::string& after, unix_ms until,
           uint64_t max) -> caf::result<attempt_count> {
      return self->state.told(
        "count_attempts", self->state.db->count_attempts(after, until, max));
    },
    [self](atom::history, unix_ms before, uint64_t excess,
           uint64_t max) -> caf::result<dropped_history> {
      return self->state.told(
        "drop_history", self->state.db->drop_history(before, excess, max));
    },
  };
}

} // namespace herald
