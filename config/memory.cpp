#include "config/memory.hpp"

#include <new>

// jemalloc's, where the program is linked with it.
extern "C" {
[[gnu::weak]] void* mallocx(size_t size, int flags) noexcept;
[[gnu::weak]] void dallocx(void* block, int flags) noexcept;
[[gnu::weak]] int mallctl(const char* name, void* old_value, size_t* old_size,
                          void* value, size_t size) noexcept;

// Each thread keeps up to so many freed blocks of a size for itself. At rest
// they are scattered over pages that nothing else is in; 200, the default, are
// no faster.
const char* malloc_conf = "tcache_nslots_small_max:50";
}

namespace herald {

namespace {

// As in its header: MALLOCX_TCACHE_NONE, MALLOCX_ARENA.
constexpr int without_cache = 1 << 8;

constexpr int in_arena(unsigned index) {
  return static_cast<int>((index + 1) << 20);
}

// 0: there is no jemalloc, or no arena to be had.
int flags_apart() {
  static const int result = [] {
    unsigned arena = 0;
    size_t size = sizeof(arena);
    if (mallctl == nullptr || mallocx == nullptr || dallocx == nullptr
        || mallctl("arenas.create", &arena, &size, nullptr, 0) != 0)
      return 0;
    return in_arena(arena) | without_cache;
  }();
  return result;
}

} // namespace

void* allocate_apart(size_t size) {
  auto flags = flags_apart();
  if (flags == 0)
    return ::operator new(size);
  auto result = mallocx(size, flags);
  if (result == nullptr)
    throw std::bad_alloc{};
  return result;
}

void free_apart(void* block) noexcept {
  if (flags_apart() == 0)
    ::operator delete(block);
  else if (block != nullptr)
    dallocx(block, without_cache);
}

// jemalloc purges pages a while after they were freed, but only when somebody
// allocates. A thread of its own would do it at rest too, but under load it is
// late: a backlog took twice the memory.
void release_memory() {
  if (mallctl != nullptr)
    mallctl("arena.4096.decay", nullptr, nullptr, nullptr, 0); // all arenas
}

void release_thread_memory() {
  if (mallctl == nullptr)
    return;
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

} // namespace herald
