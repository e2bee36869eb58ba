#include "bulkdrop/run/drop_run.hpp"

#include <memory>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/core/file.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/run/before_sending.hpp"
#include "bulkdrop/run/drop_part.hpp"
#include "bulkdrop/run/feeds.hpp"
#include "bulkdrop/run/planning.hpp"
#include "bulkdrop/run/protection.hpp"
#include "bulkdrop/run/rotating_intake.hpp"
#include "bulkdrop/run/rotation.hpp"

namespace bulkdrop::run {
namespace {

// For somebody else to read; what the umask takes away stays away.
::mode_t mode_of_plan() {
  const ::mode_t mask = ::umask(077);
  ::umask(mask);
  return 0644 & ~mask;
}

void save_plan(const DropSettings& settings, Plan& plan, WallTime now) {
  record::PlanFile file;
  file.run = record_of(settings, plan);
  file.run.started_at = now;
  file.created_at = now;
  file.sessions_sha256 = plan.sessions_sha256;
  AtomicFile out(settings.save_plan, mode_of_plan());
  out.buffer() = record::plan_json(file);
  out.commit();
  plan.written = written_plan(file, settings.save_plan);
}

void add_terms(const DropSettings& settings, Plan& plan) {
  plan.url = settings.endpoints.drop;
  plan.account = settings.account;
  plan.terms = terms_of(settings, settings.consent, settings.reason);
  if (settings.plan) plan.written = written_plan(*settings.plan, settings.plan_file);
}

std::string source_name(const DropSettings& settings, std::uint32_t source) {
  const std::string name = source < settings.files.size() ? settings.files[source] : "-";
  return name == "-" ? "standard input" : name;
}

// One run that sends: read, ask, drop, report. Members are in the order in which they are needed.
class Run {
 public:
  Run(const DropSettings& settings, const RunParts& parts)
      : settings_(settings),
        parts_(parts),
        credentials_(parts.credentials()),  // first: a missing secret should cost nothing else
        part_(settings, record::new_run_id(), settings.out, parts.clock.wall(), settings.input),
        screen_(std::make_unique<input::Screen>(settings.protect_files, settings.input.id_pattern,
                                                settings.files)) {}

  RunOutcome go() {
    if (stream()) {
      plan_.sources = part_.reader().sources();
      plan_.protect_lists = screen_->protect_lists();
    } else {
      before_sending([this] { read_and_ask(); });
    }
    // What the person thought about at the prompt is no part of the run.
    const WallTime started_at = parts_.clock.wall();
    Course& course = course_.emplace(settings_, parts_, credentials_);
    before_sending(
        [&] { part_.begin(plan_, settings_.recorded_options, started_at, course.wake(), parts_.confine); });
    send(course);
    // Whatever breaks from here on, there are sessions to be accounted for.
    try {
      part_.store().flush();
      if (stream()) {
        part_.note_what_was_read(parts_.clock.wall());
        warn(parts_.console, oddities(part_.reader().sources()));
        warn(parts_.console, what_may_be_missing(part_.reader().sources()));
      }
    } catch (const Error& error) {
      course.broke_off(error);
    }
    return course.conclude(part_.read_run(), part_.journal(), part_.room());
  }

 private:
  [[nodiscard]] bool stream() const { return settings_.input.stream; }

  void read_and_ask() {
    plan_ = read_all(part_.reader(), *screen_,
                     {&part_.store(), std::nullopt, settings_.plan.has_value(), settings_.consent.asks()},
                     parts_.signals);
    check_protection(*screen_, plan_.shard.is_whole(), parts_.console);
    screen_.reset();  // every duplicate is known: give the memory back
    warn(parts_.console, empty_inputs(plan_.sources));
    warn(parts_.console, oddities(plan_.sources));
    warn(parts_.console, what_may_be_missing(plan_.sources));
    add_terms(settings_, plan_);
    if (settings_.plan) check_planned(*settings_.plan, plan_);
    check_consent(settings_.consent, plan_, parts_);
  }

