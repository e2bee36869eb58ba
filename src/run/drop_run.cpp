#include "bulkdrop/run/drop_run.hpp"

#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/room_reserve.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/run/feeds.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/pending_directory.hpp"
#include "bulkdrop/run/planning.hpp"

namespace bulkdrop::run {
namespace {

input::Options with_copies(input::Options options, const record::RunDirectory& directory) {
  options.stdin_copy = directory.file("input");
  options.scratch_directory = directory.path();
  return options;
}

// But for what is known only when it begins.
record::RunRecord record_of(const DropSettings& settings, const Plan& plan) {
  record::RunRecord record;
  record.version = std::string(version());
  record.url = settings.url;
  record.reason = settings.reason;
  record.directory = settings.directory;
  record.options = settings.recorded_options;
  record.rows = plan.rows;
  record.to_drop = plan.to_drop;
  record.stream = settings.input.stream;
  for (const input::SourceInfo& source : plan.sources) record.sources.push_back(source_record(source));
  for (const input::ProtectList& list : plan.protect_lists)
    record.protect_lists.push_back({list.file, list.sha256});
  return record;
}

void save_plan(const DropSettings& settings, const Plan& plan, WallTime now) {
  record::PlanFile file;
  file.run = record_of(settings, plan);
  file.run.started_at = now;
  file.created_at = now;
  file.sessions_sha256 = plan.sessions_sha256;
  AtomicFile out(settings.save_plan);
  out.buffer() = record::plan_json(file);
  out.commit();
}

// One run that sends: read, ask, drop, report. Members are in the order in which they are needed.
class Run {
 public:
  Run(const DropSettings& settings, const RunParts& parts)
      : settings_(settings),
        parts_(parts),
        credentials_(parts.credentials()),  // first: a missing secret should cost nothing else
        run_id_(record::new_run_id()),
        start_(parts.clock.moment()),
        directory_(settings.out, start_.wall, run_id_),
        reader_(settings.files, with_copies(settings.input, directory_.get())),
        screen_(std::make_unique<input::Screen>(settings.protect_files, settings.input.id_pattern,
                                                settings.files)),
        store_(directory_.get().path()) {}

  RunOutcome go() {
    if (stream()) {
      plan_.sources = reader_.sources();
      plan_.protect_lists = screen_->protect_lists();
    } else {
      before_sending([this] { read_and_ask(); });
    }
    start_ = parts_.clock.moment();  // what the person thought about at the prompt is no part of the run
    Course course(settings_, parts_, credentials_);
    std::optional<record::RoomReserve> room;
    std::optional<record::Journal> begun;
    before_sending([&] {
      room.emplace(directory_.get().path(), room_for_reports(plan_.rows));
      record_ = run_record();
      record::write_run_json(directory_.get().file("run.json"), record_);
      begun.emplace(directory_.get().file("journal.jsonl"), record_, course.wake(), input_copy());
    });
    record::Journal& journal = *begun;
    directory_.keep();
    send(course, journal);
    // Whatever breaks from here on, there are sessions to be accounted for.
    try {
      store_.flush();
      if (stream()) note_what_was_read(journal);
    } catch (const Error& error) {
      course.broke_off(error);
    }
    return course.conclude({directory_.get(), record_, store_, reader_}, journal, *room);
  }

 private:
  [[nodiscard]] bool stream() const { return settings_.input.stream; }

  // A disk that is full now is no reason to wonder what became of the sessions.
  template <typename Work>
  void before_sending(Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      if (error.code() != ExitCode::run_directory) throw;
      throw Error(error.code(), fmt::format("{}. Nothing was sent", error.what()));
    }
  }

  void read_and_ask() {
    plan_ = read_all(reader_, *screen_, {&store_, std::nullopt, settings_.plan.has_value()}, parts_.signals);
    screen_.reset();  // every duplicate is known: give the memory back
    warn(parts_.console, oddities(plan_.sources));
    plan_.url = settings_.endpoints.drop;
    plan_.account = settings_.account;
    if (settings_.plan) check_planned(*settings_.plan, plan_);
    check_consent(settings_.consent, plan_, parts_);
  }

  // What came through standard input must outlive a power cut as the record does: at once, or, in stream
  // mode, with each group of records.
  Fd input_copy() {
    const std::string path = directory_.get().file("input");
    Fd copy(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
    if (stream() || !copy) return copy;
    if (::fdatasync(copy.get()) != 0)
      throw Error(ExitCode::run_directory,
                  fmt::format("cannot make {} durable: {}", path, describe_errno(errno)));
    return {};
  }

  void send(Course& course, record::Journal& journal) {
    Course::Sending sending;
    if (stream()) {
      sending.limits = settings_.limits;
      sending.limits.max_sessions = settings_.consent.max_sessions;
      {
        StreamFeed feed(reader_, *screen_, store_, course.wake());
        course.send(journal, feed, sending);
      }
      screen_.reset();  // its memory is needed now
    } else {
      sending.limits = limits_for(settings_.limits, plan_.to_drop);
      sending.store = &store_;
      sending.rows = plan_.rows;
      StoreFeed feed(store_);
      course.send(journal, feed, sending);
    }
  }

  void note_what_was_read(record::Journal& journal) {
    journal.note(kRowsNote, rows_json(store_.rows()), parts_.clock.wall());
    warn(parts_.console, oddities(reader_.sources()));
    plan_.rows = store_.rows();
    plan_.to_drop = store_.to_drop();
    plan_.sources = reader_.sources();
    record_ = run_record();
    record::write_run_json(directory_.get().file("run.json"), record_);
  }

  [[nodiscard]] record::RunRecord run_record() const {
    record::RunRecord record = record_of(settings_, plan_);
    record.run_id = run_id_;
    record.started_at = start_.wall;
    return record;
  }

  const DropSettings& settings_;
  const RunParts& parts_;
  pam::Credentials credentials_;
  std::string run_id_;
  Moment start_;
  PendingDirectory directory_;
  input::Reader reader_;
  std::unique_ptr<input::Screen> screen_;
  record::RowStore store_;
  Plan plan_;
  record::RunRecord record_;
};

RunOutcome dry_run(const DropSettings& settings, const RunParts& parts) {
  const bool planned = settings.plan || !settings.save_plan.empty();
  input::Options options = settings.input;
  options.digest = planned;
  input::Reader reader(settings.files, options);
  input::Screen screen(settings.protect_files, settings.input.id_pattern, settings.files);
  RunOutcome outcome;
  Plan& plan = outcome.dry_run.emplace();
  plan = read_all(reader, screen, {nullptr, std::nullopt, planned}, parts.signals);
  warn(parts.console, oddities(plan.sources));
  plan.url = settings.endpoints.drop;
  plan.account = settings.account;
  if (settings.plan) check_planned(*settings.plan, plan);
  check_counts(settings.consent, plan);
  if (!settings.save_plan.empty()) save_plan(settings, plan, parts.clock.wall());
  return outcome;
}

}  // namespace

RunOutcome drop(const DropSettings& settings, const RunParts& parts) {
  return settings.dry_run ? dry_run(settings, parts) : Run(settings, parts).go();
}

}  // namespace bulkdrop::run
