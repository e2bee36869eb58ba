// The table of report.html: every session that may still be alive, who has it, where, and what was said.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"

namespace bulkdrop::report {

// What an export, or the session list, says of a session; empty where it doesn't. Texts from outside, of any
// bytes and length.
struct Particulars {
  std::string user;
  std::string credential;
  std::string device;
  std::string origin;
  std::string protocol;
  std::string start;     // as written: the server's local time
  std::string original;  // the input's own text, where none of the above is known
  std::string end = {};  // likewise as written; the page does not show it
};

// More rows than that a browser does not take lightly: the page names the file that has them all.
inline constexpr std::uint64_t kMostPageRows = 100'000;
// That many stand in the page itself, for browsers without JavaScript and for the first look.
inline constexpr std::uint64_t kPlainPageRows = 50;

// Takes the rows as they come and keeps them on disk (an anonymous file in the run directory) until the page
// is written: its head says what is known only after the last row. Error(run_directory).
class PageRows {
 public:
  // `started_at` of the run: times of rows are kept relative to it.
  PageRows(std::string directory, WallTime started_at);

  // A row that may be alive. Beyond kMostPageRows they are only counted.
  void add(const Row& row, const Result& result, const Particulars& particulars);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t shown() const { return count_ < kMostPageRows ? count_ : kMostPageRows; }

  // The head of the table and its first rows, with the columns that have something to say. `sources`: names,
  // by Row::source.
  void append_table(std::string& out, const std::vector<std::string>& sources) const;
  // All rows as one JSON object, without the <script> element around it.
  void append_data(AtomicFile& file, const std::vector<std::string>& sources) const;

 private:
  static constexpr std::size_t kColumns = 15;
  struct Plain {  // one of the first rows
    std::array<std::string, kColumns> cells;
    std::uint32_t source;
    std::uint64_t line;
  };

  void append_text(std::string_view text);
  void note_columns(const Result& result, const Particulars& particulars, std::string_view message);
  void keep_plain(const Row& row, const Result& result, const Particulars& particulars, std::string_view id,
                  std::string_view message);

  std::string directory_;
  WallTime started_at_;
  std::uint64_t count_ = 0;
  std::array<bool, kColumns> used_{};
  std::vector<Plain> plain_;
  // Texts that come again and again stand in the page once.
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<std::string> texts_;
  std::size_t text_bytes_ = 0;
  std::string buffer_;
  Fd file_;
};

}  // namespace bulkdrop::report
