// Every report of a run, made from what its journal and its input say and nothing else: they come out the
// same whenever they are made.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/outcome.hpp"

namespace bulkdrop::run {

// What a part of a run in its journal was for.
inline constexpr std::string_view kDropPart = "drop";
inline constexpr std::string_view kResumePart = "resume";
inline constexpr std::string_view kVerifyPart = "verify";
inline constexpr std::string_view kWatchPart = "watch";

// A run whose rows have all been read: what was asked and what was found.
struct ReadRun {
  const record::RunDirectory& directory;
  const record::RunRecord& record;
  const record::RowStore& store;
  input::Reader& reader;  // has read its last row
};

// Writes sessions.*, failed.* and, when all else is complete, summary.json. `taken`: see Outcomes. An end
// that the journal has in its last part says what the exit code is if it is not 0; else the rows do, but a
// stream that was cut off does not end with 0. Throws Error(run_directory).
report::Summary write_reports(const ReadRun& run, std::uint64_t taken = kAllTaken);

// What became of a row.
using OutcomeOf = std::function<Result(const Row&)>;

// Writes sessions.* and failed.* of all rows into `directory`, and adds to `summary`, whose started_at is
// known, what comes from the rows: all but the course of the run. `reader` has read its last row. Throws
// Error(run_directory).
void write_rows(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                const OutcomeOf& outcome_of, report::Summary& summary);

// Of a run, whose rows are in `summary`: when it ended and how, what the session list said. A `stream` that was cut
// off has not been read to its end: that all of its rows so far are gone is no success.
void add_course(const record::JournalReader& journal, bool stream, report::Summary& summary);

// What a run says of itself.
report::Summary summary_of(const record::RunRecord& run, const record::RunDirectory& directory);

void write_summary(const record::RunDirectory& directory, const report::Summary& summary);

}  // namespace bulkdrop::run
