// What the lines of a journal say, taken one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/record/checked_lines.hpp"
#include "bulkdrop/record/journal_lines.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/row_outcomes.hpp"

namespace bulkdrop::record {

class JournalContent {
 public:
  // `file_bytes`: the size of the file, which bounds the row numbers that can stand in it.
  // `on_event`: see JournalReader; may be empty.
  JournalContent(std::string path, std::uint64_t file_bytes, OnEvent on_event = {});
  // An intact line. Error(run_directory) if it makes no sense.
  void take(std::string_view line, const LinePlace& place);
  // There are no more. `taken`: see JournalReader. `begun`: what begun_mark.hpp says of the last part.
  void finish(std::uint64_t taken, std::optional<std::uint64_t> begun);

  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] const RowOutcomes& outcomes() const { return outcomes_; }
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] const std::map<std::uint64_t, bool>& doubts() const { return doubts_; }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& notes() const { return notes_; }
  [[nodiscard]] std::uint64_t leased() const { return leased_; }
  // Of the last part; see JournalReader.
  [[nodiscard]] std::optional<std::uint64_t> begun() const { return begun_; }
  [[nodiscard]] WallTime last_time() const;

 private:
  void take_header(std::string_view line, const LinePlace& place);
  void take_result(std::string_view line, const LinePlace& place);
  void take_lease(std::string_view line, const LinePlace& place);
  void part_over();
  void begin_part(Part part, std::uint64_t offset);
  void take_end(std::string_view line, const LinePlace& place);
  void take_event(std::string_view line);
  void check_row(std::uint64_t row, const LinePlace& place) const;

  std::string path_;
  std::uint64_t file_bytes_;
  OnEvent on_event_;
  Header header_{};
  RowOutcomes outcomes_;
  std::vector<Part> parts_;
  std::map<std::uint64_t, bool> doubts_;  // row → settled
  std::map<std::string, std::string, std::less<>> notes_;
  std::uint64_t leased_ = 0;
  std::optional<std::uint64_t> begun_;
  std::string last_time_;  // as it stands in the file
};

}  // namespace bulkdrop::record
