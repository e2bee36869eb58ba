// A run in the text format that Prometheus reads (exposition format 0.0.4), for node_exporter's textfile
// collector. Names and units follow https://prometheus.io/docs/practices/naming: seconds, base units, one
// family per thing. All are gauges of the last run that wrote the file, since a run begins at zero.
#pragma once

#include <string>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/report/progress.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {

// While it runs: how far it is. `bulkdrop_run_exit_code` is not there yet.
std::string metrics_of_running(const Snapshot& snapshot, WallTime started_at);

// After its end.
std::string metrics_of(const Summary& summary);

// Of what has nothing else to report: a run that ended before anything was sent, or a list.
std::string metrics_of_end(int exit_code, WallTime started_at, WallTime ended_at);

}  // namespace bulkdrop::report
