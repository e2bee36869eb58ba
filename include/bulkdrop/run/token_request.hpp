// Asks the token server, as the credentials want it.
#pragma once

#include <cstdint>
#include <string>

#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::run {

// To be called when credentials.due(). The answer comes back with `ticket`, for credentials.answered(). No
// copy of a secret is left behind here.
void send_token_request(net::Pool& pool, pam::Credentials& credentials, const std::string& url,
                        std::uint64_t ticket);

}  // namespace bulkdrop::run
