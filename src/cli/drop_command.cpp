#include "bulkdrop/cli/drop_command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/plan_text.hpp"
#include "bulkdrop/cli/planned_arguments.hpp"
#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/shell_word.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/last_reports.hpp"
#include "bulkdrop/run/repeat_options.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

input::Options input_options(const Arguments& arguments) {
  input::Options options;
  if (arguments.has("format")) {
    const auto format = input::format_from_name(arguments.text("format"));
    if (!format)
      usage(fmt::format("{}: '{}' is none of auto, csv, jsonl, json, text", arguments.origin("format"),
                        printable(arguments.text("format"))));
    options.format = *format;
  }
  options.field = arguments.text("field");
  options.match = arguments.text("match");
  if (!options.match.empty() && (arguments.has("format") || !options.field.empty()))
    usage("--match reads any text line by line: it does not go with --format or --field");
  if (arguments.has("delimiter")) {
    options.delimiter = input::delimiter_from_name(arguments.text("delimiter"));
    if (!options.delimiter)
      usage(fmt::format("{}: '{}' is not one character; write `tab` for a tab", arguments.origin("delimiter"),
                        printable(arguments.text("delimiter"))));
  }
  options.id_pattern = arguments.text("id-pattern");
  options.stream = arguments.flag("stream");
  if (arguments.has("shard")) {
    const auto shard = input::shard_from_text(arguments.text("shard"));
    if (!shard)
      usage(
          fmt::format("{}: '{}' is no part of the input; write I/N, for the I-th of N parts: 1/8 to 8/8, at "
                      "most {} parts",
                      arguments.origin("shard"), printable(arguments.text("shard")), input::kMostShards));
    options.shard = *shard;
  }
  return options;
}

bool reads_only_stdin(const std::vector<std::string>& files) {
  return files.empty() || (files.size() == 1 && files.front() == "-");
}

std::optional<Duration> rotation(const Arguments& arguments, const run::DropSettings& settings) {
  const auto after = arguments.duration("rotate");
  if (!after) return std::nullopt;
  const std::string origin = arguments.origin("rotate");
  if (*after <= Duration::zero()) usage(origin + ": a run directory must be good for longer than no time");
  if (!settings.input.stream)
    usage(origin + " begins new run directories while a stream lasts: it goes with --stream");
  if (!reads_only_stdin(settings.files))
    usage(origin + " cuts standard input, and files are not cut: leave them out, or pipe them in");
  if (settings.input.format == input::Format::json)
    usage(origin + ": a JSON document can't be cut between two rows: send JSON lines, --format jsonl");
  if (settings.verify)
    usage(origin +
          fmt::format(
              " does not go with {}: the list takes longer than a line should wait; use `bulkdrop verify` "
              "with the run directories that are complete",
              arguments.has("watch") ? "--watch" : "--verify"));
  return after;
}

// The directory that run directories go into. A dry run makes none.
void make_directory(const std::string& path, bool dry_run) {
  if (path.empty() || (dry_run && ::access(path.c_str(), F_OK) != 0)) return;
  if (!dry_run && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw Error(ExitCode::run_directory,
                fmt::format("--out {}: cannot make it: {}", printable(path), describe_errno(errno)));
  std::error_code error;
  if (!std::filesystem::is_directory(path, error))
    usage(
        fmt::format("--out {}: not a directory; with --rotate it is the one that the run directories go into",
                    printable(path)));
  if (::access(path.c_str(), W_OK | X_OK) != 0)
    usage(fmt::format("--out {}: no run directory can be made in it: {}", printable(path),
                      describe_errno(errno)));
}

void check_can_plan(const Arguments& arguments, const run::DropSettings& settings) {
  const std::string origin = arguments.origin("save-plan");
  if (!settings.dry_run) usage(origin + " writes down what would be done: it goes with --dry-run");
  if (settings.input.stream) usage(origin + ": what --stream will bring is not known before");
  if (settings.url.empty()) usage(origin + ": a plan says on which server: give --url");
  if (::access(settings.save_plan.c_str(), F_OK) == 0)
    usage(fmt::format("{}: {} is there already, and is not overwritten", origin,
                      printable(settings.save_plan)));
}

// Empty where it was deleted: what is named by its whole name can be used all the same.
std::string where_it_starts(const run::DropSettings& settings) {
  std::string directory = run::working_directory();
  if (directory.empty() && !settings.dry_run && !settings.out.starts_with('/'))
    usage(
        "the current directory does not exist any more; change to another one, or give --out with an "
        "absolute "
        "path");
  return directory;
}

bool reads_stdin(const std::vector<std::string>& files) {
  return files.empty() || std::find(files.begin(), files.end(), "-") != files.end();
}

// Who forgot the FILE would wait for a program that waits for them.
void tell_of_typing(const Arguments& arguments, const std::vector<std::string>& files) {
  if (!reads_stdin(files) || ::isatty(STDIN_FILENO) != 1 || log_format(arguments) == LogFormat::json) return;
  std::fputs("bulkdrop: reads IDs from this terminal, one a line; Ctrl-D ends them\n", stderr);
}

std::string earlier_text(const run::EarlierRuns& earlier) {
  return fmt::format("\nThis was the last of {} runs. Before it, in {}: {}, {}.\n", grouped(earlier.runs + 1),
                     printable(earlier.directory),
                     earlier.runs == 1 ? "1 run" : grouped(earlier.runs) + " runs",
                     run::counts_text(earlier.counts));
}

std::string how_to_run(const std::string& saved_plan) {
  if (saved_plan.empty()) return {};
  return fmt::format(
      "\nThe plan is in {}. To do just that:\n  bulkdrop drop --plan {}\nwith the options that log in. It "
      "shows the "
      "plan's fingerprint, which must be the one above.\n",
      printable(saved_plan), shell_word(saved_plan));
}

}  // namespace

