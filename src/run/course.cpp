#include "bulkdrop/run/course.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include <fmt/format.h>

#include "bulkdrop/core/random.hpp"
#include "bulkdrop/run/last_reports.hpp"
#include "bulkdrop/run/loop.hpp"
#include "bulkdrop/run/watch.hpp"

namespace bulkdrop::run {
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
  JournalRecorder recorder(journal, what.limits.concurrency, what.leases);
  send(recorder, feed, what, dispatcher);
  end(journal);
}

void Course::send(Recorder& recorder, Feed& feed, const Sending& what) {
  policy::Dispatcher dispatcher(what.limits, fresh_seed());
  send(recorder, feed, what, dispatcher);
}

void Course::send(Recorder& recorder, Feed& feed, const Sending& what, policy::Dispatcher& dispatcher) {
  Watch watch(parts_.signals, parts_.console, recorder, *pool_, what.rows, what.each_turn, what.bad_rows);
  const WakeWhileHere waking(parts_.signals, wake());
  Loop loop({parts_.clock, dispatcher, *pool_, credentials_, feed, recorder, watch}, settings_.endpoints);
  drive(loop, dispatcher);
  watch.look(dispatcher, parts_.clock.moment());  // a stop may have come with the last answer
  if (what.bad_rows != nullptr) what.bad_rows->end();
  taken_ = loop.taken();
  counts_ = watch.counts();
  parts_.console.end_progress();
  stop_ = dispatcher.stopped();
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
  report::Summary& summary =
      outcome.summary.emplace(last_reports(run, still_open(stop_, taken_, journal), journal, counts_));
  warn(parts_.console, summary.warnings);
  // Nobody should have to wait for the end of a watch to see what became of the rows, or that they are
  // written nowhere.
  if (!stop_ && !summary.stopped_by && proof_.will_watch()) {
    part(journal, kWatchPart, [&] { return proof_.watch(settled); });
    summary = last_reports(run, still_open(stop_, taken_, journal), journal, counts_);
  }
  outcome.exit_code = static_cast<ExitCode>(summary.exit_code);
  return outcome;
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

}  // namespace bulkdrop::run
