// Reads single lines of a journal again, by their offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/file.hpp"

namespace bulkdrop::record {

// A part of the file in memory.
class Window {
 public:
  explicit Window(std::size_t size) : size_(size) {}

  void load(const Fd& file, std::uint64_t start, const std::string& path);
  // The line that starts at byte `offset` of the file, without its end; empty if it does not stand here
  // whole. ResultDecoder's padding follows it in memory.
  [[nodiscard]] std::string_view line_at(std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t end() const { return start_ + filled_; }

 private:
  std::vector<char> bytes_;  // empty until something is loaded
  std::size_t size_;
  std::size_t filled_ = 0;
  std::uint64_t start_ = 0;
};

// Results stand in the order in which they came, rows are asked for in input order: nearly the same, but for
// rows that were tried again much later. Those few are peeked at, so that the window stays where the others
// are.
class LineWindow {
 public:
  LineWindow();
  // Of at most 8 KiB; empty if there is none. Lives until the next call. Error(run_directory).
  std::string_view line_at(const Fd& file, std::uint64_t offset, const std::string& path);

 private:
  Window window_;
  Window peek_;
  int strays_ = 0;
};

}  // namespace bulkdrop::record
