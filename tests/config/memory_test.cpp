#include "config/memory.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace herald {
namespace {

TEST(memory_apart, holds_what_is_put_there_until_any_thread_frees_it) {
  std::vector<char*> blocks;
  for (size_t size = 1; size < 5000; size += 37) {
    auto block = static_cast<char*>(allocate_apart(size));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(max_align_t), 0u);
    std::memset(block, static_cast<int>(size % 128), size);
    blocks.push_back(block);
  }
  size_t size = 1;
  for (auto block : blocks) {
    EXPECT_EQ(block[0], static_cast<char>(size % 128));
    EXPECT_EQ(block[size - 1], static_cast<char>(size % 128));
    size += 37;
  }
  std::thread{[&] {
    for (auto block : blocks)
      free_apart(block);
  }}.join();
  free_apart(nullptr);
  release_memory();
}

} // namespace
} // namespace herald
