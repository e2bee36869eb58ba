// The lines of a journal that count, in order: tells a torn end from damage by the rule in journal.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/sha256.hpp"

namespace bulkdrop::record {

// Where a line stands.
struct LinePlace {
  std::uint64_t offset = 0;  // of its first byte
  std::uint64_t number = 1;  // counted from 1
};

// Error(run_directory): the journal `path` can't be believed, because of `why` at this place.
[[noreturn]] void refuse_journal(const std::string& path, const LinePlace& place, std::string_view why);

struct CheckedBytes {
  std::uint64_t intact = 0;
  std::uint64_t torn = 0;  // behind them
  Sha256 hash;             // of the intact ones
};

// Reads the file to its end, or its first `most` bytes, and hands each intact line of the intact part to
// `take`, without its line end. Error(run_directory) for damage, and where the file can't be read.
CheckedBytes check_lines(const Fd& file, const std::string& path,
                         const std::function<void(std::string_view line, const LinePlace& place)>& take,
                         std::uint64_t most = ~std::uint64_t{0});

}  // namespace bulkdrop::record
