// Why a run ended before every session was settled: `stopped_by` of summary.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop {

enum class StopKind : std::uint8_t {
  signal,
  auth,
  canary,
  max_sessions,
  max_failures,
  outage,
  deadline,
  config,
  io
};

struct Stop {
  StopKind kind;
  ExitCode exit_code;
  std::string message;  // for a person: what was seen and what to do
};

std::string_view name(StopKind kind);
std::optional<StopKind> stop_kind_from_name(std::string_view name);

}  // namespace bulkdrop
