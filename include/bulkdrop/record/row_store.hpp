// The rows of a run as they were read, on disk: what was confirmed is what is sent and what is reported,
// whatever happens to the input file meanwhile. An anonymous file in the run directory, appended by one
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/core/status.hpp"

namespace bulkdrop::record {

//
// A row takes 34 bytes, its ID and its message. IDs and messages longer than 300 bytes are cut there (with
// `…`): a sendable ID has at most 256.
class RowStore {
 public:
  // Error(run_directory).
  explicit RowStore(const std::string& directory);
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;
  ~RowStore();

  // Numbers the row (row.number is set) and keeps it. Error(run_directory) on a full or broken disk; that is
  // final, every later call throws again.
  void append(Row& row);
  // Hands what is buffered to the operating system, so that cursors see every row appended so far.
  void flush();

  // Rows appended so far, flushed or not. Any thread.
  [[nodiscard]] std::uint64_t rows() const;
  [[nodiscard]] std::uint64_t to_drop() const;
  [[nodiscard]] std::uint64_t with(Admission admission) const;

  // Reads rows in order. Several cursors may exist; each is used by one thread, also while rows are appended
  // (it then ends at the last flush, and goes on after the next one). Must not outlive its store.
  class Cursor {
   public:
    explicit Cursor(const RowStore& store);
    Cursor(Cursor&&) noexcept;
    ~Cursor();
    // False when there is no further row now. The row's views live until the next call. Error(run_directory).
    bool next(Row& row);

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };
  [[nodiscard]] Cursor cursor() const { return Cursor(*this); }

 private:
  friend class Cursor;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::record
