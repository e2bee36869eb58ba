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
  void add(std::string_view value);

  // `usrdomadm01 (110 of 110)`, `90: ana (12), bob (7), eve (7), …`, `more than 1,000`; empty if there was
  // none. Of `rows` rows. Printable.
  [[nodiscard]] std::string words(std::uint64_t rows) const;

 private:
  std::unordered_map<std::string, std::uint64_t> counts_;
  bool more_ = false;
};

struct Whose {
  std::uint64_t rows = 0;  // that were looked at
  ValueTally users;
  ValueTally credentials;
  std::uint64_t over = 0;          // with an end
  std::vector<std::string> first;  // `ana, root @ 10.0.0.1:22, since …` of the first rows; may be empty
};

// Takes the rows that are to be dropped, right from the reader.
class WhoseReader {
 public:
  explicit WhoseReader(std::size_t first) : first_(first) {}
  // `known`: what the session list said of it, which goes before what the input says.
  void add(const Row& row, const std::vector<input::SourceInfo>& sources,
           const report::Particulars& known = {});
  Whose take() { return std::move(whose_); }

 private:
  std::size_t first_;  // of so many rows, Whose::first
  ParticularsReader particulars_;
  Whose whose_;
};

}  // namespace bulkdrop::run
