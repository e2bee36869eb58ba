// How far one gets towards a server, without asking it for anything: name, connection, TLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/net/transport_options.hpp"

namespace bulkdrop::net {

// What a server's certificate says of itself; texts come from outside.
struct PeerCertificate {
  std::string subject;
  std::string issuer;
  std::optional<std::int64_t> expires;  // Unix seconds
};

struct ProbeResult {
  enum class Step : std::uint8_t { name, connection, tls, done };
  Step reached = Step::done;  // the step that failed; `done` if none did
  std::string error;          // libcurl's words for it
  bool untrusted = false;     // it failed because the certificate, or its key, is not trusted
  bool pinned = false;        // … because its key is not the pinned one
  std::string looked_up;      // the host whose name was needed: the server's or the proxy's
  std::vector<std::string> addresses;
  std::string peer;  // address and port of the connection
  Duration connected_after{};
  std::string protocol;  // TLSv1.3; empty without TLS
  // With TLS, as far as it was shown: also of a server that is not trusted.
  std::optional<PeerCertificate> certificate;
};

// Blocks for at most twice options.connect_timeout and the system's own time for a name. `url` is complete. A
// CurlLibrary must exist. Throws Error(usage) for options that libcurl refuses.
ProbeResult probe(const TransportOptions& options, const std::string& url);

}  // namespace bulkdrop::net
