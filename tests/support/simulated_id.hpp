// Session IDs made from row numbers, so that a simulation can hold one against the other.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bulkdrop::test {

// 40 hex digits, as real ones are. The row can be read from them.
inline std::string simulated_id(std::uint64_t row) {
  return fmt::format("{:016x}{:024x}", row, row * 2654435761U);
}
inline std::uint64_t row_of(std::string_view id) {
  return std::strtoull(std::string(id.substr(0, 16)).c_str(), nullptr, 16);
}

}  // namespace bulkdrop::test
