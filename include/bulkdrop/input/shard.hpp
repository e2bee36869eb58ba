// One of N disjoint parts of an input, so that N processes can share it without speaking to each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/row.hpp"

namespace bulkdrop::input {

inline constexpr std::uint32_t kMostShards = 65'536;

// The `index`-th of `count` parts, from 0. The default is the whole input.
struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;

  [[nodiscard]] bool is_whole() const { return count == 1; }
  [[nodiscard]] bool takes(const Row& row) const;
  bool operator==(const Shard&) const = default;
};

// The part, from 0, that a row belongs to; `row.number` counts all rows of the input. A row with a usable ID
// belongs where its ID does, whichever spelling it has and however often it comes: XXH3-64, seed 0, of the ID
// in lower case, modulo `count`. An invalid one goes by its number, modulo `count`. Both are the same on
// every machine and must stay the same in every version: the parts of one job may be done by several.
std::uint32_t shard_of(const Row& row, std::uint32_t count);

// The value of --shard: `I/N`, 1 <= I <= N <= kMostShards.
std::optional<Shard> shard_from_text(std::string_view text);
std::string text_of(const Shard& shard);

}  // namespace bulkdrop::input