  void send(Course& course) {
    Course::Sending sending;
    if (stream()) {
      sending.limits = settings_.limits;
      sending.limits.max_sessions = settings_.consent.max_sessions;
      BadRows bad_rows(parts_.console,
                       [&](std::uint64_t, std::uint32_t source) { return source_name(settings_, source); });
      sending.bad_rows = &bad_rows;
      {
        ReaderIntake intake(part_.reader(), *screen_, part_.store());
        StreamFeed feed(intake, course.wake());
        course.send(part_.journal(), feed, sending);
      }
      warn_of_protection(*screen_, plan_.shard.is_whole(), parts_.console);
      part_.note_protection(screen_->protect_lists());
      screen_.reset();  // its memory is needed now
    } else {
      sending.limits = limits_for(settings_.limits, plan_.to_drop);
      sending.store = &part_.store();
      sending.rows = plan_.rows;
      StoreFeed feed(part_.store());
      course.send(part_.journal(), feed, sending);
    }
  }

  const DropSettings& settings_;
  const RunParts& parts_;
  pam::Credentials credentials_;
  std::optional<Course> course_;  // outlives the journal in part_, whose thread wakes it
  DropPart part_;
  std::unique_ptr<input::Screen> screen_;
  Plan plan_;
};

// One run after the other, over a stream.
RunOutcome rotating_run(const DropSettings& settings, const RunParts& parts) {
  pam::Credentials credentials = parts.credentials();
  Course course(settings, parts, credentials);
  Rotation rotation(*settings.rotate, parts, course.wake(), settings.limits.concurrency);
  if (parts.confine) parts.confine(settings.out.empty() ? "." : settings.out);
  auto intake =
      before_sending([&] { return std::make_unique<RotatingIntake>(settings, parts.clock, rotation); });
  Course::Sending sending;
  sending.limits = settings.limits;
  sending.limits.max_sessions = settings.consent.max_sessions;
  sending.each_turn = [&](Moment now) {
    const TimePoint at = rotation.look(now.mono);
    if (rotation.cut_due(now.mono)) intake->cut();
    return at;
  };
  // Lines are counted anew in each run: they are those of its copy of the input.
  BadRows bad_rows(parts.console, [&](std::uint64_t row, std::uint32_t) { return rotation.input_of(row); });
  sending.bad_rows = &bad_rows;
  {
    StreamFeed feed(*intake, course.wake());
    course.send(rotation, feed, sending);
  }
  intake.reset();
  return rotation.conclude(course.stopped(), course.taken());
}

RunOutcome dry_run(const DropSettings& settings, const RunParts& parts) {
  if (!settings.out.empty() && !settings.rotate) record::RunDirectory::check_usable(settings.out);
  const bool planned = settings.plan || !settings.save_plan.empty();
  input::Options options = settings.input;
  options.digest = planned;
  options.checks = false;
  input::Reader reader(settings.files, options);
  input::Screen screen(settings.protect_files, settings.input.id_pattern, settings.files);
  RunOutcome outcome;
  Plan& plan = outcome.dry_run.emplace();
  plan = read_all(reader, screen, {nullptr, std::nullopt, planned}, parts.signals);
  check_protection(screen, plan.shard.is_whole(), parts.console);
  warn(parts.console, empty_inputs(plan.sources));
  warn(parts.console, oddities(plan.sources));
  warn(parts.console, what_may_be_missing(plan.sources));
  add_terms(settings, plan);
  if (settings.plan) check_planned(*settings.plan, plan);
  check_counts(settings.consent, plan);
  if (!settings.save_plan.empty()) save_plan(settings, plan, parts.clock.wall());
  return outcome;
}

}  // namespace

RunOutcome drop(const DropSettings& settings, const RunParts& parts) {
  if (settings.dry_run) return dry_run(settings, parts);
  return settings.rotate ? rotating_run(settings, parts) : Run(settings, parts).go();
}

}  // namespace bulkdrop::run
