// The charts of report.html, as SVG: they need no script, and say in words what they show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bulkdrop/core/histogram.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/report/pace_history.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/report/timeline.hpp"

namespace bulkdrop::report {

// All rows in one bar, by status.
std::string outcome_chart(const Counts& counts);

// Sessions confirmed as gone (`gone`, in stretches of `timeline`) against time, of all that were asked for.
std::string containment_chart(const Timeline& timeline, const Stretches& gone, const Summary& summary);

// Sessions settled a second; and, if `pace` is there, the window and the pauses.
std::string pace_chart(const Timeline& timeline, const Stretches& settled, const PaceHistory* pace);

// How long answers took.
std::string latency_chart(const Histogram& latency_us, const Spread& spread);

}  // namespace bulkdrop::report
