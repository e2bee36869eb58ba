// Memory for tables that are large and hit at random: zeroed by the system, in huge pages where it has them.
// With pages of 4 KiB, a table of 200 MiB costs 50,000 page faults before it is full, and a look at it mostly
// waits for two memories: that of the page table, and its own.
#pragma once

#include <cstddef>
#include <limits>
#include <new>

namespace bulkdrop::input {

// Bytes that are 0. Throws std::bad_alloc.
void* allocate_zeroed(std::size_t bytes);
void release_zeroed(void* memory, std::size_t bytes) noexcept;

// For a std::vector of a plain type of which 0 in all bytes is the value that new elements are to have: they
// are not written again. Such a vector is made with the size that it keeps.
template <typename T>
struct ZeroedMemory {
  using value_type = T;
  ZeroedMemory() = default;
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): what a container expects of an allocator
  ZeroedMemory(const ZeroedMemory<U>&) noexcept {}

  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(allocate_zeroed(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept { release_zeroed(memory, count * sizeof(T)); }
  void construct(T*) noexcept {}
  bool operator==(const ZeroedMemory&) const = default;
};

}  // namespace bulkdrop::input
