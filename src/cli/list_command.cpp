#include "bulkdrop/cli/list_command.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/cli/confinement.hpp"
#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/metrics_file.hpp"
#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/net/url.hpp"
#include "bulkdrop/policy/limits.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

std::optional<pam::WrittenTime> time_of(const Arguments& arguments, std::string_view name) {
  if (!arguments.has(name)) return std::nullopt;
  const auto time = pam::parse_time_or_date(arguments.text(name));
  if (!time)
    usage(
        fmt::format("{}: '{}' is not a time; write 2026-11-21, '2026-11-21 22:30' or "
                    "2026-11-21T22:30:00-03:00",
                    arguments.origin(name), printable(arguments.text(name))));
  return time;
}

pam::Zone zone_of(const Arguments& arguments) {
  if (const auto zone = server_zone(arguments)) return *zone;
  usage("this machine's time zone has no name that can be found: say with --server-tz what the server's is");
}

// --proxy names a proxy of the PAM server's (Web Proxy, RDP Proxy, senhasegura.go), as the list does, or, as
// with every command, one between us and the server: only that one has a scheme or a port.
bool is_to_go_through(const std::string& proxy) {
  return proxy.find("://") != std::string::npos ||
         (proxy.find(':') != std::string::npos && net::is_proxy_url(proxy));
}

std::string to_go_through(const Arguments& arguments) {
  std::string found;
  for (const std::string& proxy : arguments.list("proxy")) {
    if (!is_to_go_through(proxy)) continue;
    if (!found.empty()) usage("--proxy is given twice with an address: one can be gone through");
    found = proxy;
  }
  return found;
}

pam::FilterSpec filter_spec(const Arguments& arguments) {
  pam::FilterSpec spec;
  spec.active = arguments.flag("active");
  spec.user = arguments.list("user");
  spec.credential = arguments.list("credential");
  spec.device = arguments.list("device");
  spec.origin_ip = arguments.list("origin-ip");
  spec.protocol = arguments.list("protocol");
  spec.proxy = arguments.list("session-proxy");
  for (const std::string& proxy : arguments.list("proxy"))
    if (!is_to_go_through(proxy)) spec.proxy.push_back(proxy);
  spec.older_than = arguments.duration("older-than");
  spec.started_before = time_of(arguments, "started-before");
  spec.started_after = time_of(arguments, "started-after");
  if (spec.uses_time() || arguments.has("server-tz")) spec.zone = zone_of(arguments);
  return spec;
}

}  // namespace

run::ListSettings list_settings(const Arguments& arguments) {
  if (!arguments.files().empty())
    usage(fmt::format("list reads no files: what is '{}'?", printable(arguments.files().front())));
  run::ListSettings settings;
  const Target server = required_target(arguments, to_go_through(arguments));
  settings.fetch = fetch_settings(arguments, server);
  settings.fetch.idle_timeout = arguments.duration("timeout").value_or(settings.fetch.idle_timeout);
  // Of a token request, which no server takes minutes for.
  settings.fetch.transport.timeout = std::min(settings.fetch.idle_timeout, net::TransportOptions().timeout);
  settings.fetch.attempts = static_cast<int>(arguments.count("attempts", 1, 1000).value_or(5));
  settings.filter = filter_spec(arguments);
  if (arguments.has("format")) {
    const auto format = run::list_format_from_name(arguments.text("format"));
    if (!format)
      usage(fmt::format("{}: '{}' is neither csv nor jsonl", arguments.origin("format"),
                        printable(arguments.text("format"))));
    settings.format = *format;
  }
  settings.for_terminal = ::isatty(STDOUT_FILENO) == 1;
  if (const char* directory = ::getenv("TMPDIR"); directory != nullptr && *directory != '\0')
    settings.spool_directory = directory;
  return settings;
}

namespace {

ExitCode list(const Arguments& arguments, SecretSources& secrets, run::Signals& signals,
              MetricsFile& metrics) {
  const run::ListSettings settings = list_settings(arguments);
  check_login(arguments, secrets, false);
  const SystemClock clock;
  Terminal terminal(signals, log_options(arguments), clock);
  if (settings.filter.uses_time() && !arguments.has("server-tz"))
    terminal.log(run::Level::warning,
                 fmt::format("times in the list are taken as {}, this machine's zone; say with --server-tz "
                             "what the server's is",
                             settings.filter.zone->name()));
  pam::Credentials login = credentials(arguments, secrets, policy::Limits().outage, terminal);
  const run::FetchParts parts{clock, signals, terminal, login, [](const net::TransportOptions& options) {
                                return std::make_unique<net::CurlPool>(options);
                              }};
  confine(arguments, {settings.spool_directory}, terminal);
  run::list(settings, parts, STDOUT_FILENO, "standard output");
  metrics.ended(ExitCode::all_gone, terminal);
  return ExitCode::all_gone;
}

}  // namespace

ExitCode run_list(const Arguments& arguments, SecretSources& secrets, run::Signals& signals) {
  return with_metrics(arguments,
                      [&](MetricsFile& metrics) { return list(arguments, secrets, signals, metrics); });
}

}  // namespace bulkdrop::cli
