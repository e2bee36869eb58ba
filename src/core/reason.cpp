#include "bulkdrop/core/reason.hpp"

#include <array>

namespace bulkdrop {
namespace {

// Causes and actions of the API's own errors follow the vendor's documentation in meaning, not in words.
constexpr std::array kReasons = {
    ReasonInfo{Reason::ok, "ok", "The server confirmed the drop.", ""},
    ReasonInfo{Reason::listed_ended, "listed_ended", "The server's session list shows an end time.", ""},
    ReasonInfo{Reason::still_alive, "still_alive", "The server's session list shows the session alive.",
               "Send it again (`bulkdrop resume --retry failed`); if it lives on, end it by hand in the "
               "product's console. Lock the credential or the user."},
    ReasonInfo{Reason::drop_error, "drop_error",
               "The server could not drop this session: the ID is wrong, the drop failed, or the session had "
               "already ended. Its answer does not say which.",
               "Compare with the session list; feed failed.csv to `bulkdrop drop` once more if it is alive."},
    ReasonInfo{Reason::unexpected_error, "unexpected_error", "The PAM server met an internal error.",
               "Try again later; if it stays, give the time and the request ID to the vendor's support."},
    ReasonInfo{Reason::not_authorized, "not_authorized", "The client may not drop sessions.",
               "Have the administrator grant it read and write access to PAM Core in A2A, and check whether "
               "access depends on the caller's address."},
    ReasonInfo{Reason::resource_not_found, "resource_not_found", "The server knows no such URL.",
               "Check --url, --api (v4 or v3) and --drop-path."},
    ReasonInfo{
        Reason::client_auth_failed, "client_auth_failed", "The server refused the credentials.",
        "Get a new token; where bulkdrop gets it, check the client ID, the secret, the tenant and the token "
        "path."},
    ReasonInfo{Reason::invalid_signature, "invalid_signature",
               "The server does not recognise the client: its OAuth 1.0 signature was refused.",
               "Check the client application's URL, keys and secrets, and this machine's clock."},
    ReasonInfo{Reason::no_route, "no_route",
               "The gateway found no route: the authorization header was missing or not accepted, or it "
               "publishes the API elsewhere.",
               "Get a new token; check --url and --drop-path against the gateway."},
    ReasonInfo{Reason::throttled, "throttled", "The server or its gateway turned requests away as too many.",
               "Run again with a lower --rate or --concurrency, or ask for a higher quota."},
    ReasonInfo{Reason::gateway_error, "gateway_error",
               "What stands in front of the server got no good answer from it.",
               "Check that the PAM server is up; run again when it is."},
    ReasonInfo{Reason::timeout, "timeout", "No answer came in time.",
               "Check the connection and the server's load; raise --timeout or lower --concurrency."},
    ReasonInfo{Reason::connect_failed, "connect_failed", "No connection to the server came about.",
               "Check --url, name resolution, the network and firewalls."},
    ReasonInfo{Reason::connection_lost, "connection_lost",
               "The connection broke before the answer was complete.",
               "Check the network and what stands between; compare with the session list."},
    ReasonInfo{
        Reason::tls_error, "tls_error", "No trustworthy TLS connection came about.",
        "Check --url, its port included, and the server's certificate and name; give your own authority "
        "with --cacert."},
    ReasonInfo{
        Reason::bad_response, "bad_response", "The answer proves nothing: it is not what the API documents.",
        "Check that --url leads to the PAM server and what stands between; compare with the session list."},
    ReasonInfo{Reason::http_error, "http_error",
               "The server answered with an HTTP status that the API does not document.",
               "Look at the status and the message; check --url and what stands between."},
    ReasonInfo{Reason::not_started, "not_started", "The run stopped before this session's turn.",
               "Go on with the run (`bulkdrop resume`)."},
    ReasonInfo{Reason::missing_field, "missing_field", "The row has no session ID.",
               "Fill it in, or name the right column with --field."},
    ReasonInfo{Reason::bad_id, "bad_id", "What stands in the ID's place is not a session ID.",
               "Correct it, or describe your IDs with --id-pattern."},
    ReasonInfo{Reason::malformed_row, "malformed_row", "The row can't be read in its format.",
               "Correct the row (quotes, brackets, delimiter) and feed it in again."},
    ReasonInfo{Reason::duplicate, "duplicate", "The same ID stands in an earlier row.", ""},
    ReasonInfo{Reason::protected_, "protected", "The ID is on a protect list.", ""},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kReasons.size(); ++i)
    if (static_cast<std::size_t>(kReasons[i].reason) != i) return false;
  return kReasons.size() == static_cast<std::size_t>(Reason::protected_) + 1;
}
static_assert(in_order(), "every reason once, in the order of the enumeration");

}  // namespace

std::span<const ReasonInfo> all_reasons() {
  return kReasons;
}

const ReasonInfo& info(Reason reason) {
  return kReasons[static_cast<std::size_t>(reason)];
}

std::optional<Reason> reason_from_name(std::string_view name) {
  for (const ReasonInfo& entry : kReasons)
    if (entry.name == name) return entry.reason;
  return std::nullopt;
}

}  // namespace bulkdrop
