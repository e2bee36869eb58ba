// failed.csv and failed.jsonl of a run: the original rows of every session that may still be alive.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/originals.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/report/tables.hpp"
#include "bulkdrop/run/particulars.hpp"

namespace bulkdrop::run {

// Errors: Error(run_directory).
class Failures {
 public:
  // `reader` has read its last row.
  Failures(const std::string& directory, input::Reader& reader);
  // A row that is fed back as it is written must not fare better than it did: one that was not readable, or
  // had no ID, is written so that it has none.
  // Gives the row as it stood in its source, until the next call.
  Original add(const Row& row);
  // Gives the files' names.
  std::vector<std::string> commit();
  // What is to be said of files that somebody wrote to meanwhile.
  [[nodiscard]] std::vector<std::string> changed_inputs() const;

 private:
  std::vector<input::SourceInfo> sources_;
  input::Originals originals_;
  report::FailedTables tables_;
  std::vector<std::uint64_t> lost_;  // rows of each source whose original can't be read any more
};

}  // namespace bulkdrop::run
