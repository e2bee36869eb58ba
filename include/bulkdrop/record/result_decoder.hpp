// A result line of the journal, read back whole.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "bulkdrop/core/result.hpp"

namespace bulkdrop::record {

// Keeps its parser's memory from line to line.
class ResultDecoder {
 public:
  // Readable bytes that must follow the line in memory (simdjson reads in blocks).
  static constexpr std::size_t kPadding = 64;

  ResultDecoder();
  ResultDecoder(const ResultDecoder&) = delete;
  ResultDecoder& operator=(const ResultDecoder&) = delete;
  ~ResultDecoder();
  // Empty if the line is no result that this version knows how to read.
  std::optional<Result> decode(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::record
