// Everything is read before anything is sent: what a person confirms is what happens.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/plan_file.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/run/consent.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

// Sees a row just after it was read: Row::text is there, and it is known whether it is to be dropped.
using SeeRow = std::function<void(const Row&, const std::vector<input::SourceInfo>&)>;

struct Reading {
  record::RowStore* store = nullptr;                 // where the rows are kept; null = nowhere (dry run)
  std::optional<std::uint64_t> most = std::nullopt;  // only the first so many
  bool sessions_digest = false;                      // Plan::sessions_sha256 is wanted
  bool whose = true;                                 // Plan::whose is: somebody will see it
  SeeRow see = {};                                   // called with each row
};

// Reads all rows. Throws Error(interrupted or terminated) if a signal came.
Plan read_all(input::Reader& reader, input::Screen& screen, const Reading& reading, Signals& signals);

// Throws Error(bad_input) if what was read is not what was planned.
void check_planned(const record::PlanFile& planned, const Plan& plan);

// For Plan.
Terms terms_of(const CourseSettings& settings, const Consent& consent,
               const std::optional<std::string>& reason);
WrittenPlan written_plan(const record::PlanFile& plan, const std::string& file);

// What is odd about inputs that were read to their end though none of their rows is: --match that matched
// nothing, which may be a mistyped expression; the sessions.csv of a run, whose rows include those that are
// gone.
std::vector<std::string> oddities(const std::vector<input::SourceInfo>& sources);

// Inputs without a byte, or with nothing but blank lines. That is nothing to do; but `bulkdrop list` prints a
// header even if there is no session.
std::vector<std::string> empty_inputs(const std::vector<input::SourceInfo>& sources);

// Inputs that seem to break off in their last row: what else they held is not known.
std::vector<std::string> cut_inputs(const std::vector<input::SourceInfo>& sources);
// Inputs in which a quoted cell seems to hold rows.
std::vector<std::string> quoted_rows(const std::vector<input::SourceInfo>& sources);
// IDs of another length than all others of their input.
std::vector<std::string> odd_ids(const std::vector<input::SourceInfo>& sources);
// Both.
std::vector<std::string> what_may_be_missing(const std::vector<input::SourceInfo>& sources);

// As run.json has it.
record::SourceRecord source_record(const input::SourceInfo& source);

// The error for a signal that came before anything was sent.
Error stopped_before_sending(const Signals& signals);

}  // namespace bulkdrop::run
