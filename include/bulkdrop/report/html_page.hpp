// report.html: the run for people, as one page that needs nothing but itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/histogram.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/report/pace_history.hpp"
#include "bulkdrop/report/page_rows.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/report/timeline.hpp"

namespace bulkdrop::report {

inline constexpr const char* kPageFile = "report.html";

// Takes every row once, in bounded memory, then writes the page. It loads nothing: no script, style, font or
// picture from anywhere, and its Content-Security-Policy forbids it to. Without JavaScript all of it can be
// read but for the rows behind the first kPlainPageRows; with it, they can be searched and sorted. One
// thread. Error(run_directory) from all members.
class HtmlPage {
 public:
  // `timeline`: when the run was at work. `sources`: the names of the inputs, by Row::source.
  HtmlPage(const std::string& directory, WallTime started_at, Timeline timeline,
           std::vector<std::string> sources);

  // What became of a row.
  void add(const Result& result);
  // And, of a session that may be alive (core may_be_alive()), what is known of it.
  void add_alive(const Row& row, const Result& result, const Particulars& particulars);

  // Whether the page would hold one more of them, or only count it.
  [[nodiscard]] bool has_room() const { return rows_.count() < kMostPageRows; }

  // `pace`: null where no one run did it all. `summary` has the same rows.
  void write(const Summary& summary, const PaceHistory* pace) const;

 private:
  std::string directory_;
  Timeline timeline_;
  std::vector<std::string> sources_;
  Stretches gone_;
  Stretches settled_;
  Histogram latency_us_;
  PageRows rows_;
};

}  // namespace bulkdrop::report
