// The classifier's rules for people: what an answer looks like, its reason, and what follows from it.
#pragma once

#include <string>

namespace bulkdrop::manual {

// As a table for tbl(1).
std::string rules_table();

}  // namespace bulkdrop::manual
