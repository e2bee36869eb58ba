// What the commands that send have in common: their options, and what a run needs from its surroundings.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/metrics_file.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/limits.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/consent.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/signals.hpp"

namespace bulkdrop::cli {

// All of these throw Error(usage) for values that mean nothing.

std::optional<policy::FailureLimit> max_failures(const Arguments& arguments);
run::Consent consent(const Arguments& arguments);
// Throws Error(usage) where a question would be needed and nobody could answer it.
void check_can_ask(const run::Consent& consent);
// Throws Error(usage) if this process may not open a file for each of so many requests.
void check_file_limit(std::uint64_t concurrency);
void read_course(const Arguments& arguments, Target server, run::CourseSettings& settings);
// As run.json keeps them: without secrets.
run::RecordedOptions recorded_options(const Arguments& arguments);
// Of any command: --verbose, --quiet, --progress, --log-format, as far as it has them.
TerminalOptions terminal_options(const Arguments& arguments);
// Of a command that shows no progress.
TerminalOptions log_options(const Arguments& arguments);

// The real surroundings of a run. What is given must live as long.
class SendingParts {
 public:
  // `outage`: how long a token server may be unavailable. `metrics`: null for a dry run.
  SendingParts(const Arguments& arguments, SecretSources& secrets, run::Signals& signals, Duration outage,
               MetricsFile* metrics);
  SendingParts(const SendingParts&) = delete;
  SendingParts& operator=(const SendingParts&) = delete;
  [[nodiscard]] const run::RunParts& get() const { return parts_; }

 private:
  SystemClock clock_;
  Terminal terminal_;
  MeteredConsole console_;
  run::RunParts parts_;
};

// On standard output: for people, with `rest` behind it, or as one line of JSON (--json). Throws
// Error(run_directory) if it can't be written.
void print_plan(const Arguments& arguments, const run::Plan& plan, const std::string& rest = {});
// The same for the end of a run, as print_of_work(). `stream`: see to_json() and stream_text().
void print_summary(const Arguments& arguments, const report::Summary& summary,
                   const report::Stream* stream = nullptr);
std::string summary_text(const Arguments& arguments, const report::Summary& summary,
                         const report::Stream* stream = nullptr);

}  // namespace bulkdrop::cli
