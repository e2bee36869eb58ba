#include "bulkdrop/run/last_reports.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {

std::string counts_text(const Counts& counts) {
  std::string text;
  for (const Status status : kAllStatuses)
    if (counts.of(status) > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(counts.of(status)), name(status));
  return text.empty() ? "no session got a result" : text;
}

StillOpen still_open(const std::optional<Stop>& stop, std::uint64_t taken, const record::Journal& journal) {
  StillOpen open;
  open.taken = taken;
  if (stop && stop->kind == StopKind::io) open.stop = stop;
  if (journal.failed()) open.durable_bytes = journal.durable_bytes();
  return open;
}

// Somebody whose record is gone from under the run must at least know how to get at it later, or that nothing
// of it is left.
report::Summary last_reports(const ReadRun& run, const StillOpen& open, const record::Journal& journal,
                             const Counts& counts) {
  try {
    return write_reports(run, open);
  } catch (const Error& error) {
    const std::string& directory = run.directory.path();
    if (::access(run.directory.file("journal.jsonl").c_str(), F_OK) != 0 && errno == ENOENT)
      throw Error(
          error.code(),
          fmt::format("{}: the record vanished while the run went on. Which sessions are gone stands "
                      "nowhere else, unless it was only moved away; so much is known of this run: {}. "
                      "Compare with the session list, or drop the same input again",
                      directory, counts_text(counts)));
    throw Error(
        error.code(),
        fmt::format("{}: what became of the sessions can't be told now. {} results were on disk. When "
                    "that is mended, `bulkdrop report {}` tells, and `bulkdrop resume {}` goes on",
                    error.what(), journal.durable_results(), directory, directory));
  }
}

}  // namespace bulkdrop::run
