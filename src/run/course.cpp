#include "bulkdrop/run/course.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <exception>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/loop.hpp"
#include "bulkdrop/run/watch.hpp"

namespace bulkdrop::run {
namespace {

// A row of sessions.csv and one of sessions.jsonl with a message and times; one of report.html, which stands
// on the disk twice until the page is written; and what goes with any number.
constexpr std::uint64_t kReportBytesPerRow = 640;
constexpr std::uint64_t kReportBytesPerPageRow = 2 * 250;
constexpr std::uint64_t kReportBytes = std::uint64_t{384} << 10;

std::string text_of(const Counts& counts) {
  std::string text;
  for (const Status status : kAllStatuses)
    if (counts.of(status) > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(counts.of(status)), name(status));
  return text.empty() ? "no session got a result" : text;
}

}  // namespace

std::uint64_t room_for_reports(std::uint64_t rows) {
  return kReportBytes + rows * kReportBytesPerRow +
         std::min(rows, report::kMostPageRows) * kReportBytesPerPageRow;
}

policy::Limits limits_for(policy::Limits limits, std::uint64_t sessions) {
  if (limits.max_failures && limits.max_failures->count == 0)
    limits.max_failures->count = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(limits.max_failures->share * static_cast<double>(sessions))));
  return limits;
}

void warn(Console& console, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) console.log(Level::warning, warning);
}

Course::Course(const CourseSettings& settings, const RunParts& parts, pam::Credentials& credentials)
    : settings_(settings),
      parts_(parts),
      credentials_(credentials),
      proof_(settings.verify, settings.watch,
             {parts.clock, parts.signals, parts.console, credentials, parts.pool}, settings.ids_ignore_case) {
  net::TransportOptions transport = settings.transport;
  transport.capacity = settings.limits.concurrency + 1;  // one for token requests
  pool_ = parts.pool(transport);
}

Course::~Course() = default;

std::function<void()> Course::wake() const {
  return [pool = pool_.get()] { pool->notify(); };
}

void Course::send(record::Journal& journal, Feed& feed, const Sending& what) {
  policy::Dispatcher dispatcher(what.limits, fresh_seed());
  if (what.store != nullptr)
    if (const auto useless = proof_.before(*what.store, journal)) dispatcher.stop(*useless);
  Watch watch(parts_.signals, parts_.console, journal, *pool_, what.rows);
  JournalRecorder recorder(journal, what.limits.concurrency, what.leases);
  const WakeWhileHere waking(parts_.signals, wake());
  Loop loop({parts_.clock, dispatcher, *pool_, credentials_, feed, recorder, watch}, settings_.endpoints);
  drive(loop, dispatcher);
  watch.look(dispatcher, parts_.clock.moment());  // a stop may have come with the last answer
  taken_ = loop.taken();
  counts_ = watch.counts();
  parts_.console.end_progress();
  stop_ = dispatcher.stopped();
  end(journal);
}

// Whatever breaks while requests are in flight, every row gets its result and the reports are written.
void Course::drive(Loop& loop, policy::Dispatcher& dispatcher) {
  try {
    loop.run();
  } catch (const std::exception& error) {
    dispatcher.stop(
        {StopKind::io, ExitCode::run_directory, fmt::format("the run broke off: {}", error.what())});
    parts_.console.log(Level::error, error.what());
    loop.cut();
  }
}

RunOutcome Course::conclude(const ReadRun& run, record::Journal& journal, record::RoomReserve& room) {
  const SettledRun settled{run.directory, run.store, journal, settings_.ids_ignore_case};
  verify(settled);
  journal.release_reserve();
  room.release();
  RunOutcome outcome;
  report::Summary& summary = outcome.summary.emplace(reports_of(run, still_open(journal), journal));
  warn(parts_.console, summary.warnings);
  // Nobody should have to wait for the end of a watch to see what became of the rows, or that they are
  // written nowhere.
  if (!stop_ && !summary.stopped_by && proof_.will_watch()) {
    part(journal, kWatchPart, [&] { return proof_.watch(settled); });
    summary = reports_of(run, still_open(journal), journal);
  }
  outcome.exit_code = static_cast<ExitCode>(summary.exit_code);
  return outcome;
}

// Somebody whose record is gone from under the run must at least know how to get at it later, or that nothing
// of it is left.
report::Summary Course::reports_of(const ReadRun& run, const StillOpen& open,
                                   const record::Journal& journal) const {
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
                      directory, text_of(counts_)));
    throw Error(
        error.code(),
        fmt::format("{}: what became of the sessions can't be told now. {} results were on disk. When "
                    "that is mended, `bulkdrop report {}` tells, and `bulkdrop resume {}` goes on",
                    error.what(), journal.durable_results(), directory, directory));
  }
}

void Course::broke_off(const Error& error) {
  parts_.console.log(Level::error, error.what());
  if (!stop_ || stop_->kind != StopKind::io) stop_ = Stop{StopKind::io, error.code(), error.what()};
}

void Course::verify(const SettledRun& run) {
  if (!settings_.verify) return;
  if (!stop_) return part(run.journal, kVerifyPart, [&] { return proof_.verify(run); });
  parts_.console.log(Level::warning,
                     "the run was stopped: its outcome is not held against the session list; "
                     "`bulkdrop verify` does that");
}

void Course::part(record::Journal& journal, std::string_view by,
                  const std::function<std::optional<Stop>()>& work) {
  try {
    journal.part(by, {}, parts_.clock.wall());
    stop_ = work();
  } catch (const Error& error) {
    stop_ = Stop{StopKind::io, error.code(), error.what()};
  }
  end(journal);
}

void Course::end(record::Journal& journal) {
  try {
    journal.end(stop_, static_cast<int>(exit_code()), parts_.clock.wall());
  } catch (const Error& error) {
    if (!stop_ || stop_->kind != StopKind::io) broke_off(error);
  }
}

ExitCode Course::exit_code() const {
  return stop_ ? stop_->exit_code : proof_.exit_code(ExitCode::all_gone);
}

// A journal in trouble has not what stopped the run.
StillOpen Course::still_open(const record::Journal& journal) const {
  StillOpen open;
  open.taken = taken_;
  if (stop_ && stop_->kind == StopKind::io) open.stop = stop_;
  if (journal.failed()) open.durable_bytes = journal.durable_bytes();
  return open;
}

}  // namespace bulkdrop::run
