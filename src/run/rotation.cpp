#include "bulkdrop/run/rotation.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "bulkdrop/run/loop.hpp"
#include "bulkdrop/run/pace_events.hpp"

namespace bulkdrop::run {

Rotation::OpenRun::OpenRun(std::unique_ptr<DropPart> opened, std::uint64_t first_row, TimePoint began_at,
                           std::uint64_t concurrency)
    : part(std::move(opened)),
      recorder(part->journal(), concurrency),
      first(first_row),
      began(began_at),
      last_result(began_at) {}

Rotation::Rotation(Duration after, const RunParts& parts, std::function<void()> wake,
                   std::uint64_t concurrency)
    : after_(after), parts_(parts), wake_(std::move(wake)), concurrency_(concurrency) {}

Rotation::~Rotation() {
  if (writing()) writer_.join();
}

void Rotation::open(std::unique_ptr<DropPart> part, std::uint64_t first, TimePoint began) {
  auto run = std::make_unique<OpenRun>(std::move(part), first, began, concurrency_);
  const WallTime now = parts_.clock.wall();
  const std::lock_guard lock(mutex_);
  // The pace goes on as it was.
  if (!window_.empty()) run->recorder.event(kWindowEvent, window_, now);
  if (!pause_.empty()) run->recorder.event(kPauseEvent, pause_, now);
  runs_.push_back(std::move(run));
}

void Rotation::read_out() {
  {
    const std::lock_guard lock(mutex_);
    runs_.back()->read_out = true;
  }
  wake_();
}

bool Rotation::cut_due(TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (runs_.size() != 1 || writing()) return false;
  OpenRun& run = *runs_.front();
  if (run.cut_asked || run.read_out || now < run.began + after_ || run.part->store().rows() == 0)
    return false;
  run.cut_asked = run.settled_all() || now >= run.began + 2 * after_;
  return run.cut_asked;
}

TimePoint Rotation::look(TimePoint now) {
  if (collect()) tell();
  bool over = false;
  TimePoint at = TimePoint::max();
  {
    const std::lock_guard lock(mutex_);
    if (runs_.empty() || writing()) return at;
    const OpenRun& run = *runs_.front();
    if (run.read_out && run.settled_all()) {
      at = run.last_result + listening_time(slowest_);
      over = now >= at;
    } else if (!run.cut_asked && runs_.size() == 1) {
      at = run.began + (now < run.began + after_ ? after_ : 2 * after_);
      if (now >= at) at = TimePoint::max();  // without a row; one that comes wakes the loop
    }
  }
  if (!over) return at;
  write_down_oldest(std::nullopt, kAllTaken);
  return TimePoint::max();
}

// The oldest open run is over, or nothing more will come of it.
void Rotation::write_down_oldest(const std::optional<Stop>& stop, std::uint64_t taken) {
  std::unique_ptr<OpenRun> run;
  {
    const std::lock_guard lock(mutex_);
    run = std::move(runs_.front());
    runs_.pop_front();
  }
  const std::uint64_t rows = run->part->store().rows();
  closed_ = run->first + rows;
  const std::uint64_t taken_of_it =
      taken == kAllTaken ? taken : std::min(taken - std::min(taken, run->first), rows);
  writer_ = std::thread([this, stop, taken_of_it, run = std::move(run)]() mutable {
    FinishedRun finished = finish(*run->part, stop, taken_of_it, run->counts, parts_.clock);
    run.reset();
    {
      const std::lock_guard lock(mutex_);
      written_ = std::move(finished);
    }
    wake_();
  });
}

// True if a run was written down.
bool Rotation::collect() {
  {
    const std::lock_guard lock(mutex_);
    if (!written_) return false;
  }
  if (writing()) writer_.join();
  finished_.add(std::move(*std::exchange(written_, std::nullopt)));
  warn(parts_.console, finished_.last().warnings);
  return true;
}

void Rotation::tell() const {
  parts_.console.log(finished_.last().trouble ? Level::error : Level::info, finished_.line());
}

Rotation::OpenRun& Rotation::run_of(std::uint64_t row) const {
  const std::lock_guard lock(mutex_);
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run)
    if ((*run)->first <= row) return **run;
  throw std::logic_error("a row of a run that is closed");
}

bool Rotation::may_send(std::uint64_t row) {
  OpenRun& run = run_of(row);
  return run.recorder.may_send(row - run.first);
}

void Rotation::begin(std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  std::uint64_t run_end = end;
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if ((*run)->first < run_end) (*run)->recorder.begin(run_end - (*run)->first);
    run_end = std::min(run_end, (*run)->first);
  }
}

void Rotation::accept(const Result& result, Moment now) {
  OpenRun& run = run_of(result.row);
  Result of_run = result;
  of_run.row -= run.first;
  run.recorder.accept(of_run, now);
  run.counts.add(result.status);
  run.last_result = now.mono;
  if (result.answer_us) slowest_ = std::max<Duration>(slowest_, std::chrono::microseconds(*result.answer_us));
  ++run.settled;
}

std::uint64_t Rotation::unwritten() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& run : runs_) sum += run->recorder.unwritten();
  return sum;
}

void Rotation::hurry() {
  const std::lock_guard lock(mutex_);
  for (const auto& run : runs_) run->recorder.hurry();
}

void Rotation::event(std::string_view kind, std::string_view text, WallTime now) {
  const std::lock_guard lock(mutex_);
  if (kind == kWindowEvent) window_ = text;
  if (kind == kPauseEvent) pause_ = text == kPauseOver ? std::string_view() : text;
  for (const auto& run : runs_) run->recorder.event(kind, text, now);
}

std::optional<std::string> Rotation::failed() const {
  const std::lock_guard lock(mutex_);
  for (const auto& run : runs_)
    if (auto failure = run->recorder.failed()) return failure;
  return std::nullopt;
}

std::optional<std::string> Rotation::full() const {
  const std::lock_guard lock(mutex_);
  return runs_.empty() ? std::nullopt : runs_.back()->recorder.full();
}

void Rotation::doubt(std::uint64_t row, bool settled) {
  OpenRun& run = run_of(row);
  run.recorder.doubt(row - run.first, settled);
}

std::string Rotation::input_of(std::uint64_t row) const {
  return run_of(row).part->input();
}

RunOutcome Rotation::conclude(const std::optional<Stop>& stop, std::uint64_t taken) {
  if (writing()) {
    writer_.join();
    collect();
    if (!runs_.empty()) tell();
  }
  while (!runs_.empty()) {
    const OpenRun& run = *runs_.front();
    const bool last = runs_.size() == 1;
    write_down_oldest(last || !run.read_out || !run.settled_all() ? stop : std::nullopt, taken);
    writer_.join();
    collect();
    if (!last) tell();
  }
  return finished_.outcome(stop, parts_.clock.wall());
}

}  // namespace bulkdrop::run
