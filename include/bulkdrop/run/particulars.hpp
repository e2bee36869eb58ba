// Who has a session, where, and since when: as the session list said, or else as the export that its row came
// from says it.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/report/page_rows.hpp"

namespace bulkdrop::run {

// A row as it stood in its source; the view lives as long as whoever handed it out says.
struct Original {
  std::optional<std::string_view> text;  // empty if it can't be read any more
  std::vector<std::string> fields;       // of a CSV row that is not malformed
};

// What a column or a member of that name says of a session; null if it is nothing of this.
using Particular = std::string report::Particulars::*;
Particular particular_called(std::string_view name);
// The same of a member in an object called `parent`, which may be what tells (`source.ip`); empty: the
// record.
Particular particular_called(std::string_view parent, std::string_view name);
// As deep as that objects in objects are looked into, the record being the first.
inline constexpr int kDeepestParticulars = 4;

// Knows the columns and members by their usual names, in English, Portuguese and Spanish: those of the
// product's exports and of common SIEMs (`suser`, `source.ip`). Errors: none; what can't be read is not told.
class ParticularsReader {
 public:
  explicit ParticularsReader(const std::vector<input::SourceInfo>& sources = {});
  ParticularsReader(const ParticularsReader&) = delete;
  ParticularsReader& operator=(const ParticularsReader&) = delete;
  ~ParticularsReader();

  report::Particulars of(const Row& row, const Result& result, const Original& original);

  // Of a row that comes right from a reader with these sources, as far as it has read them: Row::text. Only
  // what is not `known`.
  report::Particulars of(const Row& row, const std::vector<input::SourceInfo>& sources,
                         report::Particulars known = {});

 private:
  void add_source(const input::SourceInfo& source);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::run
