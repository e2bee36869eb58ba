// What a probe's findings mean for a person: the first three lines of `bulkdrop check`. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/net/probe.hpp"
#include "bulkdrop/run/check.hpp"

namespace bulkdrop::run {

struct ProbedTarget {
  bool https = true;
  bool loopback = false;
  bool through_proxy = false;
  std::int64_t now = 0;  // Unix seconds
};

// Fills in the lines, as far as the probe came. The exit code, if it did not come through.
std::optional<ExitCode> tell_probe(const net::ProbeResult& probed, const ProbedTarget& target, CheckLine& dns,
                                   CheckLine& tcp, CheckLine& tls);

}  // namespace bulkdrop::run
