// A set of IDs that remembers where each was first seen, in 16 bytes an entry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bulkdrop::input {

// Where an ID stands.
struct IdPlace {
  std::uint32_t line = 0;  // from 1
  std::uint16_t source = 0;
};

// Keeps 88 bits of a keyed hash instead of the ID: two of a million IDs share them with a probability of
// 2 · 10^-15, two of a billion with 2 · 10^-9, and nobody who does not know the process's random key can make
// two that do. 256 parts grow one after the other, so that growing needs little more memory than the set
// itself.
class SeenIds {
 public:
  SeenIds();

  // Remembers `id` with `place`, whose line is not 0. If it was there already, nothing changes and its first
  // place is returned.
  std::optional<IdPlace> insert(std::string_view id, IdPlace place);
  [[nodiscard]] bool contains(std::string_view id) const { return find(id).has_value(); }
  // The place that came with `id`; empty if it is not there.
  [[nodiscard]] std::optional<IdPlace> find(std::string_view id) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Gives back the room that was for more IDs.
  void compact();
  // Bytes of all tables.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Hash {
    std::uint64_t low;
    std::uint16_t high;
    std::uint8_t part;  // the rest of the 88 bits
  };
  struct Entry {
    std::uint32_t line = 0;  // 0 = free
    std::uint16_t source = 0;
    std::uint16_t high = 0;
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
  static void resize(Part& part, std::size_t entries);

  std::array<unsigned char, 192> secret_;  // XXH3's recommended size
  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
};

}  // namespace bulkdrop::input
