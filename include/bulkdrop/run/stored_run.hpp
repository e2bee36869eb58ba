// A run that somebody began, opened again: what was asked, its rows as they were read, its record.
//
// Nothing is changed by opening it. While it is open no other process can: its directory is locked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/planning.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/reports.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::run {

class StoredRun {
 public:
  // Throws Error(usage) if `path` is no run directory, or the run is still going on or never began;
  // Error(run_directory) for what can't be read.
  explicit StoredRun(const std::string& path);
  StoredRun(const StoredRun&) = delete;
  StoredRun& operator=(const StoredRun&) = delete;

  [[nodiscard]] const record::RunDirectory& directory() const { return directory_; }
  [[nodiscard]] const record::RunRecord& record() const { return record_; }
  // As it was when this was made.
  [[nodiscard]] const record::JournalReader& journal() const { return journal_; }
  // The values of an option as it was given to the run; none if it was not.
  [[nodiscard]] std::vector<std::string> option(std::string_view name) const;
  // Its part of the input.
  [[nodiscard]] input::Shard shard() const;
  // Whether it read its inputs to their ends; a stream that was stopped did not.
  [[nodiscard]] bool read_to_the_end() const;
  // How IDs compare: see input::Screen.
  [[nodiscard]] bool ids_ignore_case() const { return option("id-pattern").empty(); }

  enum class Extent : std::uint8_t {
    as_it_was,   // the rows that the run had read when it was stopped
    to_the_end,  // also those that a stream that was stopped, or cut off, had not come to
  };
  // Reads the inputs again, as the run did. To be called once, before the members below. Throws
  // Error(bad_input) for an input that is no longer what it was, Error(interrupted or terminated) if a signal
  // comes, Error(run_directory). `see` gets each row, also of an input that turns out to be refused.
  void read_rows(Signals& signals, Extent extent, const SeeRow& see = {});
  // Its inputs as a run without --shard would have read them: the rows of all shards, kept in `directory`.
  // Throws as read_rows(), which need not come before.
  struct Rows {
    std::unique_ptr<input::Reader> reader;
    std::unique_ptr<record::RowStore> store;
    Plan plan;
  };
  [[nodiscard]] Rows read_all_shards(Signals& signals, const std::string& directory) const;
  // After read_rows() to the end of a stream that had been stopped before: from now on its files are what
  // they are, and run.json says so. A copy of standard input has no such end: what came then may be half a
  // line. Throws Error(run_directory).
  void settle_input();
  [[nodiscard]] ReadRun read_run() { return {directory_, record_, *rows_.store, *rows_.reader}; }
  [[nodiscard]] const record::RowStore& store() const { return *rows_.store; }
  [[nodiscard]] const Plan& plan() const { return rows_.plan; }

  // The journal, to go on with: begin a part. Once.
  std::unique_ptr<record::Journal> open_journal(std::function<void()> on_change);
  // The last part of it that came to its end; null if none did.
  [[nodiscard]] const record::Part* last_end() const;

 private:
  [[nodiscard]] std::string resolved(const std::string& name) const;
  // Where it is read from, if it could not be read twice; else empty.
  [[nodiscard]] std::string copy_of(const record::SourceRecord& source) const;
  [[nodiscard]] Rows read(const input::Options& options, Signals& signals, std::optional<std::uint64_t> most,
                          const SeeRow& see) const;
  void check_sources_before() const;
  void check_digests(const input::Reader& reader) const;
  void check_protected(const input::Screen& screen) const;
  void check_counts() const;
  void check_ids() const;
  [[nodiscard]] input::Options input_options() const;

  record::RunDirectory directory_;
  Fd lock_;  // on the journal
  record::RunRecord record_;
  record::JournalReader journal_;
  Rows rows_;
};

}  // namespace bulkdrop::run
