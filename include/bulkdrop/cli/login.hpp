// The options that say who we are to the server.
#pragma once

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::cli {

// Checks that there is exactly one way to log in, without reading a secret. `ids_from_stdin`: standard input
// is taken and can't hold a secret. Throws Error(usage).
// Who logs in, in words, as far as that is no secret. Throws Error(usage) as check_login().
std::string account(const Arguments& arguments, const SecretSources& secrets);

void check_login(const Arguments& arguments, const SecretSources& secrets, bool ids_from_stdin);

// Reads the secrets. `outage`: how long a token server may be unavailable. `secrets` must outlive the result.
// Throws Error(usage) naming the place, never the content.
pam::Credentials credentials(const Arguments& arguments, SecretSources& secrets, Duration outage);

}  // namespace bulkdrop::cli
