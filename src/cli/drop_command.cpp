#include "bulkdrop/cli/drop_command.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/net/curl_library.hpp"
#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/net/url.hpp"
#include "bulkdrop/pam/api.hpp"

namespace bulkdrop::cli {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostConcurrency = 10'000;

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

net::BaseUrl url_parts(const std::string& origin, const std::string& url) {
  try {
    return net::parse_base_url(url);
  } catch (const Error&) {
    usage(fmt::format("{}: '{}' is not an http or https URL; write it as https://pam.example", origin,
                      printable(without_user_info(url))));
  }
}

void check_url(const Arguments& arguments, const std::string& url) {
  const std::string origin = arguments.origin("url");
  const net::BaseUrl parts = url_parts(origin, url);
  if (parts.has_user_info) usage(origin + ": a user or password does not belong into the URL");
  if (parts.has_query_or_fragment) usage(origin + ": the base URL must not have a query (?) or fragment (#)");
  if (parts.scheme == "http" && !parts.loopback && !arguments.flag("allow-http"))
    usage(fmt::format(
        "{}: http:// would send the token unprotected to {}; use https://, or --allow-http if you must",
        origin, parts.host));
}

run::Endpoints endpoints(const Arguments& arguments, const std::string& url) {
  pam::Generation generation = pam::Generation::v4;
  if (arguments.has("api")) {
    const auto named = pam::generation_from_name(arguments.text("api"));
    if (!named)
      usage(fmt::format("{}: '{}' is neither v4 nor v3", arguments.origin("api"),
                        printable(arguments.text("api"))));
    generation = *named;
  }
  pam::Paths paths = pam::default_paths(generation);
  if (arguments.has("drop-path")) paths.drop = arguments.text("drop-path");
  if (arguments.has("token-path")) paths.token = arguments.text("token-path");
  return {pam::join_url(url, pam::as_drop_prefix(paths.drop)), pam::join_url(url, paths.token)};
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
    const std::string delimiter = arguments.text("delimiter");
    if (delimiter == "tab" || delimiter == "\\t") {
      options.delimiter = '\t';
    } else if (delimiter.size() == 1 && delimiter != "\"" && delimiter != "\n" && delimiter != "\r") {
      options.delimiter = delimiter.front();
    } else {
      usage(fmt::format("{}: '{}' is not one character; write `tab` for a tab", arguments.origin("delimiter"),
                        printable(delimiter)));
    }
  }
  options.id_pattern = arguments.text("id-pattern");
  options.stream = arguments.flag("stream");
  return options;
}

// What of an option's value may be recorded and printed: the password of a proxy may not.
std::string shown(std::string_view name, const std::string& value) {
  return name == "proxy" ? without_user_info(value) : value;
}

// Options without which the rows of failed.csv could not be fed in again in the same way.
std::vector<std::string> repeat_options(const Arguments& arguments) {
  std::vector<std::string> words;
  for (const std::string_view name :
       {"api", "drop-path", "token-path", "client-id", "client-secret-file", "token-file", "tenant", "cacert",
        "cert", "key", "pinned-pubkey", "proxy", "id-pattern", "field", "config"}) {
    if (!arguments.has(name)) continue;
    words.push_back(fmt::format("--{}", name));
    words.push_back(shown(name, arguments.text(name)));
  }
  if (arguments.flag("allow-http")) words.emplace_back("--allow-http");
  for (const std::string_view name : {"resolve", "protect"})
    for (const std::string& value : arguments.list(name)) {
      words.push_back(fmt::format("--{}", name));
      words.push_back(value);
    }
  return words;
}

std::vector<std::pair<std::string, std::string>> recorded_options(const Arguments& arguments) {
  std::vector<std::pair<std::string, std::string>> options;
  for (const auto& [name, given] : arguments.given()) {
    if (given.values.empty()) options.emplace_back(name, "true");
    for (const std::string& value : given.values) options.emplace_back(name, shown(name, value));
  }
  return options;
}

enum class Login : std::uint8_t { token, client };

Login login(const Arguments& arguments, const SecretSources& secrets) {
  const bool token = arguments.has("token-file");
  const bool client = arguments.has("client-id");
  if (token && client)
    usage(fmt::format("{} and {} are two ways to log in: give one", arguments.origin("token-file"),
                      arguments.origin("client-id")));
  if (!client && arguments.has("client-secret-file")) usage("--client-secret-file needs --client-id");
  if (client) return Login::client;
  if (token || secrets.has("BULKDROP_TOKEN", "token")) return Login::token;
  usage("no way to log in: give --client-id and --client-secret-file, or --token-file");
}

