// The options that say who we are to the server.
#pragma once

#include <functional>
#include <string>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::cli {

// Checks that there is exactly one way to log in, without reading a secret. `ids_from_stdin`: standard input
// is taken and can't hold a secret. Throws Error(usage).
// Who logs in, in words, as far as that is no secret. Throws Error(usage) as check_login().
std::string account(const Arguments& arguments, const SecretSources& secrets);

void check_login(const Arguments& arguments, const SecretSources& secrets, bool ids_from_stdin);

// Reads the secrets. `outage`: how long a token server may be unavailable. `warn` gets what is odd about
// their files. `secrets` must outlive the result. Throws Error(usage) naming the place, never the content.
pam::Credentials credentials(const Arguments& arguments, SecretSources& secrets, Duration outage,
                             const std::function<void(const std::string&)>& warn);
pam::Credentials credentials(const Arguments& arguments, SecretSources& secrets, Duration outage,
                             run::Console& console);

}  // namespace bulkdrop::cli
