// A set of IDs that remembers where each was first seen, in 16 bytes an entry.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bulkdrop/input/zeroed_memory.hpp"

namespace bulkdrop::input {

// Where an ID stands.
struct IdPlace {
  std::uint32_t line = 0;  // from 1
  std::uint16_t source = 0;
};

// Keeps 84 bits of a keyed hash instead of the ID: two of a million IDs share them with a probability of
// 3 · 10^-14, two of a billion with 3 · 10^-8, and nobody who does not know the process's random key can make
// two that do. 16 parts grow one after the other, so that growing needs little more memory than the set
// itself.
class SeenIds {
 public:
  // What is kept of an ID.
  struct Hash {
    std::uint64_t low;
    std::uint16_t high;
    std::uint8_t part;  // the rest of the 84 bits
  };

  SeenIds();

  // For many IDs at once, 10 or more: where each belongs is rarely in a processor's caches. Ask for all of
  // them with fetch(), which does not wait, and insert them afterwards.
  [[nodiscard]] Hash hash(std::string_view id) const;
  void fetch(const Hash& hash) const;
  std::optional<IdPlace> insert(const Hash& hash, IdPlace place);
  [[nodiscard]] std::optional<IdPlace> find(const Hash& hash) const;

  // IdPlace::source of an ID that is there, to be changed; null if it is not. Good until the next insert().
  [[nodiscard]] std::uint16_t* source(const Hash& hash);

  // About so many IDs there will be in all, as far as anybody can tell by now: the parts grow to that at
  // once, but at most fourfold, and 64-fold once there are thousands. Wrong numbers cost time or memory,
  // nothing else.
  void expect(std::uint64_t ids) { expected_ = ids; }

  // Remembers `id` with `place`, whose line is not 0. If it was there already, nothing changes and its first
  // place is returned.
  std::optional<IdPlace> insert(std::string_view id, IdPlace place) { return insert(hash(id), place); }
  [[nodiscard]] bool contains(std::string_view id) const { return find(id).has_value(); }
  // The place that came with `id`; empty if it is not there.
  [[nodiscard]] std::optional<IdPlace> find(std::string_view id) const { return find(hash(id)); }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Gives back the room that was for more IDs.
  void compact();
  // Bytes of all tables.
  [[nodiscard]] std::size_t memory() const;

 private:
  struct Entry {
    std::uint32_t line;  // 0 = free
    std::uint16_t source;
    std::uint16_t high;
    std::uint32_t low[2];
  };
  static_assert(sizeof(Entry) == 16);
  using Entries = std::vector<Entry, ZeroedMemory<Entry>>;
  struct Part {
    Entries entries;
    std::size_t used = 0;
  };

  // Where to look first.
  static std::size_t home(const Entries& entries, const Hash& hash);
  // The entry of `hash`, or the free one where it belongs.
  static std::size_t slot(const Entries& entries, const Hash& hash);
  static void resize(Part& part, std::size_t entries);
  void grow(Part& part) const;

  std::array<unsigned char, 192> secret_;  // XXH3's recommended size
  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
  std::uint64_t expected_ = 0;
};

}  // namespace bulkdrop::input
