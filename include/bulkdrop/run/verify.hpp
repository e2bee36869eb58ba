// Holds the rows of a run against the server's own session list, and records what it proves.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/row_store.hpp"
#include "bulkdrop/record/run_directory.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/losses.hpp"
#include "bulkdrop/run/outcome.hpp"
#include "bulkdrop/run/session_fetch.hpp"

namespace bulkdrop::run {

struct VerifySettings {
  FetchSettings fetch;
  // How long a confirmed drop may take to show in the list.
  Duration grace = std::chrono::seconds(10);
};

// A run whose last answer has come.
struct SettledRun {
  const record::RunDirectory& directory;
  const record::RowStore& store;
  record::Journal& journal;
  bool ids_ignore_case;             // as for ListedRows
  std::uint64_t taken = kAllTaken;  // as for Outcomes
  bool watched_before = false;      // an earlier part of the run saw who came back
};

struct Verification {
  std::optional<report::Verified> verified;  // empty also if there is no row to hold against a list
  // Why there is no proof: what fetch_sessions threw.
  std::optional<Error> failure;
  // With `failure`: sessions held to be gone that the list had as active, which came once and not again. They
  // are is_active_once() now, and what else it proved is recorded, too; so is that proof is missing, and why.
  // 0: no list came, and nothing was recorded.
  std::uint64_t active_once = 0;
};

// Fetches the list; a second time, after the grace period, if sessions that are held to be gone are listed as
// active. What each list found is in the journal, durably, before anything else is waited for, and counts
// until a later list takes it back. `losses` learns what the list says of the rows, if it is not null. Throws
// Error(run_directory).
Verification verify_rows(const VerifySettings& settings, const FetchParts& parts, const SettledRun& run,
                         Losses* losses = nullptr);

}  // namespace bulkdrop::run
