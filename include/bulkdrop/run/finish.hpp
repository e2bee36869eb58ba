// After the last answer: one pass over the rows and the journal makes every report.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::run {

// Writes sessions.* and failed.*, and fills in the summary's counts, errors and files. What the row store and
// the journal say is what counts. Throws Error(run_directory). The reader has read its last row.
// Rows below `taken` that have no record may have been sent: they are `unknown`.
void write_tables(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                  std::uint64_t taken, report::Summary& summary);

// What became of the row: what was recorded, or else what the input says of it, or that its turn never came,
// or, of a row below `taken`, that its record is lost.
Result outcome_of(const Row& row, std::optional<Result> recorded, std::uint64_t taken);

// Stopped runs apart: whether every session that was asked for is gone.
ExitCode exit_code_of(const Counts& counts);

// summary.json: last, since it says that all else is complete.
void write_summary(const record::RunDirectory& directory, const report::Summary& summary);

}  // namespace bulkdrop::run
