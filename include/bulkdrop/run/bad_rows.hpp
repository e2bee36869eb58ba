// `--stream`: a row that ends badly is told when it does. Whoever reads the log of a process that lasts for
// weeks waits for no summary.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::run {

// A flood of garbage must not fill the disk that the log is on: so many rows are told in so long, the rest
// are counted.
inline constexpr int kMostBadRowsTold = 20;
inline constexpr Duration kBadRowsSpan = std::chrono::seconds(10);

// All calls from the loop's thread. Memory is bounded by the rows that are under way.
class BadRows {
 public:
  // The name of a source of a row; the run of the row is still open when it is called.
  using SourceName = std::function<std::string(std::uint64_t row, std::uint32_t source)>;

  BadRows(Console& console, SourceName source_name);

  void took(const Row& row);
  void settled(const Result& result);
  // Once a turn of the loop. Returns when it wants to be called again at the latest.
  TimePoint look(TimePoint now);
  // After the last result: tells how many were not told.
  void end();

 private:
  struct Place {
    std::uint32_t source;
    std::uint64_t line;
  };
  void tell_rest();

  Console& console_;
  SourceName source_name_;
  std::unordered_map<std::uint64_t, Place> places_;  // of rows without a result
  int told_ = 0;                                     // in this span
  Counts untold_;                                    // likewise
  TimePoint span_ends_ = TimePoint::max();           // max: no span, since nothing was told
};

}  // namespace bulkdrop::run
