// One `bulkdrop drop`, from the first byte of input to the last byte of the reports.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/record/plan_file.hpp"
#include "bulkdrop/run/consent.hpp"
#include "bulkdrop/run/course.hpp"

namespace bulkdrop::run {

struct DropSettings : CourseSettings {
  std::vector<std::string> files;  // none = standard input
  std::vector<std::string> protect_files;
  input::Options input;
  std::string account;  // see Plan
  std::string out;      // run directory; empty = a fresh name here. With `rotate`: where the runs go
  // With a stream of standard input alone: a new run about so often.
  std::optional<Duration> rotate;
  std::optional<std::string> reason;
  bool dry_run = false;
  std::string save_plan;                 // of a dry run: write what would be done there; empty = don't
  std::optional<record::PlanFile> plan;  // what is to be done, and nothing else
  std::string plan_file;                 // where that stands
  Consent consent;
  std::vector<std::pair<std::string, std::string>> recorded_options;  // for run.json; no secrets
  std::string directory = ".";  // from which relative names start, for run.json
};

// With `rotate` each run directory is that of an ordinary run, and what is given back is of the last one.
// Throws Error for what ends it before anything was sent (nothing is left behind then), and
// Error(run_directory) if the reports could not be written.
RunOutcome drop(const DropSettings& settings, const RunParts& parts);

}  // namespace bulkdrop::run
