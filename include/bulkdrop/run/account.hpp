// Who logs in, in words, as far as that is no secret.
#pragma once

#include <string>
#include <string_view>

#include "bulkdrop/run/repeat_options.hpp"

namespace bulkdrop::run {

// `client a2a (OAuth 2.0), tenant x`, `the bearer token in token.txt`. Options that ask for no way to log in
// mean a token that came by the environment, or as a systemd credential.
std::string account_of(const RecordedOptions& options);

// Whether a secret of that name comes through standard input.
bool is_standard_input(std::string_view file);

}  // namespace bulkdrop::run
