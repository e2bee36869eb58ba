#include "bulkdrop/run/verify_stored.hpp"

#include <memory>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/logins.hpp"
#include "bulkdrop/run/notes.hpp"
#include "bulkdrop/run/reports.hpp"

namespace bulkdrop::run {
namespace {

// The run's own stop stays what it was: only its outcome may have changed.
void end(const StoredRun& run, record::Journal& journal, ExitCode code, WallTime now) {
  const record::Part* before = run.last_end();
  journal.end(before == nullptr ? std::nullopt : before->stop, static_cast<int>(code), now);
}

}  // namespace

report::Summary verify_stored(StoredRun& run, const VerifySettings& settings,
                              const std::optional<WatchSettings>& watch, const FetchParts& parts,
                              const RecordedOptions& login) {
  const std::unique_ptr<record::Journal> journal = run.open_journal([] {});
  journal->part(kVerifyPart, {}, parts.clock.wall());
  note_login(run, login, *journal, parts.clock.wall());
  const SettledRun settled{run.directory(),       run.store(), *journal,
                           run.ids_ignore_case(), kAllTaken,   run.journal().note(kWatchedNote).has_value()};
  std::optional<Losses> losses;
  if (watch) losses.emplace(run.ids_ignore_case(), watch->zone);
  const Verification verification = verify_rows(settings, parts, settled, losses ? &*losses : nullptr);
  end(run, *journal, ExitCode::all_gone, parts.clock.wall());
  if (verification.failure && verification.active_once == 0) throw Error(*verification.failure);
  report::Summary summary = write_reports(run.read_run());
  for (const std::string& warning : summary.warnings) parts.console.log(Level::warning, warning);
  if (verification.failure) {
    // A list came, and says who may be alive; but whoever stops it wants to hear no more.
    if (parts.signals.stops() > 0) throw Error(*verification.failure);
    parts.console.log(Level::error, verification.failure->what());
    // A server that is away may come back; one that shows us no list will not.
    if (verification.failure->code() != ExitCode::safety_limit) return summary;
  }
  if (!losses) return summary;

  journal->part(kVerifyPart, {}, parts.clock.wall());
  const WatchOutcome outcome = watch_reconnections(*watch, parts, settled, *losses);
  end(run, *journal, exit_code_after_watch(ExitCode::all_gone, outcome), parts.clock.wall());
  return write_reports(run.read_run());
}

}  // namespace bulkdrop::run
