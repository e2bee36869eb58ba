#include "bulkdrop/cli/sending.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/cli/confinement.hpp"
#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/plan_text.hpp"
#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/net/url.hpp"
#include "bulkdrop/report/stream.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostConcurrency = 10'000;
constexpr std::chrono::minutes kFirstAnswer{1};  // a mistyped port is likelier than a server that is away

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

ProgressMode progress_mode(const Arguments& arguments) {
  const std::string mode = arguments.text("progress");
  if (mode.empty() || mode == "auto") return ProgressMode::automatic;
  if (mode == "always") return ProgressMode::always;
  if (mode == "never") return ProgressMode::never;
  usage(
      fmt::format("{}: '{}' is none of auto, always, never", arguments.origin("progress"), printable(mode)));
}

bool http2(const Arguments& arguments, const std::string& url) {
  const std::string version = arguments.text("http");
  if (version.empty() || version == "1.1") return false;
  if (version != "2")
    usage(fmt::format("{}: '{}' is neither 1.1 nor 2", arguments.origin("http"), printable(version)));
  if (!url.empty() && net::parse_base_url(url).scheme == "http")
    usage(fmt::format("{}: HTTP/2 is spoken over TLS, and --url begins with http://",
                      arguments.origin("http")));
  return true;
}

// A FIFO, as a shell makes it for `<(…)`, is gone when its name is read again. A descriptor's name says so
// itself.
bool is_passing(const std::string& file) {
  struct stat status {};
  return !file.starts_with("/dev/") && !file.starts_with("/proc/") && ::stat(file.c_str(), &status) == 0 &&
         !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

// What of an option's value may be recorded and printed: the password of a proxy may not.
std::string shown(std::string_view name, const std::string& value) {
  constexpr std::array<std::string_view, 5> kReadOnce = {
      "client-secret-file", "token-file", "consumer-secret-file", "oauth-token-secret-file", "config"};
  if (name == "proxy") return without_user_info(value);
  const bool read_once = std::find(kReadOnce.begin(), kReadOnce.end(), name) != kReadOnce.end();
  return read_once && is_passing(value) ? std::string() : value;
}

}  // namespace

run::RecordedOptions recorded_options(const Arguments& arguments) {
  run::RecordedOptions options;
  for (const auto& [name, given] : arguments.given()) {
    if (given.values.empty()) options.emplace_back(name, "true");
    for (const std::string& value : given.values) options.emplace_back(name, shown(name, value));
  }
  return options;
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

std::optional<policy::FailureLimit> max_failures(const Arguments& arguments) {
  constexpr std::string_view kName = "max-failures";
  if (!arguments.has(kName)) return std::nullopt;
  if (!arguments.text(kName).ends_with('%'))
    return policy::FailureLimit{*arguments.count(kName, 1, kMost), 0};
  return policy::FailureLimit{0, arguments.percentage(kName) / 100};
}

run::Consent consent(const Arguments& arguments) {
  run::Consent consent;
  consent.yes = arguments.flag("yes");
  consent.confirm = arguments.count("confirm", 0, kMost);
  consent.max_sessions = arguments.count("max-sessions", 0, kMost);
  return consent;
}

void check_can_ask(const run::Consent& consent) {
  if (consent.yes || consent.confirm || can_ask()) return;
  usage(
      "nobody can be asked here: without a terminal, give --yes, or --confirm N to go on only if exactly N "
      "sessions would be dropped");
}

void read_course(const Arguments& arguments, Target server, run::CourseSettings& settings) {
  run::FetchSettings fetch = fetch_settings(arguments, server);
  if (arguments.has("attempts")) fetch.attempts_note = "--attempts counts those of a drop";
  settings.watch = watch_settings(arguments, fetch);
  if (arguments.flag("verify") || settings.watch) settings.verify.emplace().fetch = fetch;
  settings.url = std::move(server.url);
  settings.endpoints = std::move(server.endpoints);
  settings.transport = std::move(server.transport);
  settings.transport.http2 = http2(arguments, settings.url);
  settings.limits.concurrency =
      arguments.count("concurrency", 1, kMostConcurrency).value_or(settings.limits.concurrency);
  settings.limits.adapt = !arguments.flag("fixed-concurrency");
  settings.limits.rate = arguments.positive("rate").value_or(0);
  settings.limits.attempts = static_cast<int>(arguments.count("attempts", 1, 1000).value_or(5));
  settings.limits.canary = arguments.count("canary", 0, kMost).value_or(settings.limits.canary);
  settings.limits.outage = arguments.duration("outage").value_or(settings.limits.outage);
  if (!arguments.has("outage")) settings.limits.first_answer = kFirstAnswer;
  settings.limits.deadline = arguments.duration("deadline");
  settings.limits.max_failures = max_failures(arguments);
}

TerminalOptions log_options(const Arguments& arguments) {
  TerminalOptions options;
  options.progress = ProgressMode::never;
  options.verbosity = arguments.flag("quiet")     ? Verbosity::quiet
                      : arguments.flag("verbose") ? Verbosity::verbose
                                                  : Verbosity::normal;
  options.format = log_format(arguments);
  return options;
}

TerminalOptions terminal_options(const Arguments& arguments) {
  TerminalOptions options = log_options(arguments);
  options.progress = progress_mode(arguments);
  return options;
}

SendingParts::SendingParts(const Arguments& arguments, SecretSources& secrets, run::Signals& signals,
                           Duration outage, MetricsFile* metrics)
    : terminal_(signals, terminal_options(arguments), clock_),
      console_(terminal_, metrics),
      parts_{
          clock_,
          signals,
          console_,
          [this, &arguments, &secrets, outage] { return credentials(arguments, secrets, outage, console_); },
          [](const net::TransportOptions& options) { return std::make_unique<net::CurlPool>(options); },
          [this, &arguments](const std::string& directory) { confine(arguments, {directory}, console_); }} {}

void print_plan(const Arguments& arguments, const run::Plan& plan, const std::string& rest) {
  const int width = ::isatty(STDOUT_FILENO) == 1 ? terminal_width(STDOUT_FILENO) : kNoWidth;
  print(arguments.flag("json")
            ? plan_json(plan)
            : "Dry run: nothing was sent, no connection was opened.\n" + plan_text(plan, width) + rest);
}

std::string summary_text(const Arguments& arguments, const report::Summary& summary,
                         const report::Stream* stream) {
  if (arguments.flag("json")) return report::to_json(summary, false, stream);
  const int width = std::max(40, terminal_width(STDOUT_FILENO));
  const bool colour = wants_colour(STDOUT_FILENO);
  return (stream == nullptr ? "" : report::stream_text(*stream, width, colour)) +
         report::to_text(summary, width, colour);
}

void print_summary(const Arguments& arguments, const report::Summary& summary, const report::Stream* stream) {
  print_of_work(summary_text(arguments, summary, stream), log_format(arguments), summary.run_directory);
}

}  // namespace bulkdrop::cli
