#include "http/client/resolver.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <vector>

using namespace herald;
using namespace std::chrono_literals;

namespace {

class a_resolver : public ::testing::Test {
protected:
  struct counted {
    std::atomic<int> calls = 0;
  };

  lookup_function found() {
    return [count = count](const std::string&) {
      ++count->calls;
      return resolution{{*ip_address::parse("192.0.2.1")}, {}};
    };
  }

  lookup_function unknown() {
    return [count = count](const std::string&) {
      ++count->calls;
      return resolution{{}, "unknown"};
    };
  }

  /// Resolves as if it was `later` than now.
  resolution_ptr ask(resolver& names, const std::string& host,
                     resolver::clock::duration later = 0s) {
    resolution_ptr result;
    names.resolve(host, resolver::clock::now() + later,
                  [&](const resolution_ptr& answer) { result = answer; });
    while (!result)
      io.run_one();
    return result;
  }

  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work
    = boost::asio::make_work_guard(io);
  std::shared_ptr<counted> count = std::make_shared<counted>();
};

} // namespace

TEST_F(a_resolver, remembers_what_it_found) {
  resolver names{io, found()};
  EXPECT_EQ(ask(names, "a")->addresses.size(), 1u);
  ask(names, "a", 29s);
  EXPECT_EQ(count->calls, 1);
  ask(names, "b");
  EXPECT_EQ(count->calls, 2);
}

TEST_F(a_resolver, asks_again_when_an_answer_is_old) {
  resolver names{io, found()};
  ask(names, "a");
  ask(names, "a", 31s);
  EXPECT_EQ(count->calls, 2);
}

TEST_F(a_resolver, forgets_failures_sooner) {
  resolver names{io, unknown()};
  EXPECT_EQ(ask(names, "a")->error, "unknown");
  ask(names, "a", 4s);
  EXPECT_EQ(count->calls, 1);
  ask(names, "a", 6s);
  EXPECT_EQ(count->calls, 2);
}

TEST_F(a_resolver, looks_a_name_up_once_for_all_who_wait) {
  std::promise<void> go;
  auto may_answer = go.get_future().share();
  resolver names{io, [=](const std::string& host) {
                   if (host == "a")
                     may_answer.wait();
                   return resolution{{}, "unknown"};
                 }};
  size_t answers = 0;
  for (size_t i = 0; i < resolver::max_lookups; ++i)
    names.resolve("a", resolver::clock::now(),
                  [&](const resolution_ptr&) { ++answers; });
  ask(names, "b"); // there is a thread left
  EXPECT_EQ(answers, 0u);
  go.set_value();
  while (answers < resolver::max_lookups)
    io.run_one();
}

TEST_F(a_resolver, is_not_held_up_by_a_slow_name) {
  std::promise<void> go;
  auto may_answer = go.get_future().share();
  resolver names{io, [=](const std::string& host) {
                   if (host == "slow")
                     may_answer.wait();
                   return resolution{{}, host};
                 }};
  bool slow = false;
  names.resolve("slow", resolver::clock::now(),
                [&](const resolution_ptr&) { slow = true; });
  EXPECT_EQ(ask(names, "quick")->error, "quick");
  EXPECT_FALSE(slow);
  go.set_value();
  while (!slow)
    io.run_one();
}

TEST_F(a_resolver, may_end_while_a_lookup_runs) {
  std::promise<void> go;
  auto may_answer = go.get_future().share();
  auto started = std::make_shared<std::latch>(1);
  auto done = std::make_shared<std::latch>(1);
  {
    resolver names{io, [=](const std::string&) {
                     started->count_down();
                     may_answer.wait();
                     done->count_down();
                     return resolution{{}, "late"};
                   }};
    names.resolve("a", resolver::clock::now(),
                  [](const resolution_ptr&) { FAIL() << "not wanted"; });
    started->wait();
  }
  go.set_value();
  done->wait();
  io.poll();
}

TEST_F(a_resolver, bounds_what_it_remembers) {
  resolver names{io, found()};
  auto last = resolver::max_entries;
  for (size_t i = 0; i <= last; ++i)
    ask(names, std::to_string(i));
  auto before = count->calls.load();
  ask(names, std::to_string(last));
  EXPECT_EQ(count->calls, before);
  ask(names, "0");
  EXPECT_EQ(count->calls, before + 1);
}

TEST_F(a_resolver, asks_the_system) {
  auto answer = system_lookup("localhost");
  ASSERT_FALSE(answer.addresses.empty());
  for (const auto& address : answer.addresses)
    EXPECT_TRUE(address == *ip_address::parse("127.0.0.1")
                || address == *ip_address::parse("::1"));
  EXPECT_FALSE(system_lookup("no such name").error.empty());
}
