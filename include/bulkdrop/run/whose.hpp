// Whose sessions are about to be dropped, as far as the input says it: what a tired person knows the right
// export by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/run/particulars.hpp"

namespace bulkdrop::run {

// The values of one column. Beyond kMost different ones, they are no longer counted.
class ValueTally {
 public:
  static constexpr std::size_t kMost = 1000;
  // Of any bytes: white space around it, and its encoding, make no difference.
  void add(std::string_view value);
  // Nothing that is added makes a difference any more.
  [[nodiscard]] bool full() const { return more_; }

  // `usrdomadm01 (110 of 110)`, `90: ana (12), bob (7), eve (7), …`, `more than 1,000`; empty if there was
  // none. Of `rows` rows. Printable.
  [[nodiscard]] std::string words(std::uint64_t rows) const;

 private:
  // Values as they were found, which are nearly always ones that came before: the same ones find their count
  // without being converted.
  struct Spelling {
    std::uint64_t hash;
    std::string text;
    std::uint32_t value;  // index in `counts_`
  };
  static constexpr std::size_t kMostSpellings = 2 * kMost;
  static constexpr std::size_t kSlots = 4096;
  [[nodiscard]] std::size_t slot(std::uint64_t hash, std::string_view text) const;

  std::unordered_map<std::string, std::uint32_t> values_;
  std::vector<std::uint64_t> counts_;
  std::vector<Spelling> spellings_;
  std::vector<std::uint16_t> slots_;  // index in `spellings_` plus 1, by hash; 0: none
  bool more_ = false;
};

struct Whose {
  std::uint64_t rows = 0;  // that were looked at
  ValueTally users;
  ValueTally credentials;
  std::uint64_t over = 0;          // with an end
  std::vector<std::string> first;  // `ana, root @ 10.0.0.1:22, since …` of the first rows; may be empty
};

// What of a row is counted.
enum class ValueKind : std::uint8_t { user, credential, end, none };

// Takes the rows that are to be dropped, right from the reader.
class WhoseReader {
 public:
  explicit WhoseReader(std::size_t first) : first_(first) {}
  // What to ask a reader for of whose rows all are counted that are to be dropped. Where it was not asked,
  // JSON rows are parsed once more.
  static input::WantedMembers wanted_members();
  // `known`: what the session list said of it, which goes before what the input says.
  void add(const Row& row, const std::vector<input::SourceInfo>& sources,
           const report::Particulars& known = {});
  Whose take() { return std::move(whose_); }

 private:
  // In which columns of a source what is counted stands.
  struct Columns {
    std::vector<ValueKind> kinds;  // up to the last one that counts
    bool ends = false;
  };
  void add_source(const input::SourceInfo& source);
  // Without making strings of it; false: the row is not that simple.
  bool add_plain(const Row& row, const input::SourceInfo& source);
  void count(std::string_view user, std::string_view credential, std::string_view end);

  std::size_t first_;  // of so many rows, Whose::first
  ParticularsReader particulars_;
  std::vector<Columns> columns_;  // by source
  std::string last_end_;
  bool last_end_is_over_ = false;
  Whose whose_;
};

}  // namespace bulkdrop::run
