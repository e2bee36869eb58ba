// Waiting for standard input without reading it.
#pragma once

#include <cstdint>

#include "bulkdrop/input/interrupt.hpp"

namespace bulkdrop::input {

enum class Arrival : std::uint8_t { bytes, end, interrupted };

// Until standard input has a byte to be read, or has come to its end. Throws Error(bad_input) if it can't be
// waited for.
Arrival await_standard_input(const Interrupt& interrupt);

}  // namespace bulkdrop::input
