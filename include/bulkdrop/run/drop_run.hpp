// One `bulkdrop drop`, from the first byte of input to the last byte of the reports.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_options.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/policy/dispatcher.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/console.hpp"
#include "bulkdrop/run/loop.hpp"
#include "bulkdrop/run/reconnection_watch.hpp"
#include "bulkdrop/run/signals.hpp"
#include "bulkdrop/run/verify.hpp"

namespace bulkdrop::run {

struct DropSettings {
  std::vector<std::string> files;  // none = standard input
  std::vector<std::string> protect_files;
  input::Options input;
  std::string url;  // as given
  pam::Endpoints endpoints;
  policy::Limits limits;
  net::TransportOptions transport;
  std::string out;  // run directory; empty = a fresh name here
  std::optional<std::string> reason;
  std::optional<VerifySettings> verify;  // hold the outcome against the session list
  std::optional<WatchSettings> watch;    // then watch it for reconnections; only with `verify`
  bool dry_run = false;
  bool yes = false;
  std::optional<std::uint64_t> confirm;       // go on only if exactly so many sessions would be dropped
  std::optional<std::uint64_t> max_sessions;  // drop nothing if there are more
  std::vector<std::pair<std::string, std::string>> recorded_options;  // for run.json; no secrets
  std::vector<std::string> repeat_options;                            // to feed failed rows in again
};

// What a run needs from its surroundings.
struct DropParts {
  const Clock& clock;
  Signals& signals;
  Console& console;
  // Made only when something is about to be sent: a dry run makes neither.
  std::function<pam::Credentials()> credentials;
  std::function<std::unique_ptr<net::Pool>(const net::TransportOptions&)> pool;
};

struct DropOutcome {
  ExitCode exit_code = ExitCode::all_gone;
  std::optional<Plan> dry_run;             // of a dry run
  std::optional<report::Summary> summary;  // of a run
};

// Throws Error for what ends it before anything was sent (nothing is left behind then), and
// Error(run_directory) if the reports could not be written.
DropOutcome drop(const DropSettings& settings, const DropParts& parts);

}  // namespace bulkdrop::run
