// Sizes that keep memory bounded whatever the input.
#pragma once

#include <cstddef>

namespace bulkdrop::input {

// The longest row that is read as one: a line, a CSV record, a JSON element. Longer ones become invalid rows.
inline constexpr std::size_t kMaxRecordBytes = 1024 * 1024;

// What is read from a descriptor at once.
inline constexpr std::size_t kChunkBytes = 256 * 1024;

}  // namespace bulkdrop::input
