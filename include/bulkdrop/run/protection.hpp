// Whether the protect lists keep what they were meant to keep.
#pragma once

#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::run {

// After the last row: warns of protected IDs of another length than the input's have, and, where `whole`, of
// lists of which no row has an ID; of a part of the input that says nothing.
void warn_of_protection(const input::Screen& screen, bool whole, Console& console);

// Before anything is sent: the same, and Error(bad_input) if a protected ID is the beginning of one that
// would be dropped.
void check_protection(const input::Screen& screen, bool whole, Console& console);

}  // namespace bulkdrop::run
