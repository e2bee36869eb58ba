// The options that say where the server is and how it is reached; the same for every command that talks to
// it.
#pragma once

#include <optional>
#include <string>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/net/transport_options.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/pam/server_time.hpp"
#include "bulkdrop/run/reconnection_watch.hpp"
#include "bulkdrop/run/session_fetch.hpp"

namespace bulkdrop::cli {

struct Target {
  std::string url;           // as given; empty if it was not
  pam::Endpoints endpoints;  // empty without a URL
  net::TransportOptions transport;
};

// Throws Error(usage) for a URL that is none, that would send a secret unprotected or that carries one, and
// for values that mean nothing. `proxy`: what to go through, where --proxy means more than that.
Target target(const Arguments& arguments, const std::optional<std::string>& proxy = std::nullopt);

// The same, but --url must be given.
Target required_target(const Arguments& arguments, const std::optional<std::string>& proxy = std::nullopt);

// Throws Error(usage) for a proxy out of a run or a plan that had a login, which neither of them has. For
// what is going to connect.
void check_proxy_login(const Arguments& arguments);

// For the session list: the path that was asked for, and, where none was, the others under which versions
// publish it.
run::FetchSettings fetch_settings(const Arguments& arguments, const Target& server);

// The zone of the server's clock: --server-tz, or else this machine's; empty if that has no name.
// Throws Error(usage) for a zone that this machine does not know.
std::optional<pam::Zone> server_zone(const Arguments& arguments);

// What --watch asks for, if it does; `fetch` as the command fetches lists.
std::optional<run::WatchSettings> watch_settings(const Arguments& arguments, const run::FetchSettings& fetch);

}  // namespace bulkdrop::cli
