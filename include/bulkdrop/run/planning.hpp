// Everything is read before anything is sent: what a person confirms is what happens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

// Reads all rows, or the first so many. `store` may be null (dry run). Throws Error(interrupted or
// terminated) if a signal came.
Plan read_all(input::Reader& reader, input::Screen& screen, record::RowStore* store, Signals& signals,
              std::optional<std::uint64_t> most = std::nullopt);

// What is odd about inputs that were read to their end though none of their rows is: --match that matched
// nothing, which may be a mistyped expression.
std::vector<std::string> oddities(const std::vector<input::SourceInfo>& sources);

// As run.json has it.
record::SourceRecord source_record(const input::SourceInfo& source);

// The error for a signal that came before anything was sent.
Error stopped_before_sending(const Signals& signals);

}  // namespace bulkdrop::run