run::DropSettings drop_settings(const Arguments& arguments) {
  run::DropSettings settings;
  settings.files = arguments.files();
  settings.protect_files = arguments.list("protect");
  settings.input = input_options(arguments);
  settings.ids_ignore_case = settings.input.id_pattern.empty();
  settings.dry_run = arguments.flag("dry-run");
  read_course(arguments, settings.dry_run ? target(arguments) : required_target(arguments), settings);
  if (!settings.dry_run) check_file_limit(settings.limits.concurrency);
  settings.out = arguments.text("out");
  if (arguments.has("reason")) settings.reason = arguments.text("reason");
  settings.consent = consent(arguments);
  settings.save_plan = arguments.text("save-plan");
  if (!settings.save_plan.empty()) check_can_plan(arguments, settings);
  if (settings.input.stream && settings.consent.confirm)
    usage(
        "--confirm needs the count before it starts, which --stream does not know: use --yes and "
        "--max-sessions");
  if (settings.input.stream && !settings.consent.yes && !settings.dry_run)
    usage(
        "--stream starts before the count is known and can't ask: give --yes, and --max-sessions for a "
        "limit");
  settings.rotate = rotation(arguments, settings);
  if (!settings.dry_run) check_can_ask(settings.consent);
  settings.recorded_options = recorded_options(arguments);
  settings.directory = where_it_starts(settings);
  return settings;
}

namespace {

ExitCode drop(const Arguments& typed, SecretSources& secrets, run::Signals& signals, MetricsFile* metrics) {
  std::optional<record::PlanFile> plan;
  if (typed.has("plan"))
    plan = blaming(typed.origin("plan"), [&] { return record::read_plan(typed.text("plan")); });
  const Arguments arguments = plan ? with_plan(*plan, typed, typed.text("plan")) : typed;
  run::DropSettings settings = drop_settings(arguments);
  settings.plan = std::move(plan);
  if (settings.plan) settings.plan_file = typed.text("plan");
  if (!settings.dry_run) {
    check_login(arguments, secrets, reads_stdin(settings.files));
    check_proxy_login(arguments);
    settings.account = account(arguments, secrets);
  }
  if (settings.rotate) make_directory(settings.out, settings.dry_run);
  tell_of_typing(arguments, settings.files);
  const SendingParts parts(arguments, secrets, signals, settings.limits.outage, metrics);
  const run::RunOutcome outcome = run::drop(settings, parts.get());
  if (outcome.summary) {
    metrics->ended(outcome.whole ? *outcome.whole : *outcome.summary, parts.get().console);
    print_summary(arguments, *outcome.summary, outcome.stream ? &*outcome.stream : nullptr);
    if (outcome.earlier && !arguments.flag("json"))
      print_of_work(earlier_text(*outcome.earlier), log_format(arguments), outcome.summary->run_directory);
  } else {
    print_plan(arguments, *outcome.dry_run, how_to_run(settings.save_plan));
  }
  return outcome.exit_code;
}

}  // namespace

ExitCode run_drop(const Arguments& arguments, SecretSources& secrets, run::Signals& signals) {
  // A dry run is none that monitoring should hear of.
  if (arguments.flag("dry-run")) return drop(arguments, secrets, signals, nullptr);
  return with_metrics(arguments,
                      [&](MetricsFile& metrics) { return drop(arguments, secrets, signals, &metrics); });
}

}  // namespace bulkdrop::cli
