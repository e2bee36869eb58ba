// Every report of a run, made from what its journal and its input say and nothing else: they come out the
// same whenever they are made.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/report/html_page.hpp"
#include "bulkdrop/report/pace_history.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/report/timeline.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/proof_on_record.hpp"

namespace bulkdrop::run {

// What a part of a run in its journal was for.
inline constexpr std::string_view kDropPart = "drop";
inline constexpr std::string_view kResumePart = "resume";
inline constexpr std::string_view kVerifyPart = "verify";
inline constexpr std::string_view kWatchPart = "watch";

// Of these, those that send something.
bool asks_for_rows(const record::Part& part);

// A run whose rows have all been read: what was asked and what was found.
struct ReadRun {
  const record::RunDirectory& directory;
  const record::RunRecord& record;
  const record::RowStore& store;
  input::Reader& reader;  // has read its last row
};

// What the journal of a run that is still open does not say itself.
struct StillOpen {
  std::uint64_t taken = kAllTaken;  // see JournalReader, and the next one
  std::uint64_t durable_bytes = record::kAllBytes;
  std::optional<Stop> stop;  // of the run, where the journal could not take it
};

// Writes sessions.*, failed.*, report.html and, last, summary.json. An end that the journal has in its last
// part says what the exit code is if it is not 0; else the rows do, but a stream that was cut off does not
// end with 0. A report that can't be written keeps no other from being written: the summary is then one of a
// run that was stopped by it (io). The commands of what is returned are for where this process is. Throws
// Error(run_directory) if the journal can't be read.
report::Summary write_reports(const ReadRun& run, const StillOpen& open = {});

// What became of a row.
using OutcomeOf = std::function<Result(const Row&)>;

// The page of a report; empty once it can't be made any more.
using Page = std::optional<report::HtmlPage>;

// Adds when the parts of a run that sent requests were at work.
void add_working_time(const record::JournalReader& journal, std::vector<report::Span>& spans);

// A page without rows. `reader` knows all its sources.
Page make_page(const record::RunDirectory& directory, const input::Reader& reader, WallTime started_at,
               std::vector<report::Span> working_time);

// Writes sessions.* and failed.* of all rows into `directory`, gives `page` the rows, and adds to `summary`,
// whose started_at is known, what comes from them: all but the course of the run. `reader` has read its last
// row. A table that can't be written is told of in the summary, as above. Throws Error(run_directory) if the
// rows can't be read.
void write_rows(const record::RunDirectory& directory, const record::RowStore& store, input::Reader& reader,
                const OutcomeOf& outcome_of, report::Summary& summary, Page& page);

// Of a run, whose rows are in `summary`: when it ended and how, what the session list said. A stream that was
// cut off has not been read to its end, and proof that was cut off is none: that all rows so far are gone is
// no success.
void add_course(const record::JournalReader& journal, const record::RunRecord& run,
                const ProofOnRecord& proof, report::Summary& summary);

// That the end of the journal at `path` is torn; empty if it is not.
std::string torn_end(const record::JournalReader& journal, const std::string& path);

// What a run says of where it comes from, and of itself; with a journal, of the login that was used last.
report::Origin origin_of(const record::RunRecord& run);
report::Origin origin_of(const record::RunRecord& run, const record::JournalReader& journal);
report::Summary summary_of(const record::RunRecord& run, const record::JournalReader& journal,
                           const record::RunDirectory& directory);

// Into its commands, which repeat the run's options, and the names of its inputs: for whoever is in the
// directory `here`, not where the run was started.
void put_here(const std::string& here, const record::RunRecord& run, const record::JournalReader& journal,
              report::Summary& summary);

// Writes report.html and summary.json. If one can't be written, `summary` says so as above. `pace`: see
// HtmlPage.
void write_totals(const record::RunDirectory& directory, report::Summary& summary, const Page& page,
                  const report::PaceHistory* pace);

}  // namespace bulkdrop::run
