// Servers with numbers that nobody picked, of the kinds that runs meet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios.hpp"

namespace bulkdrop::run {

struct RandomKind {
  const char* name;
  Scenario (*draw)(std::uint64_t seed);
};
const std::vector<RandomKind>& random_kinds();

// What is not as it should be of a run against it; empty if nothing.
std::string shortcomings(const Scenario& scenario, const PaceResult& result);

}  // namespace bulkdrop::run
