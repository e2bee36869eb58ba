#include "bulkdrop/input/shard.hpp"

#include <charconv>

#include <fmt/format.h>
#include <xxhash.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {
namespace {

// Digits and nothing else.
std::optional<std::uint32_t> number_from_text(std::string_view text) {
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace

std::uint32_t shard_of(const Row& row, std::uint32_t count) {
  if (row.admission == Admission::invalid) return static_cast<std::uint32_t>(row.number % count);
  const std::string id = lower_ascii(row.session_id);
  return static_cast<std::uint32_t>(XXH3_64bits(id.data(), id.size()) % count);
}

bool Shard::takes(const Row& row) const {
  return is_whole() || shard_of(row, count) == index;
}

std::optional<Shard> shard_from_text(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto number = number_from_text(text.substr(0, slash));
  const auto count = number_from_text(text.substr(slash + 1));
  if (!number || !count || *number < 1 || *number > *count || *count > kMostShards) return std::nullopt;
  return Shard{*number - 1, *count};
}

std::string text_of(const Shard& shard) {
  return fmt::format("{}/{}", shard.index + 1, shard.count);
}

}  // namespace bulkdrop::input
