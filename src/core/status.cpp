#include "bulkdrop/core/status.hpp"

namespace bulkdrop {
namespace {

constexpr std::array<std::string_view, kAllStatuses.size()> kNames = {
    "dropped", "ended", "failed", "unknown", "unsent", "invalid", "duplicate", "protected"};

}  // namespace

std::string_view name(Status status) {
  return kNames[static_cast<std::size_t>(status)];
}

std::optional<Status> status_from_name(std::string_view name) {
  for (Status status : kAllStatuses)
    if (kNames[static_cast<std::size_t>(status)] == name) return status;
  return std::nullopt;
}

}  // namespace bulkdrop
