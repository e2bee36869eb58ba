// A new run directory of a drop: its input, its rows, its journal.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/room_reserve.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/run/drop_run.hpp"
#include "bulkdrop/run/pending_directory.hpp"
#include "bulkdrop/run/reports.hpp"

namespace bulkdrop::run {

// What is asked for, as run.json has it, but for what is known only when the run begins.
record::RunRecord record_of(const DropSettings& settings, const Plan& plan);

class DropPart {
 public:
  // Makes the directory, which goes away again unless the run begins, and opens the input. `settings` must
  // live as long. Throws as RunDirectory, Reader and RowStore do.
  DropPart(const DropSettings& settings, const std::string& run_id, const std::string& path, WallTime now,
           input::Options input);
  DropPart(const DropPart&) = delete;
  DropPart& operator=(const DropPart&) = delete;
  ~DropPart();

  [[nodiscard]] input::Reader& reader() { return reader_; }
  [[nodiscard]] record::RowStore& store() { return store_; }
  [[nodiscard]] const record::RowStore& store() const { return store_; }
  [[nodiscard]] const std::string& path() const { return directory_.get().path(); }
  // The copy of standard input.
  [[nodiscard]] std::string input() const { return directory_.get().file("input"); }

  // Writes run.json and the journal's header; `options` are those recorded. `wake`: see Journal. `confine`:
  // see RunParts. From now on the directory stays. Throws Error(run_directory).
  void begin(const Plan& plan, std::vector<std::pair<std::string, std::string>> options, WallTime started_at,
             std::function<void()> wake, const std::function<void(const std::string& directory)>& confine);

  // Of a run that began:
  [[nodiscard]] record::Journal& journal() { return *journal_; }
  [[nodiscard]] record::RoomReserve& room() { return *room_; }
  // Of a stream, once the reader is done: how much that was. Throws Error(run_directory).
  void note_what_was_read(WallTime now);
  // What that is to say of the protect lists of a stream.
  void note_protection(const std::vector<input::ProtectList>& lists);
  [[nodiscard]] ReadRun read_run() { return {directory_.get(), record_, store_, reader_}; }

 private:
  Fd input_copy(bool stream);

  const DropSettings& settings_;
  std::string run_id_;
  PendingDirectory directory_;
  input::Reader reader_;
  record::RowStore store_;
  record::RunRecord record_;
  std::optional<record::RoomReserve> room_;
  std::optional<record::Journal> journal_;
};

}  // namespace bulkdrop::run
