#include "bulkdrop/run/consent.hpp"

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/run/course.hpp"
#include "bulkdrop/run/planning.hpp"

namespace bulkdrop::run {

void check_counts(const Consent& consent, const Plan& plan) {
  if (consent.max_sessions && plan.to_drop > *consent.max_sessions)
    throw Error(ExitCode::safety_limit,
                fmt::format("{} sessions would be dropped, more than --max-sessions {}: nothing was sent",
                            plan.to_drop, *consent.max_sessions));
  if (consent.confirm && plan.to_drop != *consent.confirm)
    throw Error(ExitCode::usage,
                fmt::format("{} sessions would be dropped, not the {} of --confirm: nothing was sent",
                            plan.to_drop, *consent.confirm));
}

void check_consent(const Consent& consent, const Plan& plan, const RunParts& parts) {
  check_counts(consent, plan);
  if (!consent.asks() || plan.to_drop == 0) return;
  const bool confirmed = parts.console.confirm(plan);
  if (parts.signals.stops() > 0) throw stopped_before_sending(parts.signals);
  if (!confirmed) throw Error(ExitCode::usage, "not confirmed: nothing was sent");
}

}  // namespace bulkdrop::run
