// Who logged in for a run, one after the other.
#pragma once

#include <string>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/run/repeat_options.hpp"
#include "bulkdrop/run/stored_run.hpp"

namespace bulkdrop::run {

// Notes in the run's journal, behind the beginning of its new part, who logs in now, if that is not who did
// so last: `login` is as it was typed, the note as if that had been where the run was started.
void note_login(const StoredRun& run, const RecordedOptions& login, record::Journal& journal, WallTime now);

// Other accounts than the last one under which sessions were settled, the last one first.
std::vector<std::string> earlier_accounts(const record::RunRecord& run, const record::JournalReader& journal);

}  // namespace bulkdrop::run