pam::Credentials credentials(const Arguments& arguments, SecretSources& secrets, Duration outage) {
  if (login(arguments, secrets) == Login::token) {
    const std::string file = arguments.text("token-file");
    auto token = secrets.read(file, "BULKDROP_TOKEN", "token");
    // A file can be read again when its token was refused: something may renew it while we run.
    pam::Credentials::Reload reload;
    if (!file.empty() && file != "-" && !file.starts_with("/dev/"))
      reload = [file, &secrets]() -> std::optional<Secret> {
        try {
          return secrets.read(file, "", "");
        } catch (const Error&) {
          return std::nullopt;  // the refusal of the old token is the better message
        }
      };
    return pam::Credentials::bearer(std::move(*token), std::move(reload));
  }
  auto secret = secrets.read(arguments.text("client-secret-file"), "BULKDROP_CLIENT_SECRET", "client-secret");
  if (!secret)
    usage("--client-id needs its secret: --client-secret-file, or BULKDROP_CLIENT_SECRET in the environment");
  return pam::Credentials::client({arguments.text("client-id"), std::move(*secret), arguments.text("tenant")},
                                  outage, fresh_seed());
}

void check_login(const Arguments& arguments, const SecretSources& secrets,
                 const run::DropSettings& settings) {
  static_cast<void>(login(arguments, secrets));
  const bool ids_from_stdin =
      settings.files.empty() ||
      std::find(settings.files.begin(), settings.files.end(), "-") != settings.files.end();
  for (const std::string_view name : {"token-file", "client-secret-file"})
    if (ids_from_stdin && arguments.text(name) == "-")
      usage(fmt::format("{}: standard input can't be both the IDs and the secret", arguments.origin(name)));
}

ProgressMode progress_mode(const Arguments& arguments) {
  const std::string mode = arguments.text("progress");
  if (mode.empty() || mode == "auto") return ProgressMode::automatic;
  if (mode == "always") return ProgressMode::always;
  if (mode == "never") return ProgressMode::never;
  usage(
      fmt::format("{}: '{}' is none of auto, always, never", arguments.origin("progress"), printable(mode)));
}

// Data for standard output. A reader that went away is no error of ours (the exit code tells the outcome).
void print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

run::DropSettings drop_settings(const Arguments& arguments) {
  run::DropSettings settings;
  settings.files = arguments.files();
  settings.protect_files = arguments.list("protect");
  settings.input = input_options(arguments);
  settings.dry_run = arguments.flag("dry-run");
  settings.url = arguments.text("url");
  if (!settings.url.empty()) {
    check_url(arguments, settings.url);
    settings.endpoints = endpoints(arguments, settings.url);
  } else if (!settings.dry_run) {
    usage("--url is missing: the base URL of the PAM server, such as https://pam.example");
  }
  settings.limits.concurrency =
      arguments.count("concurrency", 1, kMostConcurrency).value_or(settings.limits.concurrency);
  settings.limits.adapt = !arguments.flag("fixed-concurrency");
  settings.limits.rate = arguments.positive("rate").value_or(0);
  settings.limits.attempts = static_cast<int>(arguments.count("attempts", 1, 1000).value_or(5));
  settings.limits.canary = arguments.count("canary", 0, kMost).value_or(settings.limits.canary);
  settings.limits.outage = arguments.duration("outage").value_or(settings.limits.outage);
  settings.transport.timeout = arguments.duration("timeout").value_or(settings.transport.timeout);
  settings.transport.connect_timeout =
      arguments.duration("connect-timeout").value_or(settings.transport.connect_timeout);
  settings.transport.user_agent = fmt::format("bulkdrop/{}", version());
  settings.transport.cacert = arguments.text("cacert");
  settings.transport.cert = arguments.text("cert");
  settings.transport.key = arguments.text("key");
  settings.transport.pinned_pubkey = arguments.text("pinned-pubkey");
  settings.transport.proxy = arguments.text("proxy");
  settings.transport.resolve = arguments.list("resolve");
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
  settings.repeat_options = repeat_options(arguments);
  return settings;
}

ExitCode run_drop(const Arguments& arguments, SecretSources& secrets, run::Signals& signals) {
  const run::DropSettings settings = drop_settings(arguments);
  const ProgressMode mode = progress_mode(arguments);
  const Verbosity verbosity = arguments.flag("quiet")     ? Verbosity::quiet
                              : arguments.flag("verbose") ? Verbosity::verbose
                                                          : Verbosity::normal;
  if (!settings.dry_run) check_login(arguments, secrets, settings);
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
