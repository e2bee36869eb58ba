// One request as the pacing sees it.
#pragma once

#include <cstddef>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

struct Sample {
  TimePoint sent;
  Duration took;        // until its answer
  std::size_t at_once;  // requests in flight when it was sent, itself included
};

}  // namespace bulkdrop::policy
