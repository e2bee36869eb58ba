#include "bulkdrop/input/zeroed_memory.hpp"

#include <cstdint>
#include <cstdlib>

#include <sys/mman.h>

namespace bulkdrop::input {

namespace {

// From here on, memory comes from the system and goes back there at once: a table that has grown is not to
// leave its former place to an allocator that may keep it.
constexpr std::size_t kLarge = std::size_t{256} * 1024;
constexpr std::size_t kHugePage = std::size_t{2} * 1024 * 1024;

// Only whole ones, so that no memory is taken that nobody asked for. Without them it is only slower.
void advise_huge_pages(void* memory, std::size_t bytes) {
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(memory) % kHugePage) % kHugePage;
  if (bytes < before + kHugePage) return;
  ::madvise(static_cast<char*>(memory) + before, (bytes - before) / kHugePage * kHugePage, MADV_HUGEPAGE);
}

}  // namespace

void* allocate_zeroed(std::size_t bytes) {
  if (bytes < kLarge) {
    void* const memory = std::calloc(bytes > 0 ? bytes : 1, 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  advise_huge_pages(memory, bytes);
#ifdef MADV_POPULATE_WRITE  // Linux 5.14
  // All pages at once: a table's entries come in no order, and would ask for them one by one.
  ::madvise(memory, bytes, MADV_POPULATE_WRITE);
#endif
  return memory;
}

void release_zeroed(void* memory, std::size_t bytes) noexcept {
  if (bytes < kLarge)
    std::free(memory);
  else
    ::munmap(memory, bytes);
}

}  // namespace bulkdrop::input
