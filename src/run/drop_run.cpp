#include "bulkdrop/run/drop_run.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

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
#include "bulkdrop/run/proof.hpp"
#include "bulkdrop/run/revision.hpp"
#include "bulkdrop/run/watch.hpp"

namespace bulkdrop::run {
namespace {

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

void warn(Console& console, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) console.log(Level::warning, warning);
}

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
  void keep() { kept_ = true; }
  [[nodiscard]] const record::RunDirectory& get() const { return directory_; }

 private:
  record::RunDirectory directory_;
  bool kept_ = false;
};

input::Options with_copies(input::Options options, const record::RunDirectory& directory) {
  options.stdin_copy = directory.file("input");
  options.scratch_directory = directory.path();
  return options;
}

// One run that sends: read, ask, drop, report. Members are in the order in which they are needed.
class Run {
 public:
  Run(const DropSettings& settings, const DropParts& parts)
      : settings_(settings),
        parts_(parts),
        credentials_(parts.credentials()),  // first: a missing secret should cost nothing else
        run_id_(record::new_run_id()),
        start_(parts.clock.moment()),
        directory_(settings.out, start_.wall, run_id_),
        reader_(settings.files, with_copies(settings.input, directory_.get())),
        screen_(std::make_unique<input::Screen>(settings.protect_files, settings.input.id_pattern,
                                                settings.files)),
        store_(directory_.get().path()),
        proof_(settings.verify, settings.watch,
               {parts.clock, parts.signals, parts.console, credentials_, parts.pool},
               settings.input.id_pattern.empty()) {}

  DropOutcome go() {
    if (stream()) {
      plan_.sources = reader_.sources();
    } else {
      read_and_ask();
    }
    return send();
  }

 private:
  [[nodiscard]] bool stream() const { return settings_.input.stream; }

  void read_and_ask() {
    plan_ = read_all(reader_, *screen_, &store_, parts_.signals);
    screen_.reset();  // every duplicate is known: give the memory back
    warn(parts_.console, oddities(plan_.sources));
    plan_.url = settings_.endpoints.drop;
    check_limits(settings_, plan_);
    if (settings_.yes || settings_.confirm || plan_.to_drop == 0) return;
    const bool confirmed = parts_.console.confirm(plan_);
    if (parts_.signals.stops() > 0) throw stopped_before_sending(parts_.signals);
    if (!confirmed) throw Error(ExitCode::usage, "not confirmed: nothing was sent");
  }

  DropOutcome send() {
    start_ = parts_.clock.moment();  // what the person thought about at the prompt is no part of the run
    policy::Limits limits = settings_.limits;
    if (stream()) {
      limits.max_sessions = settings_.max_sessions;
    } else if (limits.max_failures && limits.max_failures->count == 0) {
      // The count is known: a percentage of it.
      limits.max_failures->count = std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(
                 std::ceil(limits.max_failures->share * static_cast<double>(plan_.to_drop))));
    }
    policy::Dispatcher dispatcher(limits, fresh_seed());
    net::TransportOptions transport = settings_.transport;
    transport.capacity = limits.concurrency + 1;  // one for token requests
    const std::unique_ptr<net::Pool> pool = parts_.pool(transport);
    const auto wake = [&pool] { pool->notify(); };
    record::write_run_json(directory_.get().file("run.json"), run_record());
    record::Journal journal(directory_.get().file("journal.jsonl"), run_record(), wake);
    directory_.keep();
    const std::optional<Stop> useless = stream() ? std::nullopt : proof_.before(store_, journal);
    if (useless) dispatcher.stop(*useless);

