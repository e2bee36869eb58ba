#include "bulkdrop/run/drop_run.hpp"

#include <fmt/format.h>

#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/run/feeds.hpp"
#include "bulkdrop/run/finish.hpp"
#include "bulkdrop/run/journal_recorder.hpp"
#include "bulkdrop/run/planning.hpp"
#include "bulkdrop/run/watch.hpp"

namespace bulkdrop::run {
namespace {

// A run directory that goes away again unless the run begins.
class PendingDirectory {
 public:
  PendingDirectory(const std::string& path, WallTime now, const std::string& run_id)
      : directory_(path, now, run_id) {}
  PendingDirectory(const PendingDirectory&) = delete;
  PendingDirectory& operator=(const PendingDirectory&) = delete;
  ~PendingDirectory() {
    if (!kept_) directory_.discard();
  }
  record::RunDirectory& keep() {
    kept_ = true;
    return directory_;
  }
  [[nodiscard]] const record::RunDirectory& get() const { return directory_; }

 private:
  record::RunDirectory directory_;
  bool kept_ = false;
};

void check_limits(const DropSettings& settings, const Plan& plan) {
  if (settings.max_sessions && plan.to_drop > *settings.max_sessions)
    throw Error(ExitCode::safety_limit,
                fmt::format("{} sessions would be dropped, more than --max-sessions {}: nothing was sent",
                            plan.to_drop, *settings.max_sessions));
  if (settings.confirm && plan.to_drop != *settings.confirm)
    throw Error(ExitCode::usage,
                fmt::format("{} sessions would be dropped, not the {} of --confirm: nothing was sent",
                            plan.to_drop, *settings.confirm));
}

void ask(const DropSettings& settings, const Plan& plan, Console& console) {
  if (settings.yes || settings.confirm || plan.to_drop == 0) return;
  if (!console.confirm(plan)) throw Error(ExitCode::usage, "not confirmed: nothing was sent");
}

record::RunRecord record_of(const DropSettings& settings, const std::string& run_id, WallTime now,
                            const Plan& plan) {
  record::RunRecord record;
  record.run_id = run_id;
  record.version = std::string(version());
  record.url = settings.url;
  record.reason = settings.reason;
  record.started_at = now;
  record.options = settings.recorded_options;
  record.rows = plan.rows;
  record.to_drop = plan.to_drop;
  record.stream = settings.input.stream;
  for (const input::SourceInfo& source : plan.sources)
    record.sources.push_back({source.name, std::string(input::name(source.format)), source.encoding,
                              source.field, source.bytes, source.rows, source.sha256});
  return record;
}

ExitCode exit_code_of(const std::optional<Stop>& stop, const Counts& counts) {
  if (stop) return stop->exit_code;
  for (const Status status : kAllStatuses)
    if (may_be_alive(status) && counts.of(status) > 0) return ExitCode::some_may_live;
  return ExitCode::all_gone;
}

DropOutcome dry_run(const DropSettings& settings, const DropParts& parts) {
  input::Options options = settings.input;
  options.digest = false;
  input::Reader reader(settings.files, options);
  input::Screen screen(settings.protect_files, settings.input.id_pattern);
  DropOutcome outcome;
  outcome.dry_run = read_all(reader, screen, nullptr, parts.signals);
  outcome.dry_run->url = settings.endpoints.drop;
  check_limits(settings, *outcome.dry_run);
  return outcome;
}

}  // namespace

DropOutcome drop(const DropSettings& settings, const DropParts& parts) {
  if (settings.dry_run) return dry_run(settings, parts);

  const std::string run_id = record::new_run_id();
  const Moment start = parts.clock.moment();
  PendingDirectory pending(settings.out, start.wall, run_id);
  input::Options input_options = settings.input;
  input_options.stdin_copy = pending.get().file("input");
  input_options.scratch_directory = pending.get().path();
  input::Reader reader(settings.files, input_options);
  auto screen = std::make_unique<input::Screen>(settings.protect_files, settings.input.id_pattern);
  record::RowStore store(pending.get().path());
  const bool stream = settings.input.stream;
  Plan plan;
  if (!stream) {
    plan = read_all(reader, *screen, &store, parts.signals);
    screen.reset();  // every duplicate is known: give its memory back
    plan.url = settings.endpoints.drop;
    check_limits(settings, plan);
    ask(settings, plan, parts.console);
    if (parts.signals.stops() > 0) throw stopped_before_sending(parts.signals);
  }
  plan.sources = reader.sources();

  // From here on there is a run.
  policy::Limits limits = settings.limits;
  if (stream) limits.max_sessions = settings.max_sessions;
  policy::Dispatcher dispatcher(limits, fresh_seed());
  pam::Credentials credentials = parts.credentials();
  net::TransportOptions transport = settings.transport;
  transport.capacity = limits.concurrency + 1;  // one for token requests
  const std::unique_ptr<net::Pool> pool = parts.pool(transport);
  const record::RunDirectory& directory = pending.get();
  const record::RunRecord record = record_of(settings, run_id, start.wall, plan);
  record::write_run_json(directory.file("run.json"), record);
  record::Journal journal(directory.file("journal.jsonl"), record, [&pool] { pool->notify(); });
  pending.keep();

  Watch watch(parts.signals, parts.console, journal, *pool, stream ? std::nullopt : std::optional(plan.rows),
              start);
  JournalRecorder recorder(journal, limits.concurrency);
  parts.signals.on_signal([&pool] { pool->notify(); });
  {
    std::unique_ptr<Feed> feed;
    if (stream) {
      feed = std::make_unique<StreamFeed>(reader, *screen, store, [&pool] { pool->notify(); });
    } else {
      feed = std::make_unique<StoreFeed>(store);
    }
    Loop loop({parts.clock, dispatcher, *pool, credentials, *feed, recorder, watch}, settings.endpoints);
    loop.run();
  }
  parts.console.end_progress();
  parts.signals.on_signal({});

  std::optional<Stop> stop = dispatcher.stopped();
  try {
    journal.end(stop, parts.clock.wall());
  } catch (const Error& failure) {
    if (!stop || stop->kind != StopKind::io)
      stop = Stop{StopKind::io, ExitCode::run_directory, failure.what()};
  }

  DropOutcome outcome;
  report::Summary& summary = outcome.summary.emplace();
  summary.run_id = run_id;
  summary.version = std::string(version());
  summary.url = settings.url;
  summary.reason = settings.reason;
  summary.started_at = start.wall;
  summary.stopped_by = stop;
  summary.requests_sent = dispatcher.totals().sent;
  summary.requests_retries = dispatcher.totals().retries;
  summary.requests_throttled = dispatcher.totals().throttled;
  summary.latency_us = watch.latency_us();
  summary.contained_ms = watch.contained_ms();
  summary.run_directory = directory.path();
  summary.repeat_options = settings.repeat_options;
  store.flush();
  write_tables(directory, store, reader, summary);
  summary.finished_at = parts.clock.wall();
  outcome.exit_code = exit_code_of(stop, summary.counts);
  summary.exit_code = static_cast<int>(outcome.exit_code);
  write_summary(directory, summary);
  if (stream)
    record::write_run_json(directory.file("run.json"), [&] {
      Plan read = plan;
      read.rows = store.rows();
      read.to_drop = store.to_drop();
      read.sources = reader.sources();
      return record_of(settings, run_id, start.wall, read);
    }());
  return outcome;
}

}  // namespace bulkdrop::run
