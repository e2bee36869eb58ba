#include "bulkdrop/cli/resume_command.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/cli/stored_arguments.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/resume_run.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::cli {
namespace {

// All that is not said anew for each go: who logs in, consent, --deadline and what is printed are.
constexpr std::array<std::string_view, 25> kFromRun = {"api",
                                                       "drop-path",
                                                       "list-path",
                                                       "token-path",
                                                       "cacert",
                                                       "cert",
                                                       "key",
                                                       "pinned-pubkey",
                                                       "proxy",
                                                       "resolve",
                                                       "allow-http",
                                                       "connect-timeout",
                                                       "timeout",
                                                       "concurrency",
                                                       "http",
                                                       "rate",
                                                       "fixed-concurrency",
                                                       "attempts",
                                                       "outage",
                                                       "canary",
                                                       "max-sessions",
                                                       "max-failures",
                                                       "verify",
                                                       "watch",
                                                       "server-tz"};

std::vector<Status> retry(const Arguments& arguments) {
  std::vector<Status> statuses;
  std::string_view list;
  const std::string text = arguments.text("retry");
  list = text;
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), word.size() + 1));
    const auto status = status_from_name(word);
    if (status != Status::failed && status != Status::unknown)
      throw Error(ExitCode::usage, fmt::format("{}: '{}' is neither failed nor unknown; write failed,unknown",
                                               arguments.origin("retry"), printable(word)));
    statuses.push_back(*status);
  }
  return statuses;
}

ExitCode resume(const Arguments& typed, SecretSources& secrets, run::Signals& signals, MetricsFile* metrics) {
  run::StoredRun run(run_directory_of(typed, "resume"));
  const Arguments arguments = with_options_of(run, typed, kFromRun);
  run::ResumeSettings settings;
  settings.ids_ignore_case = run.ids_ignore_case();
  read_course(arguments, required_target(arguments), settings);
  check_file_limit(settings.limits.concurrency);
  settings.retry = retry(arguments);
  settings.consent = consent(arguments);
  settings.login = run::login_of(recorded_options(typed));
  const SendingParts parts(arguments, secrets, signals, settings.limits.outage, metrics);
  run::Resumption resumption(run, settings, parts.get());
  if (arguments.flag("dry-run")) {
    print_plan(arguments, *resumption.dry_run().dry_run);
    return ExitCode::all_gone;
  }
  // A finished run needs nobody to log in or to be asked.
  run::RunOutcome outcome;
  if (resumption.finished()) {
    outcome = resumption.finish();
  } else {
    check_login(arguments, secrets, false);
    check_proxy_login(arguments);
    outcome = resumption.go(account(arguments, secrets));
  }
  if (metrics != nullptr) metrics->ended(*outcome.summary, parts.get().console);
  print_summary(arguments, *outcome.summary);
  return outcome.exit_code;
}

}  // namespace

ExitCode run_resume(const Arguments& arguments, SecretSources& secrets, run::Signals& signals) {
  if (arguments.flag("dry-run")) return resume(arguments, secrets, signals, nullptr);
  return with_metrics(arguments,
                      [&](MetricsFile& metrics) { return resume(arguments, secrets, signals, &metrics); });
}

}  // namespace bulkdrop::cli
