#include "config/log.hpp"
#include "config/text_hash.hpp"
#include "tests/simulation/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

namespace herald::simulation {

namespace {

constexpr uint64_t default_seeds = 300;

std::optional<uint64_t> number_from(const char* name) {
  auto text = std::getenv(name);
  if (text == nullptr)
    return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

/// Every path that the simulation is made for was taken.
void expect_all_paths(const counts& all) {
  EXPECT_GT(all.events, 0u);
  EXPECT_GT(all.repeated, 0u);
  EXPECT_GT(all.retries, 0u);
  EXPECT_GT(all.lags, 0u);
  EXPECT_GT(all.replays, 0u);
  EXPECT_GT(all.escalations, 0u);
  EXPECT_GT(all.scans, 0u);
  EXPECT_GT(all.dead, 0u);
  EXPECT_GT(all.ranges, 0u);
  EXPECT_GT(all.crashes, 0u);
  EXPECT_GT(all.power_cuts, 0u);
  EXPECT_GT(all.stops, 0u);
  EXPECT_GT(all.takeovers, 0u);
  EXPECT_GT(all.faults, 0u);
  EXPECT_GT(all.patches, 0u);
  EXPECT_GT(all.asked_again, 0u);
  EXPECT_GT(all.opened, 0u);
  EXPECT_GT(all.jumps, 0u);
  EXPECT_GT(all.slow, 0u);
  EXPECT_GT(all.late, 0u);
}

} // namespace

/// The promises hold for every schedule and every fault that the seeds make.
/// HERALD_SEED runs one seed and tells what happens; HERALD_SEEDS says how
/// many are run, HERALD_FIRST_SEED from which one on, HERALD_FAILURES after how
/// many failures it ends.
TEST(simulation, keeps_the_promises) {
  auto only = number_from("HERALD_SEED");
  auto first = only.value_or(number_from("HERALD_FIRST_SEED").value_or(1));
  auto count = only ? 1 : number_from("HERALD_SEEDS").value_or(default_seeds);
  if (!only)
    redirect_log([](std::string_view) {});
  auto most = number_from("HERALD_FAILURES").value_or(60);
  counts all;
  size_t failures = 0;
  for (auto seed = first; seed < first + count && failures < most; ++seed) {
    fix_hash_seed(seed);
    world one{seed, only.has_value()};
    auto problem = one.run();
    all.add(one.counted());
    if (!problem.empty()) {
      ++failures;
      ADD_FAILURE() << "HERALD_SEED=" << seed << ": " << problem;
    }
  }
  std::cout << count << " seeds: " << all.to_text() << std::endl;
  if (count >= default_seeds)
    expect_all_paths(all);
}

} // namespace herald::simulation
