#include "bulkdrop/cli/target.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/cli/pem_file.hpp"
#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/core/version.hpp"
#include "bulkdrop/net/url.hpp"
#include "bulkdrop/run/proxy_login.hpp"

namespace bulkdrop::cli {
namespace {

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

pam::Endpoints endpoints(const Arguments& arguments, const std::string& url) {
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
  if (arguments.has("list-path")) paths.list = arguments.text("list-path");
  if (arguments.has("token-path")) paths.token = arguments.text("token-path");
  return pam::endpoints(url, paths);
}

// What libcurl finds out only when it connects would look like a server that is away.
void check_readable(const Arguments& arguments, std::string_view name) {
  const std::string path = arguments.text(name);
  if (path.empty()) return;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  int error = file && ::fstat(file.get(), &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  if (error != 0)
    usage(fmt::format("{}: {}: cannot be read: {}", arguments.origin(name), printable(path),
                      describe_errno(error)));
}

// One or more of sha256//HASH with semicolons between them, each HASH a SHA-256 in base64, or a file.
void check_pinned_key(const Arguments& arguments) {
  constexpr std::string_view kName = "pinned-pubkey";
  constexpr std::string_view kPrefix = "sha256//";
  constexpr std::size_t kDigits = 43;  // of 32 bytes; then comes one =
  const std::string keys = arguments.text(kName);
  if (!keys.starts_with(kPrefix)) return check_readable(arguments, kName);
  for (std::size_t at = 0; at <= keys.size();) {
    const std::size_t end = std::min(keys.find(';', at), keys.size());
    const std::string_view key = std::string_view(keys).substr(at, end - at);
    const std::string_view hash = key.substr(std::min(kPrefix.size(), key.size()));
    const bool is_hash = hash.size() == kDigits + 1 && hash.ends_with('=') &&
                         std::all_of(hash.begin(), hash.end() - 1, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || c == '+' || c == '/';
                         });
    if (!key.starts_with(kPrefix) || !is_hash)
      usage(fmt::format("{}: '{}' is not sha256// and the base64 of a SHA-256 (44 characters), nor a file",
                        arguments.origin(kName), printable(key)));
    at = end + 1;
  }
}

void check_transport(const Arguments& arguments) {
  for (const std::string_view name : {"cacert", "cert", "key"}) {
    check_readable(arguments, name);
    const std::string path = arguments.text(name);
    const std::string_view kind = name == "key" ? "PRIVATE KEY" : "CERTIFICATE";
    if (path.empty() || (name == "cacert" ? may_hold_certificate(path) : may_hold(path, kind))) continue;
    usage(fmt::format("{}: {}: holds no PEM {}", arguments.origin(name), printable(path),
                      name == "key" ? "private key" : "certificate"));
  }
  check_pinned_key(arguments);
  for (const std::string& entry : arguments.list("resolve"))
    if (!net::is_resolve_entry(entry))
      usage(fmt::format("{}: '{}' is not HOST:PORT:ADDRESS, such as pam.example:443:192.0.2.7",
                        arguments.origin("resolve"), printable(entry)));
}

net::TransportOptions transport(const Arguments& arguments, const std::optional<std::string>& proxy) {
  check_transport(arguments);
  net::TransportOptions options;
  options.timeout = arguments.duration("timeout").value_or(options.timeout);
  options.connect_timeout = arguments.duration("connect-timeout").value_or(options.connect_timeout);
  options.user_agent = fmt::format("bulkdrop/{}", version());
  options.cacert = arguments.text("cacert");
  options.cert = arguments.text("cert");
  options.key = arguments.text("key");
  options.pinned_pubkey = arguments.text("pinned-pubkey");
  options.proxy = proxy.value_or(arguments.text("proxy"));
  if (!options.proxy.empty() && !net::is_proxy_url(options.proxy))
    usage(fmt::format("{}: '{}' is not a proxy; write it as http://proxy.example:3128",
                      arguments.origin("proxy"), printable(without_user_info(options.proxy))));
  options.resolve = arguments.list("resolve");
  return options;
}

// The path that was asked for, and, where none was, the others under which versions publish the list.
std::vector<std::string> list_urls(const Arguments& arguments, const Target& server) {
  std::vector<std::string> urls = {server.endpoints.list};
  if (arguments.has("list-path")) return urls;
  for (const pam::Generation generation : {pam::Generation::v4, pam::Generation::v3}) {
    const std::string other = pam::join_url(server.url, pam::default_paths(generation).list);
    if (std::find(urls.begin(), urls.end(), other) == urls.end()) urls.push_back(other);
  }
  return urls;
}

}  // namespace

Target target(const Arguments& arguments, const std::optional<std::string>& proxy) {
  Target target;
  target.url = arguments.text("url");
  if (!target.url.empty()) {
    check_url(arguments, target.url);
    target.endpoints = endpoints(arguments, target.url);
  }
  target.transport = transport(arguments, proxy);
  return target;
}

Target required_target(const Arguments& arguments, const std::optional<std::string>& proxy) {
  Target known = target(arguments, proxy);
  if (known.url.empty())
    usage("--url is missing: the base URL of the PAM server, such as https://pam.example");
  return known;
}

void check_proxy_login(const Arguments& arguments) {
  const std::string proxy = arguments.text("proxy");
  if (!run::lacks_login(proxy)) return;
  usage(fmt::format("{}: the proxy's user and password are recorded nowhere: give them again, --proxy '{}'",
                    arguments.origin("proxy"), printable(run::asking_for_login(proxy))));
}

std::optional<pam::Zone> server_zone(const Arguments& arguments) {
  if (!arguments.has("server-tz")) return pam::Zone::local();
  const std::string name = arguments.text("server-tz");
  const auto zone = pam::Zone::named(name);
  if (!zone)
    usage(
        fmt::format("{}: this machine knows no time zone '{}'; write it as America/Sao_Paulo or UTC (they "
                    "come with the package tzdata)",
                    arguments.origin("server-tz"), printable(name)));
  return zone;
}

std::optional<run::WatchSettings> watch_settings(const Arguments& arguments,
                                                 const run::FetchSettings& fetch) {
  const auto length = arguments.duration("watch");
  if (!length && arguments.has("server-tz"))
    static_cast<void>(server_zone(arguments));  // a wrong one is told
  if (!length) return std::nullopt;
  run::WatchSettings settings;
  settings.fetch = fetch;
  settings.length = *length;
  settings.zone = server_zone(arguments);
  return settings;
}

run::FetchSettings fetch_settings(const Arguments& arguments, const Target& server) {
  run::FetchSettings settings;
  settings.list_urls = list_urls(arguments, server);
  settings.token_url = server.endpoints.token;
  settings.transport = server.transport;
  settings.transport.capacity = 1;
  return settings;
}

}  // namespace bulkdrop::cli
