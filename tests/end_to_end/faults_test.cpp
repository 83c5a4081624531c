// Stops, second nodes, broken stores, full disks: each has a defined answer.
#include "tests/end_to_end/support/fixture.hpp"

#include <sys/mount.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

using namespace herald::end_to_end;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

class faults : public end_to_end {};

/// A file system in memory with a limit; not mounted where that is forbidden.
class small_disk {
public:
  explicit small_disk(const char* size) {
    auto options = std::string{"size="} + size;
    mounted_
      = ::mount("herald-test", path().c_str(), "tmpfs", 0, options.c_str())
        == 0;
  }

  ~small_disk() {
    if (mounted_)
      ::umount2(path().c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

  /// Takes all the space that is left.
  void fill() {
    std::ofstream out{path() / "ballast", std::ios::binary};
    std::string block(64 * 1024, 'b');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size()))
             .flush())
      continue;
  }

  void free() { std::filesystem::remove(path() / "ballast"); }

private:
  temp_folder folder_;
  bool mounted_ = false;
};

/// Publishes numbered events on connections of its own until the node goes.
class load {
public:
  explicit load(uint16_t port) {
    for (int i = 0; i < 2; ++i)
      threads_.emplace_back([this, port, i] { run(port, i); });
  }

  ~load() { join(); }

  bool wait_for(size_t count) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, patience,
                             [&] { return acknowledged_.size() >= count; });
  }

  void join() {
    for (auto& x : threads_)
      if (x.joinable())
        x.join();
  }

  /// After `join`.
  const std::set<std::string>& acknowledged() const { return acknowledged_; }

private:
  void run(uint16_t port, int who) {
    connection to{port};
    for (int i = 0;; ++i) {
      auto body = std::to_string(who) + "." + std::to_string(i);
      auto answer = to.request("POST", "/events?topic=load", {}, body);
      if (!answer || answer->status() != 202)
        return;
      std::lock_guard guard{mutex_};
      acknowledged_.insert(body);
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> acknowledged_;
  std::vector<std::thread> threads_;
};

} // namespace

TEST_F(faults, a_second_node_on_the_same_store_says_so_and_ends_with_1) {
  start();
  auto second = run(node_process::command(node().data(), {}));
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.complaints, HasSubstr(node().data().string()));
  EXPECT_THAT(second.complaints, HasSubstr("another"));
  EXPECT_EQ(get("/readyz").status(), 200);
}

TEST_F(faults, a_port_that_is_taken_is_named_and_ends_with_1) {
  receiver taken;
  temp_folder data;
  auto result = run(node_process::command(data.path(), {}, taken.port()));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.complaints, HasSubstr(std::to_string(taken.port())));
}

TEST_F(faults, an_unknown_key_or_a_bad_value_is_named_and_ends_with_2) {
  temp_folder folder;
  auto file = (folder.path() / "herald.toml").string();
  std::ofstream{file} << "[lease]\ndefault = \"2d\"\ncolour = 1\n";
  auto unknown = run({HERALD_BINARY, "serve", "--config", file});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.complaints, HasSubstr("colour"));
  EXPECT_THAT(unknown.complaints, HasSubstr(file));
  auto bad = run({HERALD_BINARY, "serve", "--lease-min", "soon"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.complaints, HasSubstr("lease-min"));
  EXPECT_EQ(run({HERALD_BINARY, "serve", "--colour"}).code, 2);
}

TEST_F(faults, a_corrupt_store_is_refused_with_a_clear_error) {
  start();
  publish("a", "x");
  EXPECT_EQ(node().terminate(), 0);
  for (auto& x : std::filesystem::recursive_directory_iterator{node().data()})
    if (x.path().filename().string().starts_with("MANIFEST"))
      std::filesystem::resize_file(x, 7);
  auto result = run(node_process::command(node().data(), {}));
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.complaints, HasSubstr(node().data().string()));
  EXPECT_THAT(result.output, IsEmpty());
}

TEST_F(faults, a_stop_without_work_is_quick_and_ends_with_0) {
  start();
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(node().terminate(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{8});
}

TEST_F(faults, sigint_stops_as_sigterm_does) {
  start();
  node().signal(SIGINT);
  EXPECT_EQ(node().wait(), 0);
}

TEST_F(faults, a_stop_under_load_loses_nothing_and_repeats_nothing) {
  auto args = quick_retries;
  args.insert(args.end(), {"--drain-seconds", "10"});
  start(args);
  receiver to;
  subscribe("load", to.url());
  load publishers{node().port()};
  ASSERT_TRUE(publishers.wait_for(300));
  EXPECT_EQ(node().terminate(), 0);
  publishers.join();
  node().start();
  // Deliveries of one subscription are not ordered: wait for each.
  EXPECT_TRUE(eventually([&] {
    auto got = as_set(bodies_of(to.deliveries()));
    return std::includes(got.begin(), got.end(),
                         publishers.acknowledged().begin(),
                         publishers.acknowledged().end());
  }));
  auto got = to.deliveries();
  EXPECT_EQ(as_set(fields_of(got, "webhook-id")).size(), got.size());
}

TEST_F(faults, a_stop_does_not_wait_longer_than_it_may) {
  auto args = quick_retries;
  args.insert(args.end(), {"--drain-seconds", "1"});
  start(args);
  receiver to;
  to.on_delivery([](const http_message&) { return reply::hang(); });
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  node().signal(SIGTERM);
  EXPECT_EQ(node().wait(std::chrono::seconds{8}), 0);
  to.on_delivery([](const http_message&) { return reply{}; });
  node().start();
  ASSERT_TRUE(to.wait_for_deliveries(2));
  EXPECT_EQ(to.deliveries()[1].body, "x");
}

TEST_F(faults, a_second_signal_ends_at_once) {
  auto args = quick_retries;
  args.insert(args.end(), {"--drain-seconds", "60"});
  start(args);
  receiver to;
  to.on_delivery([](const http_message&) { return reply::hang(); });
  subscribe("a", to.url());
  publish("a", "x");
  ASSERT_TRUE(to.wait_for_deliveries(1));
  node().signal(SIGTERM);
  ASSERT_TRUE(eventually(
    [&] { return node().complaints().find("stopping") != std::string::npos; }));
  node().signal(SIGTERM);
  auto code = node().wait(std::chrono::seconds{5});
  EXPECT_TRUE(code.has_value());
  EXPECT_NE(code, 0);
}

TEST_F(faults, a_full_disk_refuses_events_and_heals_when_space_is_free) {
  small_disk disk{"256m"};
  if (!disk.mounted())
    GTEST_SKIP() << "mounting is not permitted here";
  start(quick_retries, disk.path() / "data");
  receiver to;
  subscribe("a", to.url());
  disk.fill();
  std::string big(256 * 1024, 'x');
  http_message answer;
  ASSERT_TRUE(eventually([&] {
    answer = post("/events?topic=other", "text/plain", big);
    return answer.status() != 202;
  }));
  EXPECT_EQ(answer.status(), 503) << answer.body;
  EXPECT_FALSE(answer.field("Retry-After").empty());
  EXPECT_EQ(get("/readyz").status(), 503);
  EXPECT_EQ(get("/healthz").status(), 200);
  disk.free();
  EXPECT_TRUE(eventually([&] {
    return post("/events?topic=a", "text/plain", "after").status() == 202;
  }));
  EXPECT_TRUE(eventually([&] { return get("/readyz").status() == 200; }));
  EXPECT_TRUE(to.wait_for_deliveries(1));
  node().terminate();
}
