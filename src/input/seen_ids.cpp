#include "bulkdrop/input/seen_ids.hpp"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::size_t kParts = 256;
constexpr std::size_t kFewestEntries = 16;
// Most of a part that may be in use, in hundredths, and the share by which a part grows. Linear probing stays short
// below 0.85, and growing by a quarter keeps the average load at 0.76.
constexpr std::size_t kMostLoad = 85;
constexpr std::size_t kGrowsBy = 4;

}  // namespace

SeenIds::SeenIds() : parts_(kParts) {
  for (std::size_t i = 0; i < secret_.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bits = fresh_seed();
    std::memcpy(secret_.data() + i, &bits, sizeof bits);
  }
  // Sizes spread over one step of growth, so that the parts grow at different times.
  for (std::size_t i = 0; i < kParts; ++i)
    parts_[i].entries.resize(kFewestEntries + i * kFewestEntries / (kGrowsBy * kParts));
}

SeenIds::Hash SeenIds::hash(std::string_view id) const {
  const auto full = XXH3_128bits_withSecret(id.data(), id.size(), secret_.data(), secret_.size());
  return {full.low64, static_cast<std::uint16_t>((full.high64 >> 8U) & 0xFFFFU),
          static_cast<std::uint8_t>(full.high64 & 0xFFU)};
}

std::size_t SeenIds::slot(const std::vector<Entry>& entries, const Hash& hash) {
  // The upper half of `low` scaled to the table's size (which is no power of two).
  auto i = static_cast<std::size_t>(((hash.low >> 32U) * entries.size()) >> 32U);
  for (;;) {
    const Entry& entry = entries[i];
    if (entry.line == 0) return i;
    if (entry.high == hash.high && entry.low[0] == static_cast<std::uint32_t>(hash.low & 0xFFFFFFFFU) &&
        entry.low[1] == static_cast<std::uint32_t>(hash.low >> 32U))
      return i;
    if (++i == entries.size()) i = 0;
  }
}

void SeenIds::resize(Part& part, std::size_t entries) {
  std::vector<Entry> other(entries);
  for (const auto& entry : part.entries) {
    if (entry.line == 0) continue;
    const Hash hash{std::uint64_t{entry.low[0]} | (std::uint64_t{entry.low[1]} << 32U), entry.high, 0};
    other[slot(other, hash)] = entry;
  }
  part.entries = std::move(other);
}

std::optional<IdPlace> SeenIds::insert(std::string_view id, IdPlace place) {
  const auto key = hash(id);
  auto& part = parts_[key.part];
  auto i = slot(part.entries, key);
  if (part.entries[i].line != 0) return IdPlace{part.entries[i].line, part.entries[i].source};
  if ((part.used + 1) * 100 > part.entries.size() * kMostLoad) {
    resize(part, part.entries.size() + part.entries.size() / kGrowsBy);
    i = slot(part.entries, key);
  }
  part.entries[i] = {
      place.line,
      place.source,
      key.high,
      {static_cast<std::uint32_t>(key.low & 0xFFFFFFFFU), static_cast<std::uint32_t>(key.low >> 32U)}};
  ++part.used;
  ++size_;
  return std::nullopt;
}

std::optional<IdPlace> SeenIds::find(std::string_view id) const {
  const auto key = hash(id);
  const auto& entries = parts_[key.part].entries;
  const auto& entry = entries[slot(entries, key)];
  if (entry.line == 0) return std::nullopt;
  return IdPlace{entry.line, entry.source};
}

void SeenIds::compact() {
  for (auto& part : parts_)
    if (const auto entries = part.used * 100 / kMostLoad + 1; entries < part.entries.size())
      resize(part, entries);
}

std::size_t SeenIds::memory() const {
  std::size_t bytes = parts_.size() * sizeof(Part);
  for (const auto& part : parts_) bytes += part.entries.size() * sizeof(Entry);
  return bytes;
}

}  // namespace bulkdrop::input
