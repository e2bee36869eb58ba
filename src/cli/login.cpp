#include "bulkdrop/cli/login.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkdrop/cli/sending.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/run/account.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
}

// The places where one secret can stand.
struct SecretPlaces {
  std::string_view option;
  const char* variable;
  const char* credential;
};

constexpr SecretPlaces kToken{"token-file", "BULKDROP_TOKEN", "token"};
constexpr SecretPlaces kClientSecret{"client-secret-file", "BULKDROP_CLIENT_SECRET", "client-secret"};
constexpr SecretPlaces kConsumerSecret{"consumer-secret-file", "BULKDROP_CONSUMER_SECRET", "consumer-secret"};
constexpr SecretPlaces kOAuthTokenSecret{"oauth-token-secret-file", "BULKDROP_OAUTH_TOKEN_SECRET",
                                         "oauth-token-secret"};

enum class Login : std::uint8_t { bearer, client, signature };

struct Way {
  Login login;
  std::string_view called;
  std::span<const std::string_view> names;  // options that say who, and are no secret
  std::span<const SecretPlaces> secrets;
};

constexpr std::array<std::string_view, 1> kClientNames = {"client-id"};
constexpr std::array<std::string_view, 2> kSignatureNames = {"consumer-key", "oauth-token"};
constexpr std::array kBearerSecrets = {kToken};
constexpr std::array kClientSecrets = {kClientSecret};
constexpr std::array kSignatureSecrets = {kConsumerSecret, kOAuthTokenSecret};

constexpr std::array kWays = {
    Way{Login::bearer, "a bearer token", {}, kBearerSecrets},
    Way{Login::client, "OAuth 2.0", kClientNames, kClientSecrets},
    Way{Login::signature, "OAuth 1.0a", kSignatureNames, kSignatureSecrets},
};

// The first option that asks for this way; empty if there is none.
std::string_view asked_by(const Way& way, const Arguments& arguments) {
  for (const std::string_view name : way.names)
    if (arguments.has(name)) return name;
  for (const SecretPlaces& secret : way.secrets)
    if (arguments.has(secret.option)) return secret.option;
  return {};
}

void check_complete(const Way& way, const Arguments& arguments, const SecretSources& secrets) {
  std::vector<std::string> missing;
  for (const std::string_view name : way.names)
    if (!arguments.has(name)) missing.push_back(fmt::format("--{}", name));
  for (const SecretPlaces& secret : way.secrets)
    if (!arguments.has(secret.option) && !secrets.has(secret.variable, secret.credential))
      missing.push_back(fmt::format("--{} (or {} in the environment)", secret.option, secret.variable));
  if (!missing.empty())
    usage(fmt::format("{}: {} also needs {}", arguments.origin(asked_by(way, arguments)), way.called,
                      fmt::join(missing, " and ")));
}

const Way& chosen_way(const Arguments& arguments, const SecretSources& secrets) {
  const Way* chosen = nullptr;
  for (const Way& way : kWays) {
    if (asked_by(way, arguments).empty()) continue;
    if (chosen != nullptr)
      usage(fmt::format("{} and {} are two ways to log in: give one",
                        arguments.origin(asked_by(*chosen, arguments)),
                        arguments.origin(asked_by(way, arguments))));
    chosen = &way;
  }
  if (chosen == nullptr && secrets.has(kToken.variable, kToken.credential)) return kWays.front();
  if (chosen == nullptr)
    usage(
        "no way to log in: give --client-id and --client-secret-file, or --token-file, or --consumer-key, "
        "--consumer-secret-file, --oauth-token and --oauth-token-secret-file");
  check_complete(*chosen, arguments, secrets);
  return *chosen;
}

Secret read(const Arguments& arguments, SecretSources& secrets, const SecretPlaces& places) {
  auto secret = blaming(arguments.has(places.option) ? arguments.origin(places.option) : "", [&] {
    return secrets.read(arguments.text(places.option), places.variable, places.credential);
  });
  if (!secret) usage(fmt::format("--{}: the secret is gone", places.option));
  return std::move(*secret);
}

pam::Credentials bearer(const Arguments& arguments, SecretSources& secrets) {
  const std::string file = arguments.text(kToken.option);
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
  const std::string place =
      !arguments.has(kToken.option)
          ? fmt::format("{} (or the systemd credential {})", kToken.variable, kToken.credential)
      : run::is_standard_input(file) ? arguments.origin(kToken.option) + ": standard input"
                                     : arguments.origin(kToken.option) + ": " + file;
  Secret token = read(arguments, secrets, kToken);
  return blaming(place, [&] { return pam::Credentials::bearer(std::move(token), std::move(reload)); });
}

pam::Credentials read_credentials(const Arguments& arguments, SecretSources& secrets, Duration outage) {
  switch (chosen_way(arguments, secrets).login) {
    case Login::bearer:
      return bearer(arguments, secrets);
    case Login::client:
      return pam::Credentials::client(
          {arguments.text("client-id"), read(arguments, secrets, kClientSecret), arguments.text("tenant")},
          outage, fresh_seed());
    case Login::signature:
      break;
  }
  return pam::Credentials::signing({arguments.text("consumer-key"), read(arguments, secrets, kConsumerSecret),
                                    arguments.text("oauth-token"),
                                    read(arguments, secrets, kOAuthTokenSecret)});
}

}  // namespace

pam::Credentials credentials(const Arguments& arguments, SecretSources& secrets, Duration outage,
                             const std::function<void(const std::string&)>& warn) {
  pam::Credentials read = read_credentials(arguments, secrets, outage);
  if (arguments.has("key")) secrets.look_at_key(arguments.text("key"));
  if (arguments.has("cert")) secrets.look_at_certificate(arguments.text("cert"));
  for (const std::string& warning : secrets.take_warnings()) warn(warning);
  return read;
}

pam::Credentials credentials(const Arguments& arguments, SecretSources& secrets, Duration outage,
                             run::Console& console) {
  return credentials(arguments, secrets, outage,
                     [&](const std::string& warning) { console.log(run::Level::warning, warning); });
}

std::string account(const Arguments& arguments, const SecretSources& secrets) {
  chosen_way(arguments, secrets);
  return run::account_of(recorded_options(arguments));
}

void check_login(const Arguments& arguments, const SecretSources& secrets, bool ids_from_stdin) {
  std::string_view from_stdin;
  for (const SecretPlaces& secret : chosen_way(arguments, secrets).secrets) {
    if (!run::is_standard_input(arguments.text(secret.option))) continue;
    if (ids_from_stdin)
      usage(fmt::format("{}: standard input can't be both the IDs and the secret",
                        arguments.origin(secret.option)));
    if (!from_stdin.empty())
      usage(fmt::format("{} and {}: standard input can't be both secrets", arguments.origin(from_stdin),
                        arguments.origin(secret.option)));
    from_stdin = secret.option;
  }
}

}  // namespace bulkdrop::cli
