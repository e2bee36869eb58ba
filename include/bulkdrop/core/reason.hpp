// Why a row ended as it did: one table serves the classifier, the reports and the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bulkdrop {

enum class Reason : std::uint8_t {
  ok,
  listed_ended,
  still_alive,
  drop_error,
  unexpected_error,
  not_authorized,
  resource_not_found,
  client_auth_failed,
  invalid_signature,
  no_route,
  throttled,
  gateway_error,
  timeout,
  connect_failed,
  connection_lost,
  tls_error,
  bad_response,
  http_error,
  not_started,
  missing_field,
  bad_id,
  malformed_row,
  duplicate,
  protected_,
};

struct ReasonInfo {
  Reason reason;
  std::string_view name;    // as in sessions.csv
  std::string_view cause;   // what it means, one sentence for a person
  std::string_view action;  // what to do about it; empty where nothing is to be done
};

// Every reason once, in the order of the enumeration.
std::span<const ReasonInfo> all_reasons();
const ReasonInfo& info(Reason reason);
inline std::string_view name(Reason reason) {
  return info(reason).name;
}
std::optional<Reason> reason_from_name(std::string_view name);

}  // namespace bulkdrop
