// The original text of rows that were read before: for failed.csv and failed.jsonl.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/reader.hpp"

namespace bulkdrop::input {

class Originals {
 public:
  // Takes what the reader knows of its sources (descriptors, copies, dialects). The reader is done; there may
  // be another Originals of it before and after.
  explicit Originals(Reader& reader);
  Originals(const Originals&) = delete;
  Originals& operator=(const Originals&) = delete;
  ~Originals();

  // The row's text as it was read (UTF-8); empty optional if it can't be read any more or is no longer what
  // it was. The view lives until the next call.
  std::optional<std::string_view> text(const Row& row);

  // The same, split into the fields of its source's CSV dialect, quotes undone. Empty optional also if the
  // source is not CSV. Of a malformed row, what follows the break is one last field as it stands.
  std::optional<std::vector<std::string>> fields(const Row& row);

  // True if the source is a file that somebody wrote to since it was opened.
  [[nodiscard]] bool changed(std::uint32_t source) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::input
