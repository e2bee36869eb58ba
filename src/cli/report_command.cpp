#include "bulkdrop/cli/report_command.hpp"

#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/cli/stored_arguments.hpp"
#include "bulkdrop/run/reports.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::cli {

ExitCode run_report(const Arguments& arguments, SecretSources& /*secrets*/, run::Signals& signals) {
  run::StoredRun run(run_directory_of(arguments, "report"));
  run.read_rows(signals, run::StoredRun::Extent::as_it_was);
  const report::Summary summary = run::write_reports(run.read_run());
  print_summary(arguments, summary);
  return static_cast<ExitCode>(summary.exit_code);
}

}  // namespace bulkdrop::cli
