// What a gateway says of the requests that it will still let through.
#pragma once

#include <cstdint>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop {

struct Quota {
  std::uint64_t remaining;  // after the request that was answered
  Duration reset;           // from the answer on: then it begins anew
};

}  // namespace bulkdrop
