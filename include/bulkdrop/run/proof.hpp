// What a drop run asks of the session list: whose sessions it is about to drop, what became of them, who came
// back. Its results stand whether there is a list or not.
#pragma once

#include <optional>

#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/run/losses.hpp"
#include "bulkdrop/run/reconnection_watch.hpp"
#include "bulkdrop/run/session_fetch.hpp"
#include "bulkdrop/run/verify.hpp"

namespace bulkdrop::run {

// The calls come in the order of the members, each at most once. None of them throws: a run directory that
// can't be written is a Stop.
class Proof {
 public:
  // `watch` only with `verify`. All must live as long.
  Proof(const std::optional<VerifySettings>& verify, const std::optional<WatchSettings>& watch,
        FetchParts parts, bool ids_ignore_case);

  // Before the first drop, when all rows have been read. Returns what makes it useless to drop: the server
  // does not take the token.
  std::optional<Stop> before(const record::RowStore& store, record::Journal& journal);

  // After the last answer. Returns what stopped it: a signal, the run directory.
  std::optional<Stop> verify(const SettledRun& run);
  // True if there is something to watch for: the reports should be written before.
  [[nodiscard]] bool will_watch() const { return will_watch_; }
  std::optional<Stop> watch(const SettledRun& run);

  // Of a run that nothing stopped: who asked for proof and got none, or has users who came back, is told.
  [[nodiscard]] ExitCode exit_code(ExitCode code) const;

 private:
  void no_list(const Verification& verification, record::Journal& journal);

  const std::optional<VerifySettings>& verify_settings_;
  const std::optional<WatchSettings>& watch_settings_;
  FetchParts parts_;
  std::optional<Losses> losses_;
  bool will_watch_ = false;
  bool unverified_ = false;
  std::optional<WatchOutcome> watched_;
};

}  // namespace bulkdrop::run
