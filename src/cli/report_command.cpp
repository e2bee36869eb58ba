#include "bulkdrop/cli/report_command.hpp"

#include <sys/resource.h>

#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/cli/stored_arguments.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/run/merged_report.hpp"
#include "bulkdrop/run/reports.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::cli {
namespace {

// A job may have more shards than the few files that a process is first allowed.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

report::Summary merged(const Arguments& arguments, run::Signals& signals) {
  if (arguments.files().empty())
    throw Error(ExitCode::usage,
                "report needs the directories of the runs: bulkdrop report RUN_DIR... --out DIR");
  if (!arguments.has("out"))
    throw Error(
        ExitCode::usage,
        "report of several runs writes one merged report: say into which new directory with --out DIR");
  allow_many_files();
  return run::merge_reports(arguments.files(), arguments.text("out"), SystemClock().wall(), signals);
}

report::Summary rewritten(const Arguments& arguments, run::Signals& signals) {
  run::StoredRun run(run_directory_of(arguments, "report"));
  run.read_rows(signals, run::StoredRun::Extent::as_it_was);
  return run::write_reports(run.read_run());
}

}  // namespace

ExitCode run_report(const Arguments& arguments, SecretSources& /*secrets*/, run::Signals& signals) {
  const bool merges = arguments.has("out") || arguments.files().size() > 1;
  const report::Summary summary = merges ? merged(arguments, signals) : rewritten(arguments, signals);
  const SystemClock clock;
  Terminal terminal(signals, log_options(arguments), clock);
  for (const std::string& warning : summary.warnings) terminal.log(run::Level::warning, warning);
  print(summary_text(arguments, summary));
  return static_cast<ExitCode>(summary.exit_code);
}

}  // namespace bulkdrop::cli
