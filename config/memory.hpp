#pragma once

#include <cstddef>

namespace herald {

// What only jemalloc can do; where the program is not linked with it, plain
// memory, and nothing. Any thread.

/// A block for what stays long, in pages where nothing else is: among blocks
/// that come and go, few that stay keep many pages. Throws `std::bad_alloc`.
/// `size` is above 0; aligned as `operator new`.
void* allocate_apart(size_t size);

/// Null is allowed.
void free_apart(void* block) noexcept;

/// Gives pages that were freed some time ago back to the system.
void release_memory();

/// To be called by a thread that has little to do: gives back every freed page,
/// and the freed blocks that jemalloc keeps for this thread alone. It would
/// take them back only while the thread allocates.
void release_thread_memory();

} // namespace herald
