// A run that is over, opened again: what was asked, its rows as they were read, its record.
//
// Nothing is changed by opening it. While it is open no other process can: its directory is locked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

class StoredRun {
 public:
  // Throws Error(usage) if `path` is no run directory, or the run is still going on or never came to its
  // reports; Error(run_directory) for what can't be read.
  explicit StoredRun(const std::string& path);
  StoredRun(const StoredRun&) = delete;
  StoredRun& operator=(const StoredRun&) = delete;

  [[nodiscard]] const record::RunDirectory& directory() const { return directory_; }
  [[nodiscard]] const record::RunRecord& record() const { return record_; }
  // As the run, or who worked on it last, left it; with the words of its stop.
  [[nodiscard]] const report::Summary& summary() const { return summary_; }
  // The values of an option as it was given to the run; none if it was not.
  [[nodiscard]] std::vector<std::string> option(std::string_view name) const;
  // How IDs compare: see input::Screen.
  [[nodiscard]] bool ids_ignore_case() const { return option("id-pattern").empty(); }

  // Reads the inputs again, as the run did. To be called once, before the members below. Throws
  // Error(bad_input) for an input that is no longer what it was, Error(interrupted or terminated) if a signal
  // comes, Error(run_directory).
  void read_rows(Signals& signals);
  [[nodiscard]] const record::RowStore& store() const { return *store_; }
  [[nodiscard]] input::Reader& reader() { return *reader_; }
  // As for write_tables(): rows below that may have been sent though there is no record of them.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

  // The journal, to go on with. Once.
  std::unique_ptr<record::Journal> open_journal();

 private:
  void read_journal();
  void check_sources_before() const;
  void check_sources_after() const;
  void check_ids() const;
  [[nodiscard]] input::Options input_options() const;
  [[nodiscard]] bool read_to_the_end() const;

  record::RunDirectory directory_;
  Fd journal_;  // locked
  record::RunRecord record_;
  report::Summary summary_;
  std::uint64_t taken_ = 0;
  std::unique_ptr<input::Reader> reader_;
  std::unique_ptr<record::RowStore> store_;
};

}  // namespace bulkdrop::run
