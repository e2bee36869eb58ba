#include "bulkdrop/core/stop.hpp"

#include <array>
#include <cstddef>

namespace bulkdrop {
namespace {

constexpr std::array<std::string_view, 9> kNames = {
    "signal", "auth", "canary", "max_sessions", "max_failures", "outage", "deadline", "config", "io"};

}  // namespace

std::string_view name(StopKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<StopKind> stop_kind_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<StopKind>(i);
  return std::nullopt;
}

}  // namespace bulkdrop
