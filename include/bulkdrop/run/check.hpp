// `bulkdrop check`: may we drop sessions there? Everything but a drop is tried, one thing after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/net/transport_options.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::run {

enum class CheckState : std::uint8_t { ok, warning, failed, not_tried };

std::string_view name(CheckState state);

struct CheckLine {
  std::string_view name = {};  // dns, tcp, tls, token, permission, clock
  CheckState state = CheckState::not_tried;
  std::string found = {};   // what was seen, safe to print
  std::string action = {};  // what to do about it; empty while all is well
};

struct CheckReport {
  std::vector<CheckLine> lines;  // all six, always in this order
  // Of the first that failed: usage (URL, TLS), not_allowed (token, permission), safety_limit (not reached).
  ExitCode exit_code = ExitCode::all_gone;
};

struct CheckSettings {
  std::string url;
  pam::Endpoints endpoints;
  net::TransportOptions transport;
};

struct CheckParts {
  const Clock& clock;
  pam::Credentials credentials;
  std::unique_ptr<net::Pool> pool;
  std::function<void(const std::string&)> told;  // each request and what came of it
};

CheckReport check(const CheckSettings& settings, CheckParts parts);

}  // namespace bulkdrop::run
