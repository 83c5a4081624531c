#pragma once

#include "storage/memory/memory_store.hpp"
#include "storage/rocksdb/rocksdb_store.hpp"
#include "storage/topic.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace herald {

/// The language of the contract suite: what every store must do, in tests that
/// do not know which store it is. A suite derives from `store_contract` and is
/// instantiated over `all_stores()`; a new implementation adds a world there.

/// A folder of its own, gone at the end. In memory where there is room, because
/// making a store fsyncs some fifty times.
class temporary_folder {
public:
  temporary_folder() {
    auto pattern = (place() / "herald-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~temporary_folder() { std::filesystem::remove_all(path_); }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::string& path() const { return path_; }

private:
  static std::filesystem::path place() {
    constexpr uintmax_t enough = 256 * 1024 * 1024;
    std::error_code err;
    auto in_memory = std::filesystem::space("/dev/shm", err);
    if (!err && in_memory.available > enough)
      return "/dev/shm";
    return std::filesystem::temp_directory_path();
  }

  std::string path_;
};

/// Where a store keeps its data while stores on it come and go.
struct store_world {
  virtual ~store_world() = default;
  virtual std::unique_ptr<store> open() = 0;
};

struct memory_world final : store_world {
  explicit memory_world(store_shape shape)
    : disk{std::make_shared<memory_disk>(shape)} {}

  std::unique_ptr<store> open() override { return make_memory_store(disk); }

  std::shared_ptr<memory_disk> disk;
};

struct rocksdb_world final : store_world {
  explicit rocksdb_world(store_shape shape) {
    options.path = folder.path();
    options.shape = shape;
    options.sync = false; // Only a power cut would tell.
  }

  std::unique_ptr<store> open() override {
    auto result = open_rocksdb_store(options);
    EXPECT_TRUE(result) << describe(result.error());
    return result ? std::move(*result) : nullptr;
  }

  temporary_folder folder;
  store_options options;
};

struct world_maker {
  const char* name;
  std::unique_ptr<store_world> (*make)(store_shape);
};

inline void PrintTo(const world_maker& what, std::ostream* out) {
  *out << what.name;
}

template <class World>
std::unique_ptr<store_world> make_world(store_shape shape) {
  return std::make_unique<World>(shape);
}

inline auto all_stores() {
  return testing::Values(world_maker{"memory", make_world<memory_world>},
                         world_maker{"rocksdb", make_world<rocksdb_world>});
}

inline std::string
name_of_store(const testing::TestParamInfo<world_maker>& info) {
  return info.param.name;
}

class store_contract : public testing::TestWithParam<world_maker> {
protected:
  static constexpr store_shape shape{2, 4};

  void reopen() {
    st.reset();
    st = world->open();
  }

  // -- logs -------------------------------------------------------------------

  static event make_event(const std::string& id, const std::string& body = "b",
                          const std::string& topic = "a.b") {
    event result;
    result.id = id;
    result.topic = topic;
    result.content_type = "application/json";
    result.body = body;
    result.accepted_at = 1'700'000'000'123;
    return result;
  }

  std::vector<append_result> append(const std::vector<event>& what,
                                    log_id log = 0) {
    auto result = st->append(log, what);
    EXPECT_TRUE(result) << describe(result.error());
    return result ? *result : std::vector<append_result>{};
  }

  sequence append_one(const std::string& id, const std::string& body = "b") {
    return append({make_event(id, body)}).at(0).seq;
  }

  std::vector<sequence> append_many(int count) {
    std::vector<event> what;
    for (int i = 0; i < count; ++i)
      what.push_back(make_event("e" + std::to_string(i)));
    std::vector<sequence> result;
    for (const auto& one : append(what))
      result.push_back(one.seq);
    return result;
  }

  std::vector<std::string> ids(sequence after = 0, size_t max = 100,
                               log_id log = 0) {
    std::vector<std::string> result;
    auto metas = st->read(log, after, max);
    EXPECT_TRUE(metas) << describe(metas.error());
    for (const auto& meta : *metas)
      result.push_back(meta.id);
    return result;
  }

  std::string body_of(sequence seq) {
    auto events = st->bodies(0, std::vector{seq}, 1 << 20);
    EXPECT_TRUE(events) << describe(events.error());
    return events->at(0) ? events->at(0)->body : "<none>";
  }

  log_bounds bounds(log_id log = 0) { return st->heads()->at(log); }

  // -- subscriptions ----------------------------------------------------------

  /// A subscription to a predicate, in the partition that its id says.
  static subscription make_subscription(const std::string& topic_text,
                                        const std::string& callback) {
    subscription result;
    auto parsed = parse_subscribed_topic(topic_text);
    result.topic = parsed->text;
    result.topic_key = parsed->key;
    result.callback = callback;
    result.id = make_subscription_id(parsed->key, parsed->is_url, callback);
    result.active = true;
    result.secret = "s3cret";
    result.lease_seconds = 3600;
    result.starts = {7, 8};
    return result;
  }

  static partition_id partition_of(const subscription_id& id) {
    return id.partition(shape.partitions);
  }

  /// The new revision; 0 for a conflict.
  uint64_t change(const subscription_change& what) {
    auto result = st->change({&what, 1});
    EXPECT_TRUE(result) << describe(result.error());
    auto& one = result->at(0);
    if (!one) {
      EXPECT_EQ(code_of(one.error()), errc::conflict) << describe(one.error());
    }
    return one ? *one : 0;
  }

  uint64_t put(const subscription& what,
               std::optional<uint64_t> expected = std::nullopt) {
    return change({what, false, expected});
  }

  uint64_t drop(const subscription& what,
                std::optional<uint64_t> expected = std::nullopt) {
    return change({what, true, expected});
  }

  std::vector<std::string> find(const subscription_filter& filter) {
    std::vector<std::string> result;
    auto found = st->find(filter, "", 1000);
    EXPECT_TRUE(found) << describe(found.error());
    for (const auto& one : found->items)
      result.push_back(one.topic_key + " " + one.callback);
    return result;
  }

  // -- partitions -------------------------------------------------------------

  /// An id of partition 0; `number` gives the order among them.
  static subscription_id sub(uint8_t number) {
    subscription_id result;
    result.bytes[15] = number;
    return result;
  }

  static job_key key(uint8_t sub_number, sequence seq, log_id log = 0) {
    return {sub(sub_number), log, seq};
  }

  static attempt_record attempt(uint8_t sub_number, sequence seq, unix_ms at,
                                uint32_t number = 1) {
    return {key(sub_number, seq), number, at, 12, 503, failure::status, "no"};
  }

  static dead_letter dead(uint8_t sub_number, sequence seq, unix_ms at) {
    return {key(sub_number, seq), seq, 9, at, failure::timeout, 0};
  }

  ownership own() {
    auto result
      = st->acquire("node", shape.partitions, std::chrono::seconds{10}, {});
    EXPECT_TRUE(result) << describe(result.error());
    return result->at(0);
  }

  void commit(const ownership& owner, const commit_batch& batch) {
    auto err = st->commit(owner, batch);
    EXPECT_FALSE(err) << describe(err);
  }

  std::vector<job> due(const ownership& owner, unix_ms up_to = 1'000'000) {
    auto result = st->due(owner, up_to, std::nullopt, 1000);
    EXPECT_TRUE(result) << describe(result.error());
    return *result;
  }

  std::vector<job> jobs_of(const ownership& owner, uint8_t sub_number) {
    auto result = st->jobs_of(owner, sub(sub_number), std::nullopt, 1000);
    EXPECT_TRUE(result) << describe(result.error());
    return *result;
  }

  std::unique_ptr<store_world> world = GetParam().make(shape);
  std::unique_ptr<store> st = world->open();
};

} // namespace herald
