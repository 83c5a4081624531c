#ifdef __x86_64__

#include "storage/rocksdb/crc32c.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include <dlfcn.h>

namespace rocksdb::crc32c {

uint32_t Extend(uint32_t crc, const char* data, size_t size);

} // namespace rocksdb::crc32c

namespace herald {

namespace {

uint32_t crc_of(const std::string& text) {
  return rocksdb_crc32c(0, text.data(), text.size());
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
      EXPECT_EQ(rocksdb_crc32c(before, text.data() + from, size),
                rocksdb_own_crc32c(before, text.data() + from, size))
        << size << " from " << from;
    }
  EXPECT_EQ(crc_of(text), rocksdb_own_crc32c(0, text.data(), text.size()));
}

// Every call by this name in the program is one of RocksDB's, and there is no
// second copy of the library that the linker could not change.
TEST(rocksdb_crc32c, is_what_the_library_calls) {
  EXPECT_EQ(&rocksdb::crc32c::Extend, &rocksdb_crc32c);
  EXPECT_EQ(::dlopen("librocksdb.so.7.8", RTLD_LAZY | RTLD_NOLOAD), nullptr);
}

} // namespace herald

#endif
