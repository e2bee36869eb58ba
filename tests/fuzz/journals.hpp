// A journal in a file of its own, for targets that read what was made of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/record/journal_reader.hpp"

namespace bulkdrop::fuzz {

// Puts check values on lines that have none, and numbers and digests on commits: what gets past the checks.
std::string sealed(std::string_view lines);

// A small journal, as the program writes it: two rows, a lease, a result, a commit behind each.
const std::string& intact_journal();

// Writes the text to the one file that there is and reads it; empty if it is refused, which must be for the
// run directory. Asks for all that a reader tells of the first rows.
std::optional<record::JournalReader> read_journal(std::string_view text);

}  // namespace bulkdrop::fuzz
