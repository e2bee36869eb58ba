// `bulkdrop verify`: a run that is over against the server's session list, and its reports anew.
#pragma once

#include <optional>

#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/reconnection_watch.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/session_fetch.hpp"
#include "bulkdrop/run/stored_run.hpp"
#include "bulkdrop/run/verify.hpp"

namespace bulkdrop::run {

// `run` has its rows. Records what the list proves and writes the reports again; the exit code in the summary
// is all_gone or some_may_live. Throws what fetch_sessions does when there is no list, or a signal came while
// it waited for a second one, and Error(run_directory). `watch`: what is done after that, with the reports
// written before and the summary once more afterwards; the exit code is then that of exit_code_after_watch().
// `login`: the options that log in.
report::Summary verify_stored(StoredRun& run, const VerifySettings& settings,
                              const std::optional<WatchSettings>& watch, const FetchParts& parts,
                              const RecordedOptions& login);

}  // namespace bulkdrop::run
