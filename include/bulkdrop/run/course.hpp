// The course of a run from its first lease to its last report: the same whether it is new or taken up again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_options.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/policy/dispatcher.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/room_reserve.hpp"
#include "bulkdrop/report/stream.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/bad_rows.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/journal_recorder.hpp"
#include "bulkdrop/run/proof.hpp"
#include "bulkdrop/run/reconnection_watch.hpp"
#include "bulkdrop/run/reports.hpp"
#include "bulkdrop/run/seams.hpp"
#include "bulkdrop/run/signals.hpp"
#include "bulkdrop/run/verify.hpp"

namespace bulkdrop::run {

class Loop;

struct CourseSettings {
  std::string url;  // as given
  pam::Endpoints endpoints;
  policy::Limits limits;
  net::TransportOptions transport;
  std::optional<VerifySettings> verify;  // hold the outcome against the session list
  std::optional<WatchSettings> watch;    // then watch it for reconnections; only with `verify`
  bool ids_ignore_case = true;           // see input::Screen
};

// What a run needs from its surroundings.
struct RunParts {
  const Clock& clock;
  Signals& signals;
  Console& console;
  // Made only when something is about to be sent: a dry run makes neither.
  std::function<pam::Credentials()> credentials;
  std::function<std::unique_ptr<net::Pool>(const net::TransportOptions&)> pool;
  // Called before the first thread is started and the first request is sent: from then on files are written
  // in that directory only. Empty = nobody cares.
  std::function<void(const std::string& directory)> confine = {};
};

// The runs of a stream (DropSettings::rotate) before the last one.
struct EarlierRuns {
  std::uint64_t runs = 0;
  Counts counts;
  std::string directory;  // in which all of them are
};

struct RunOutcome {
  ExitCode exit_code = ExitCode::all_gone;  // the most serious one, if there were several runs
  std::optional<EarlierRuns> earlier;
  std::optional<report::Stream> stream;  // of a rotation, also if there was but one run
  // Likewise, for monitoring: the numbers of all runs together, of several of them without spreads and errors
  // by reason; it ends with the process.
  std::optional<report::Summary> whole;
  std::optional<Plan> dry_run;             // of a dry run
  std::optional<report::Summary> summary;  // of a run
};

class Course {
 public:
  // All must live as long. Makes the pool.
  Course(const CourseSettings& settings, const RunParts& parts, pam::Credentials& credentials);
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;
  ~Course();

  // Wakes the loop from any thread: for the journal and the feed, which must not outlive this.
  [[nodiscard]] std::function<void()> wake() const;

  struct Sending {
    // What is to be sent, if that is known before.
    const record::RowStore* store = nullptr;
    // Rows that will get a result, for the progress line; empty while nobody knows.
    std::optional<std::uint64_t> rows;
    JournalRecorder::Rows leases;
    policy::Limits limits;
    // Called once a turn of the loop, from its thread. Returns when it wants to be called at the latest.
    std::function<TimePoint(Moment)> each_turn;
    // Tells of rows that end badly; null where the summary is soon enough.
    BadRows* bad_rows = nullptr;
  };
  // Until every row of the feed has its result, or the run was stopped and nothing is in flight; then the
  // part in the journal has its end. What breaks on the way is a stop.
  void send(record::Journal& journal, Feed& feed, const Sending& what);
  // The same, where the record is in several parts, which get their ends elsewhere. Asks for no proof.
  void send(Recorder& recorder, Feed& feed, const Sending& what);
  // After that: what stopped it, and below which number rows may have been asked for.
  [[nodiscard]] const std::optional<Stop>& stopped() const { return stop_; }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

  // Trouble with the run directory after that: the run counts as stopped by it.
  void broke_off(const Error& error);

  // Verifies, writes the reports, watches for reconnections. `room` is what was kept free for the reports.
  // What of them can't be written, the outcome says. Throws Error(run_directory) if the journal can't be
  // read.
  RunOutcome conclude(const ReadRun& run, record::Journal& journal, record::RoomReserve& room);

 private:
  void send(Recorder& recorder, Feed& feed, const Sending& what, policy::Dispatcher& dispatcher);
  void drive(Loop& loop, policy::Dispatcher& dispatcher);
  void verify(const SettledRun& run);
  void part(record::Journal& journal, std::string_view by, const std::function<std::optional<Stop>()>& work);
  void end(record::Journal& journal);
  [[nodiscard]] ExitCode exit_code() const;

  const CourseSettings& settings_;
  const RunParts& parts_;
  pam::Credentials& credentials_;
  std::unique_ptr<net::Pool> pool_;
  Proof proof_;
  std::uint64_t taken_ = 0;
  Counts counts_;  // of the results of this process
  std::optional<Stop> stop_;
};

// `limits` for so many sessions: a percentage becomes a number.
policy::Limits limits_for(policy::Limits limits, std::uint64_t sessions);

void warn(Console& console, const std::vector<std::string>& warnings);

}  // namespace bulkdrop::run
