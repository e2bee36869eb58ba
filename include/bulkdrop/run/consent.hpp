// Whether what is about to be sent is what the person wants.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/run/console.hpp"

namespace bulkdrop::run {

struct RunParts;

struct Consent {
  bool yes = false;                           // do not ask
  std::optional<std::uint64_t> confirm;       // go on only if exactly so many sessions would be dropped
  std::optional<std::uint64_t> max_sessions;  // drop nothing if there are more

  // Somebody is to look at the plan.
  [[nodiscard]] bool asks() const { return !yes && !confirm; }
};

// Throws Error(safety_limit or usage) if the plan goes beyond max_sessions or is not what was to be
// confirmed.
void check_counts(const Consent& consent, const Plan& plan);

// The same, and asks where that is needed. Throws Error(usage) if the answer is no, Error(interrupted or
// terminated) if a signal came meanwhile.
void check_consent(const Consent& consent, const Plan& plan, const RunParts& parts);

}  // namespace bulkdrop::run
