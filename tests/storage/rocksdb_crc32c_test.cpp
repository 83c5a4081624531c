#ifdef __x86_64__

#include "storage/rocksdb_crc32c.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include <dlfcn.h>

namespace herald {

namespace {

uint32_t crc_of(const std::string& text) {
  return rocksdb::crc32c::Extend(0, text.data(), text.size());
}

} // namespace

TEST(rocksdb_crc32c, is_that_of_the_standard) {
  EXPECT_EQ(crc_of(""), 0u);
  EXPECT_EQ(crc_of("123456789"), 0xe3069283u);
  EXPECT_EQ(crc_of(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc_of(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(rocksdb_crc32c, is_that_of_the_library) {
  std::minstd_rand random{1};
  std::string text(10'000, ' ');
  for (auto& c : text)
    c = static_cast<char>(random());
  for (size_t size = 0; size < 300; ++size)
    for (size_t from : {0, 1, 7, 8, 5001}) {
      auto before = static_cast<uint32_t>(random());
      EXPECT_EQ(rocksdb::crc32c::Extend(before, text.data() + from, size),
                rocksdb_own_crc32c(before, text.data() + from, size))
        << size << " from " << from;
    }
  EXPECT_EQ(crc_of(text), rocksdb_own_crc32c(0, text.data(), text.size()));
}

// The dynamic linker finds the program's before the library's.
TEST(rocksdb_crc32c, is_what_the_library_calls) {
  auto found = ::dlsym(RTLD_DEFAULT, "_ZN7rocksdb6crc32c6ExtendEjPKcm");
  EXPECT_EQ(found, reinterpret_cast<void*>(&rocksdb::crc32c::Extend));
}

} // namespace herald

#endif
