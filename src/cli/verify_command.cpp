#include "bulkdrop/cli/verify_command.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/cli/login.hpp"
#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/cli/standard_output.hpp"
#include "bulkdrop/cli/target.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/policy/limits.hpp"
#include "bulkdrop/run/stored_run.hpp"
#include "bulkdrop/run/verify_stored.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

std::string run_directory(const Arguments& arguments) {
  if (arguments.files().empty()) usage("verify needs the directory of a run: bulkdrop verify RUN_DIR");
  if (arguments.files().size() > 1)
    usage(fmt::format("verify takes one run directory: what is '{}'?", printable(arguments.files()[1])));
  return arguments.files().front();
}

bool same_server(const std::string& a, const std::string& b) {
  return pam::join_url(a, "x") == pam::join_url(b, "x");
}

// The run's own server, unless the same is named again: a list of another one would prove anything.
Arguments with_server_of(const run::StoredRun& run, Arguments arguments) {
  const std::string& url = run.record().url;
  if (arguments.has("url") && !same_server(arguments.text("url"), url))
    usage(fmt::format(
        "{}: the run's sessions are on {}, and only that server's list tells about them; leave the "
        "option out",
        arguments.origin("url"), printable(without_user_info(url))));
  arguments.add_default("url", {url}, run.directory().file("run.json"));
  for (const std::string_view name : {"api", "token-path", "list-path", "server-tz"})
    if (const auto values = run.option(name); !values.empty())
      arguments.add_default(name, {values.back()}, run.directory().file("run.json"));
  return arguments;
}

}  // namespace

ExitCode run_verify(const Arguments& typed, SecretSources& secrets, run::Signals& signals) {
  run::StoredRun run(run_directory(typed));
  const Arguments arguments = with_server_of(run, typed);
  run::VerifySettings settings;
  settings.fetch = fetch_settings(arguments, required_target(arguments));
  settings.fetch.idle_timeout = arguments.duration("timeout").value_or(settings.fetch.idle_timeout);
  // Of a token request, which no server takes minutes for.
  settings.fetch.transport.timeout = std::min(settings.fetch.idle_timeout, net::TransportOptions().timeout);
  const auto watch = watch_settings(arguments, settings.fetch);
  check_login(arguments, secrets, false);
  pam::Credentials login = credentials(arguments, secrets, policy::Limits().outage);
  const Verbosity verbosity = arguments.flag("quiet")     ? Verbosity::quiet
                              : arguments.flag("verbose") ? Verbosity::verbose
                                                          : Verbosity::normal;
  const SystemClock clock;
  Terminal terminal(signals, ProgressMode::never, verbosity, clock.now());
  run.read_rows(signals);
  const run::FetchParts parts{clock, signals, terminal, login, [](const net::TransportOptions& options) {
                                return std::make_unique<net::CurlPool>(options);
                              }};
  const report::Summary summary = run::verify_stored(run, settings, watch, parts);
  print(arguments.flag("json") ? report::to_json(summary, false)
                               : report::to_text(summary, std::max(40, terminal_width(STDOUT_FILENO)),
                                                 wants_colour(STDOUT_FILENO)));
  return static_cast<ExitCode>(summary.exit_code);
}

}  // namespace bulkdrop::cli
