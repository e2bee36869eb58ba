#include "bulkdrop/cli/login.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/random.hpp"

namespace bulkdrop::cli {
namespace {

[[noreturn]] void usage(const std::string& message) {
  throw Error(ExitCode::usage, message);
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

}  // namespace

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

void check_login(const Arguments& arguments, const SecretSources& secrets, bool ids_from_stdin) {
  static_cast<void>(login(arguments, secrets));
  for (const std::string_view name : {"token-file", "client-secret-file"})
    if (ids_from_stdin && arguments.text(name) == "-")
      usage(fmt::format("{}: standard input can't be both the IDs and the secret", arguments.origin(name)));
}

}  // namespace bulkdrop::cli
