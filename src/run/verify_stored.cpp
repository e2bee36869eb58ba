#include "bulkdrop/run/verify_stored.hpp"

#include <memory>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/finish.hpp"

namespace bulkdrop::run {

report::Summary verify_stored(StoredRun& run, const VerifySettings& settings,
                              const std::optional<WatchSettings>& watch, const FetchParts& parts) {
  const std::unique_ptr<record::Journal> journal = run.open_journal();
  journal->part("verify", {}, parts.clock.wall());
  const SettledRun settled{run.directory(), run.store(), *journal, run.taken(), run.ids_ignore_case()};
  std::optional<Losses> losses;
  if (watch) losses.emplace(run.ids_ignore_case(), watch->zone);
  const Verification verification = verify_rows(settings, parts, settled, losses ? &*losses : nullptr);
  const bool watches = losses && !verification.failure;
  if (!watches) journal->end(run.summary().stopped_by, run.summary().exit_code, parts.clock.wall());
  if (verification.failure && verification.changed == 0) throw Error(*verification.failure);

  report::Summary summary = run.summary();
  summary.counts = {};
  if (verification.verified) summary.verified = verification.verified;
  write_tables(run.directory(), run.store(), run.reader(), run.taken(), summary);
  for (const std::string& warning : summary.warnings) parts.console.log(Level::warning, warning);
  summary.exit_code = static_cast<int>(exit_code_of(summary.counts));
  write_summary(run.directory(), summary);
  if (verification.failure) throw Error(*verification.failure);
  if (!watches) return summary;

  const WatchOutcome outcome = watch_reconnections(*watch, parts, settled, *losses);
  journal->end(run.summary().stopped_by, run.summary().exit_code, parts.clock.wall());
  // A watch that saw no list knows no better than an earlier one.
  if (outcome.watched.lists > 0 || !summary.watched) summary.watched = outcome.watched;
  summary.exit_code = static_cast<int>(exit_code_after_watch(exit_code_of(summary.counts), outcome));
  write_summary(run.directory(), summary);
  return summary;
}

}  // namespace bulkdrop::run
