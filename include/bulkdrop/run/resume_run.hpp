// `bulkdrop resume`: the rest of a run that stopped, was killed, or lost its machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/run/consent.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/stored_run.hpp"
#include "bulkdrop/run/whose.hpp"

namespace bulkdrop::run {

struct ResumeSettings : CourseSettings {
  std::vector<Status> retry;  // `failed`, `unknown`: to be sent again, besides what was not settled
  Consent consent;
  RecordedOptions login;  // with which options somebody logs in now
};

// What is left of a run. One of finish(), plan() and go(), once.
class Resumption {
 public:
  // Reads the run's input again. Both must live as long. Throws Error for an input that is not what it was.
  Resumption(StoredRun& run, const ResumeSettings& settings, const RunParts& parts);

  // True if the run came to its own end, no row is left, and it has the proof that is asked for.
  [[nodiscard]] bool finished() const { return finished_; }
  // Of a finished run: nothing is sent, the reports are written, the exit code is that of the run.
  RunOutcome finish();

  // What would be done. Throws Error(safety_limit or usage) as check_counts().
  [[nodiscard]] RunOutcome dry_run() const;

  // Sends what is left, proves what is to be proven, and writes all reports anew. A row that may have been
  // asked for without a trace stays in doubt: only a success settles it. `account`: for the question. Throws
  // Error for what ends it before anything was sent; the run is then as it was.
  RunOutcome go(const std::string& account);

 private:
  // What there is to do, before it begins.
  struct Rest {
    std::uint64_t rows = 0;     // that will get a result
    std::uint64_t to_drop = 0;  // of these, to be sent
    std::uint64_t in_doubt = 0;
    std::uint64_t first = 0;  // the first of them
    std::uint64_t last = 0;
    std::vector<std::string> first_ids;
    Whose whose;
  };
  [[nodiscard]] Rest read_rest();
  [[nodiscard]] bool has_ended() const;
  [[nodiscard]] record::RoomReserve reserve_room() const;
  [[nodiscard]] Plan plan(const std::string& account) const;
  void tell_of_the_crash() const;

  StoredRun& run_;
  const ResumeSettings& settings_;
  const RunParts& parts_;
  Outcomes outcomes_;
  Rest rest_;
  bool finished_ = false;
};

}  // namespace bulkdrop::run
