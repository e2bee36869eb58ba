// A set of IDs that remembers where each was first seen, in 16 bytes an entry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkdrop::input {

// Keeps 96 bits of a keyed hash instead of the ID: two of a billion IDs share them with a probability of
// 10^-11, and nobody who does not know the process's random key can make two that do. 256 parts grow one
// after the other, so that growing needs little more memory than the set itself.
class SeenIds {
 public:
  SeenIds();

  // Remembers `id` with `position` (1 to 2^32-1). If it was there already, nothing changes and its first
  // position is returned.
  std::optional<std::uint32_t> insert(std::string_view id, std::uint32_t position);
  [[nodiscard]] bool contains(std::string_view id) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Bytes of all tables.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Hash {
    std::uint64_t low;
    std::uint32_t high;
    std::uint32_t part;
  };
  struct Entry {
    std::uint32_t position = 0;  // 0 = free
    std::uint32_t high = 0;
    std::uint32_t low[2] = {0, 0};
  };
  static_assert(sizeof(Entry) == 16);
  struct Part {
    std::vector<Entry> entries;
    std::size_t used = 0;
  };

  [[nodiscard]] Hash hash(std::string_view id) const;
  // The entry of `hash`, or the free one where it belongs.
  static std::size_t slot(const std::vector<Entry>& entries, const Hash& hash);
  static void grow(Part& part);

  std::array<unsigned char, 192> secret_;  // XXH3's recommended size
  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
};

}  // namespace bulkdrop::input
