// `--rotate`: the record of a stream, cut into ordinary runs.
//
// A run is read out when the reading side has ended it (RotatingIntake). It is over when each of its rows has
// its result and the connections were listened to for long enough; then it gets its end, and its reports are
// written, in a thread of their own: nothing that comes in waits for that. So there are at most three at a
// time: one that is read, one whose last rows are under way, one that is written down.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/drop_part.hpp"
#include "bulkdrop/run/finished_runs.hpp"
#include "bulkdrop/run/journal_recorder.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

// Row numbers are those of the whole stream. All calls come from the loop's thread, unless they say
// otherwise.
class Rotation final : public Recorder {
 public:
  // A run may end when `after` has passed since it began. `wake` is called when a run is written down, and
  // from the journals. `concurrency`: most requests in flight.
  Rotation(Duration after, const RunParts& parts, std::function<void()> wake, std::uint64_t concurrency);
  Rotation(const Rotation&) = delete;
  Rotation& operator=(const Rotation&) = delete;
  ~Rotation() override;

  // ---- From the reading thread.
  [[nodiscard]] const std::function<void()>& wake() const { return wake_; }
  // A run has begun with the row `first`.
  void open(std::unique_ptr<DropPart> part, std::uint64_t first, TimePoint began);
  // All rows of the newest run are in its store.
  void read_out();

  // ---- Once a turn of the loop.
  // True once for each run: it should end now. After its time, with at least one row, when all of its rows
  // have their results; after twice that time, also while some are under way.
  bool cut_due(TimePoint now);
  // Writes down what is over, and tells of what is written down. Returns when it wants to look again.
  TimePoint look(TimePoint now);

  // ---- From the loop.
  bool may_send(std::uint64_t row) override;
  void begin(std::uint64_t end) override;
  void accept(const Result& result, Moment now) override;
  [[nodiscard]] std::uint64_t unwritten() const override;
  void hurry() override;
  void event(std::string_view kind, std::string_view text, WallTime now) override;
  [[nodiscard]] std::optional<std::string> failed() const override;
  [[nodiscard]] std::optional<std::string> full() const override;
  [[nodiscard]] std::uint64_t closed() const override { return closed_; }
  void doubt(std::uint64_t row, bool settled) override;

  // The file in which a row stands whose run is open.
  [[nodiscard]] std::string input_of(std::uint64_t row) const;

  // ---- After the loop, when nobody reads any more.
  // Writes down what is still open. `stop`, `taken`: see Course. What is given back is of the last run.
  // Throws Error(run_directory) if that could not be reported.
  RunOutcome conclude(const std::optional<Stop>& stop, std::uint64_t taken);

 private:
  struct OpenRun {
    OpenRun(std::unique_ptr<DropPart> opened, std::uint64_t first_row, TimePoint began_at,
            std::uint64_t concurrency);
    [[nodiscard]] bool settled_all() const { return settled == part->store().rows(); }
    std::unique_ptr<DropPart> part;
    JournalRecorder recorder;
    std::uint64_t first;
    TimePoint began;
    bool cut_asked = false;
    bool read_out = false;  // under mutex_
    std::uint64_t settled = 0;
    TimePoint last_result;
    Counts counts;
  };

  OpenRun& run_of(std::uint64_t row) const;
  [[nodiscard]] bool writing() const { return writer_.joinable(); }
  void write_down_oldest(const std::optional<Stop>& stop, std::uint64_t taken);
  bool collect();
  void tell() const;

  const Duration after_;
  const RunParts& parts_;
  const std::function<void()> wake_;
  const std::uint64_t concurrency_;

  mutable std::mutex mutex_;  // of the list, of read_out in it, and of the next three
  std::deque<std::unique_ptr<OpenRun>> runs_;
  std::string window_;  // the last event of that kind
  std::string pause_;
  std::optional<FinishedRun> written_;

  std::thread writer_;
  FinishedRuns finished_;
  std::uint64_t closed_ = 0;
  Duration slowest_{};
};

}  // namespace bulkdrop::run
