#include "bulkdrop/input/seen_ids.hpp"

#include <algorithm>

#include <xxhash.h>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::size_t kParts = 16;
constexpr std::size_t kFewestEntries = 16;
// Most of a part that may be in use, in hundredths, and the share by which a part grows. Linear probing stays
// short below 0.85, and growing by a quarter keeps the average load at 0.76.
constexpr std::size_t kMostLoad = 85;
constexpr std::size_t kGrowsBy = 4;
// Where it is known how many are to come: as full as a part is then to be, less than its most because no
// two parts get equally many and nobody knows exactly, and how many times as large it gets at once.
constexpr std::size_t kPlannedLoad = 80;
constexpr std::size_t kMostGrowth = 4;
// What a few rows say of all may be far off, what thousands say hardly is.
constexpr std::size_t kEntriesThatTell = 256;
constexpr std::size_t kMostGrowthThen = 64;

}  // namespace

SeenIds::SeenIds() : parts_(kParts) {
  fill_with_fresh_bits(secret_);
  // Sizes spread over one step of growth, so that the parts grow at different times.
  for (std::size_t i = 0; i < kParts; ++i)
    parts_[i].entries.resize(kFewestEntries + i * kFewestEntries / (kGrowsBy * kParts));
}

SeenIds::Hash SeenIds::hash(std::string_view id) const {
  const auto full = XXH3_128bits_withSecret(id.data(), id.size(), secret_.data(), secret_.size());
  return {full.low64, static_cast<std::uint16_t>((full.high64 >> 8U) & 0xFFFFU),
          static_cast<std::uint8_t>(full.high64 & (kParts - 1))};
}

// The upper half of `low` scaled to the table's size (which is no power of two).
std::size_t SeenIds::home(const Entries& entries, const Hash& hash) {
  return static_cast<std::size_t>(((hash.low >> 32U) * entries.size()) >> 32U);
}

void SeenIds::fetch(const Hash& hash) const {
  const auto& entries = parts_[hash.part].entries;
  __builtin_prefetch(&entries[home(entries, hash)], 1);
}

std::size_t SeenIds::slot(const Entries& entries, const Hash& hash) {
  auto i = home(entries, hash);
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
  Entries other(entries);
  for (const auto& entry : part.entries) {
    if (entry.line == 0) continue;
    const Hash hash{std::uint64_t{entry.low[0]} | (std::uint64_t{entry.low[1]} << 32U), entry.high, 0};
    other[slot(other, hash)] = entry;
  }
  part.entries = std::move(other);
}

void SeenIds::grow(Part& part) const {
  const std::size_t now = part.entries.size();
  const auto wanted = static_cast<std::size_t>(expected_ / kParts * 100 / kPlannedLoad);
  const std::size_t most = now * (now < kEntriesThatTell ? kMostGrowth : kMostGrowthThen);
  resize(part, std::max(now + now / kGrowsBy, std::min(wanted, most)));
}

std::optional<IdPlace> SeenIds::insert(const Hash& key, IdPlace place) {
  auto& part = parts_[key.part];
  auto i = slot(part.entries, key);
  if (part.entries[i].line != 0) return IdPlace{part.entries[i].line, part.entries[i].source};
  if ((part.used + 1) * 100 > part.entries.size() * kMostLoad) {
    grow(part);
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

std::optional<IdPlace> SeenIds::find(const Hash& key) const {
  const auto& entries = parts_[key.part].entries;
  const auto& entry = entries[slot(entries, key)];
  if (entry.line == 0) return std::nullopt;
  return IdPlace{entry.line, entry.source};
}

std::uint16_t* SeenIds::source(const Hash& key) {
  auto& entries = parts_[key.part].entries;
  Entry& entry = entries[slot(entries, key)];
  return entry.line == 0 ? nullptr : &entry.source;
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