    Watch watch(parts_.signals, parts_.console, journal, *pool,
                stream() ? std::nullopt : std::optional(plan_.rows), start_);
    JournalRecorder recorder(journal, limits.concurrency);
    {
      const WakeWhileHere waking(parts_.signals, wake);
      const std::unique_ptr<Feed> feed = make_feed(wake);
      Loop loop({parts_.clock, dispatcher, *pool, credentials_, *feed, recorder, watch}, settings_.endpoints);
      drive(loop, dispatcher);
      watch.look(dispatcher, parts_.clock.moment());  // a stop may have come with the last answer
      taken_ = loop.taken();
      distrusted_ = loop.distrusted();
    }
    parts_.console.end_progress();
    store_.flush();
    stop_ = dispatcher.stopped();
    take_back(journal);
    totals_ = dispatcher.totals();
    latency_us_ = watch.latency_us();
    contained_ms_ = watch.contained_ms();
    const SettledRun settled{directory_.get(), store_, journal, taken_, settings_.input.id_pattern.empty()};
    verify(settled);
    return report(settled);
  }

  std::unique_ptr<Feed> make_feed(const std::function<void()>& wake) {
    if (stream()) return std::make_unique<StreamFeed>(reader_, *screen_, store_, wake);
    return std::make_unique<StoreFeed>(store_);
  }

  // Whatever breaks while requests are in flight, every row gets its result and the reports are written.
  void drive(Loop& loop, policy::Dispatcher& dispatcher) {
    try {
      loop.run();
    } catch (const std::exception& error) {
      dispatcher.stop(
          {StopKind::io, ExitCode::run_directory, fmt::format("the run broke off: {}", error.what())});
      parts_.console.log(Level::error, error.what());
      loop.cut();
    }
  }

  void take_back(record::Journal& journal) {
    try {
      run::take_back(journal, directory_.get().file("journal.jsonl"), distrusted_, parts_.clock.wall());
    } catch (const Error& error) {
      stop_ = Stop{StopKind::io, error.code(), error.what()};
    }
  }

  void verify(const SettledRun& settled) {
    if (stop_ && settings_.verify) {
      parts_.console.log(Level::warning,
                         "the run was stopped: its outcome is not held against the session list; "
                         "`bulkdrop verify` does that");
      return;
    }
    screen_.reset();  // of a stream: its memory is needed now
    stop_ = stop_ ? stop_ : proof_.verify(settled);
  }

  void end(record::Journal& journal) {
    try {
      journal.end(stop_, stop_ ? static_cast<int>(stop_->exit_code) : 0, parts_.clock.wall());
    } catch (const Error& error) {
      if (!stop_ || stop_->kind != StopKind::io) stop_ = Stop{StopKind::io, error.code(), error.what()};
    }
  }

  DropOutcome report(const SettledRun& settled) {
    DropOutcome outcome;
    report::Summary& summary = outcome.summary.emplace();
    summary.run_id = run_id_;
    summary.version = std::string(version());
    summary.url = settings_.url;
    summary.reason = settings_.reason;
    summary.started_at = start_.wall;
    summary.requests_sent = totals_.sent;
    summary.requests_retries = totals_.retries;
    summary.requests_throttled = totals_.throttled;
    summary.latency_us = latency_us_;
    summary.contained_ms = contained_ms_;
    summary.run_directory = directory_.get().path();
    summary.repeat_options = settings_.repeat_options;
    // Nobody should have to wait for the end of a watch to see what became of the rows.
    const bool watches = !stop_ && proof_.will_watch();
    if (!watches) end(settled.journal);
    write_rows(summary);
    if (watches) {
      conclude(outcome);
      stop_ = proof_.watch(settled);
      end(settled.journal);
    }
    conclude(outcome);
    return outcome;
  }

  void write_rows(report::Summary& summary) {
    write_tables(directory_.get(), store_, reader_, taken_, summary);
    warn(parts_.console, summary.warnings);
    if (!stream()) return;
    warn(parts_.console, oddities(reader_.sources()));
    plan_.rows = store_.rows();
    plan_.to_drop = store_.to_drop();
    plan_.sources = reader_.sources();
    record::write_run_json(directory_.get().file("run.json"), run_record());
  }

  void conclude(DropOutcome& outcome) {
    report::Summary& summary = *outcome.summary;
    summary.stopped_by = stop_;
    proof_.add_to(summary);
    if (!summary.watched) summary.finished_at = parts_.clock.wall();  // a watch is no part of the dropping
    outcome.exit_code = stop_ ? stop_->exit_code : proof_.exit_code(exit_code_of(summary.counts));
    summary.exit_code = static_cast<int>(outcome.exit_code);
    write_summary(directory_.get(), summary);
  }

  [[nodiscard]] record::RunRecord run_record() const {
    record::RunRecord record;
    record.run_id = run_id_;
    record.version = std::string(version());
    record.url = settings_.url;
    record.reason = settings_.reason;
    record.started_at = start_.wall;
    record.options = settings_.recorded_options;
    record.rows = plan_.rows;
    record.to_drop = plan_.to_drop;
    record.stream = stream();
    for (const input::SourceInfo& source : plan_.sources)
      record.sources.push_back({source.name, std::string(input::name(source.format)), source.encoding,
                                source.field, source.bytes, source.rows, source.sha256});
    return record;
  }

  const DropSettings& settings_;
  const DropParts& parts_;
  pam::Credentials credentials_;
  std::string run_id_;
  Moment start_;
  PendingDirectory directory_;
  input::Reader reader_;
  std::unique_ptr<input::Screen> screen_;
  record::RowStore store_;
  Proof proof_;
  Plan plan_;
  std::uint64_t taken_ = 0;
  std::vector<AnswerTrail::Mark> distrusted_;
  std::optional<Stop> stop_;
  policy::Dispatcher::Totals totals_;
  Histogram latency_us_;
  Histogram contained_ms_;
};

DropOutcome dry_run(const DropSettings& settings, const DropParts& parts) {
  input::Options options = settings.input;
  options.digest = false;
  input::Reader reader(settings.files, options);
  input::Screen screen(settings.protect_files, settings.input.id_pattern, settings.files);
  DropOutcome outcome;
  outcome.dry_run = read_all(reader, screen, nullptr, parts.signals);
  warn(parts.console, oddities(outcome.dry_run->sources));
  outcome.dry_run->url = settings.endpoints.drop;
  check_limits(settings, *outcome.dry_run);
  return outcome;
}

}  // namespace

DropOutcome drop(const DropSettings& settings, const DropParts& parts) {
  return settings.dry_run ? dry_run(settings, parts) : Run(settings, parts).go();
}

}  // namespace bulkdrop::run
