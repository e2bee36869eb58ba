#include "bulkdrop/cli/verify_command.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "bulkdrop/cli/confinement.hpp"
#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/cli/stored_arguments.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/policy/limits.hpp"
#include "bulkdrop/run/stored_run.hpp"
#include "bulkdrop/run/verify_stored.hpp"

namespace bulkdrop::cli {
namespace {

// A list of another server would prove anything.
constexpr std::array<std::string_view, 4> kFromRun = {"api", "token-path", "list-path", "server-tz"};

ExitCode verify(const Arguments& typed, SecretSources& secrets, run::Signals& signals, MetricsFile& metrics) {
  run::StoredRun run(run_directory_of(typed, "verify"));
  const Arguments arguments = with_options_of(run, typed, kFromRun);
  run::VerifySettings settings;
  settings.fetch = fetch_settings(arguments, required_target(arguments));
  settings.fetch.idle_timeout = arguments.duration("timeout").value_or(settings.fetch.idle_timeout);
  // Of a token request, which no server takes minutes for.
  settings.fetch.transport.timeout = std::min(settings.fetch.idle_timeout, net::TransportOptions().timeout);
  const auto watch = watch_settings(arguments, settings.fetch);
  check_login(arguments, secrets, false);
  check_proxy_login(arguments);
  const SystemClock clock;
  Terminal terminal(signals, log_options(arguments), clock);
  pam::Credentials login = credentials(arguments, secrets, policy::Limits().outage, terminal);
  run.read_rows(signals, run::StoredRun::Extent::as_it_was);
  const run::FetchParts parts{clock, signals, terminal, login, [](const net::TransportOptions& options) {
                                return std::make_unique<net::CurlPool>(options);
                              }};
  confine(arguments, {run.directory().path()}, terminal);
  const report::Summary summary =
      run::verify_stored(run, settings, watch, parts, run::login_of(recorded_options(typed)));
  metrics.ended(summary, terminal);
  print_summary(arguments, summary);
  return static_cast<ExitCode>(summary.exit_code);
}

}  // namespace

ExitCode run_verify(const Arguments& arguments, SecretSources& secrets, run::Signals& signals) {
  return with_metrics(arguments,
                      [&](MetricsFile& metrics) { return verify(arguments, secrets, signals, metrics); });
}

}  // namespace bulkdrop::cli
