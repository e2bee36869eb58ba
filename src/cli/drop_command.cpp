#include "bulkdrop/cli/drop_command.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/run/repeat_options.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostConcurrency = 10'000;

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
  return options;
}

// What of an option's value may be recorded and printed: the password of a proxy may not.
std::string shown(std::string_view name, const std::string& value) {
  return name == "proxy" ? without_user_info(value) : value;
}

std::vector<std::pair<std::string, std::string>> recorded_options(const Arguments& arguments) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const auto& [name, given] : arguments.given()) {
    if (given.values.empty()) options.emplace_back(name, "true");
    for (const std::string& value : given.values) options.emplace_back(name, shown(name, value));
  }
  return options;
}

bool reads_stdin(const std::vector<std::string>& files) {
  return files.empty() || std::find(files.begin(), files.end(), "-") != files.end();
}

// A request needs a connection; files, the resolver and standard streams need a few more.
void check_file_limit(std::uint64_t concurrency) {
  constexpr std::uint64_t kOthers = 40;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= concurrency + kOthers) return;
  usage(fmt::format(
      "--concurrency {} needs {} open files, and this machine allows {} (ulimit -n): lower the one or "
      "raise the other",
      concurrency, concurrency + kOthers, limit.rlim_cur));
}

ProgressMode progress_mode(const Arguments& arguments) {
  const std::string mode = arguments.text("progress");
  if (mode.empty() || mode == "auto") return ProgressMode::automatic;
  if (mode == "always") return ProgressMode::always;
  if (mode == "never") return ProgressMode::never;
  usage(
      fmt::format("{}: '{}' is none of auto, always, never", arguments.origin("progress"), printable(mode)));
}

}  // namespace

std::optional<policy::FailureLimit> max_failures(const Arguments& arguments) {
  constexpr std::string_view kName = "max-failures";
  if (!arguments.has(kName)) return std::nullopt;
  if (!arguments.text(kName).ends_with('%'))
    return policy::FailureLimit{*arguments.count(kName, 1, kMost), 0};
  return policy::FailureLimit{0, arguments.percentage(kName) / 100};
}

run::DropSettings drop_settings(const Arguments& arguments) {
  run::DropSettings settings;
  settings.files = arguments.files();
  settings.protect_files = arguments.list("protect");
  settings.input = input_options(arguments);
  settings.dry_run = arguments.flag("dry-run");
  Target server = settings.dry_run ? target(arguments) : required_target(arguments);
  const run::FetchSettings fetch = fetch_settings(arguments, server);
  settings.watch = watch_settings(arguments, fetch);
  if (arguments.flag("verify") || settings.watch) settings.verify.emplace().fetch = fetch;
  settings.url = std::move(server.url);
  settings.endpoints = std::move(server.endpoints);
  settings.transport = std::move(server.transport);
  settings.limits.concurrency =
      arguments.count("concurrency", 1, kMostConcurrency).value_or(settings.limits.concurrency);
  if (!settings.dry_run) check_file_limit(settings.limits.concurrency);
  settings.limits.adapt = !arguments.flag("fixed-concurrency");
  settings.limits.rate = arguments.positive("rate").value_or(0);
  settings.limits.attempts = static_cast<int>(arguments.count("attempts", 1, 1000).value_or(5));
  settings.limits.canary = arguments.count("canary", 0, kMost).value_or(settings.limits.canary);
  settings.limits.outage = arguments.duration("outage").value_or(settings.limits.outage);
  settings.limits.deadline = arguments.duration("deadline");
  settings.limits.max_failures = max_failures(arguments);
  settings.out = arguments.text("out");
  if (arguments.has("reason")) settings.reason = arguments.text("reason");
  settings.yes = arguments.flag("yes");
  settings.confirm = arguments.count("confirm", 0, kMost);
  settings.max_sessions = arguments.count("max-sessions", 0, kMost);
  if (settings.input.stream && settings.confirm)
    usage(
        "--confirm needs the count before it starts, which --stream does not know: use --yes and "
        "--max-sessions");
  if (settings.input.stream && !settings.yes && !settings.dry_run)
    usage(
        "--stream starts before the count is known and can't ask: give --yes, and --max-sessions for a "
        "limit");
  if (!settings.yes && !settings.confirm && !settings.dry_run && !can_ask())
    usage(
        "nobody can be asked here: without a terminal, give --yes, or --confirm N to go on only if exactly N "
        "sessions "
        "would be dropped");
  settings.recorded_options = recorded_options(arguments);
  settings.repeat_options = run::repeat_options(settings.recorded_options);
  return settings;
}

ExitCode run_drop(const Arguments& arguments, SecretSources& secrets, run::Signals& signals) {
  const run::DropSettings settings = drop_settings(arguments);
  const ProgressMode mode = progress_mode(arguments);
  const Verbosity verbosity = arguments.flag("quiet")     ? Verbosity::quiet
                              : arguments.flag("verbose") ? Verbosity::verbose
                                                          : Verbosity::normal;
  if (!settings.dry_run) check_login(arguments, secrets, reads_stdin(settings.files));
  const SystemClock clock;
  Terminal terminal(signals, mode, verbosity, clock.now());
  const run::DropParts parts{
      clock, signals, terminal, [&] { return credentials(arguments, secrets, settings.limits.outage); },
      [](const net::TransportOptions& options) { return std::make_unique<net::CurlPool>(options); }};
  const run::DropOutcome outcome = run::drop(settings, parts);
  if (outcome.dry_run) {
    print(arguments.flag("json")
              ? plan_json(*outcome.dry_run)
              : "Dry run: nothing was sent, no connection was opened.\n" + plan_text(*outcome.dry_run));
  } else if (arguments.flag("json")) {
    print(report::to_json(*outcome.summary, false));
  } else {
    print(report::to_text(*outcome.summary, std::max(40, terminal_width(STDOUT_FILENO)),
                          wants_colour(STDOUT_FILENO)));
  }
  return outcome.exit_code;
}

}  // namespace bulkdrop::cli
