// What one attempt brought back from the network, before anybody judges it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop {

// How the transfer itself ended. Anything but `none` means that there is no complete answer.
enum class TransportError : std::uint8_t {
  none,
  resolve_failed,   // the name has no address
  connect_failed,   // refused, unreachable, or the connect phase timed out
  proxy_refused,    // the proxy in between does not let us through (HTTP 4xx to CONNECT)
  tls_failed,       // handshake, protocol or client certificate
  tls_untrusted,    // the server's certificate or its pinned key was refused
  timed_out,        // the attempt's time ran out after the connection stood
  connection_lost,  // reset, closed early, cut in the middle
  too_large,        // the body went over the limit and was cut by us
  sent_twice,       // the transport was about to send the request again by itself and was stopped
  out_of_step,      // more came than one answer: nobody can say which request it belongs to
  cancelled,        // cut by us
  unusable,         // not HTTP, or the transport refused it
};

// The answer's header fields, looked up only where a judgement needs one.
class HeaderFields {
 public:
  virtual ~HeaderFields() = default;
  // The value of the last field of that name (any case), of the final response; empty if there is none.
  [[nodiscard]] virtual std::string value(const char* name) const = 0;
  // True if the field stands there several times with different values.
  [[nodiscard]] virtual bool disagrees(const char* name) const = 0;
};

struct Answer {
  std::uint64_t ticket = 0;      // of the request that it belongs to
  std::uint64_t connection = 0;  // over which it came, as in net::ConnectionReport; 0 = none
  int wire_sends = 0;            // how often the request was handed to the wire; 0 = certainly never sent
  TransportError error = TransportError::none;
  std::string_view error_text;            // the transport's own words; empty if none
  int http_status = 0;                    // 0 = no status line came
  std::string_view body;                  // followed by at least 64 readable bytes (simdjson's padding)
  const HeaderFields* headers = nullptr;  // null = none came
  TimePoint started{};
  TimePoint finished{};
};

inline constexpr std::size_t kMaxBodyBytes = 64 * 1024;
inline constexpr std::size_t kBodyPadding = 64;

}  // namespace bulkdrop
