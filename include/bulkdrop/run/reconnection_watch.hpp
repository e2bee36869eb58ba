// After a run: lists again and again, and tells of everybody who opened a session after losing one.
#pragma once

#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/pam/server_time.hpp"
#include "bulkdrop/report/reconnection.hpp"
#include "bulkdrop/run/losses.hpp"
#include "bulkdrop/run/session_fetch.hpp"
#include "bulkdrop/run/verify.hpp"

namespace bulkdrop::run {

struct WatchSettings {
  FetchSettings fetch;
  Duration length{};  // how long; the last list is asked for at its end
  // Between a list and the next one; twice as long as the list took, if that is more: a server in trouble is
  // not to spend its time on lists.
  Duration pause = std::chrono::seconds(10);
  // How long the list from before the drops may keep the drops waiting.
  Duration patience_before = std::chrono::seconds(30);
  std::optional<pam::Zone> zone;  // the server's
};

struct WatchOutcome {
  report::Watched watched;
  // What ended it before its time: a signal, or what fetch_sessions threw. What was seen before is recorded.
  std::optional<Error> failure;
};

// Fetches the list from before the drops into `losses`. Returns what fetch_sessions threw, if there is none:
// then fewer users will be known. Throws Error(run_directory).
std::optional<Error> look_before(const WatchSettings& settings, const FetchParts& parts,
                                 const record::RowStore& store, bool ids_ignore_case, Losses& losses);

// `losses` has the lists of before and after; every row has its result in the journal. Each new session is
// told on the console and in the journal (an event `reconnected`) when it is seen, and stands in
// reconnected.csv from then on (the file appears with the first list). Failed lists are asked for again, as
// the server wants it, until the time is over. Throws Error(run_directory).
WatchOutcome watch_reconnections(const WatchSettings& settings, const FetchParts& parts,
                                 const SettledRun& run, Losses& losses);

// Of a run whose exit code would be `code`: a user who came back, or a watch that can't tell, is no success.
ExitCode exit_code_after_watch(ExitCode code, const WatchOutcome& outcome);

}  // namespace bulkdrop::run
