// The options of a run that its failed rows need again.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bulkdrop::run {

// Long names (without dashes) and values, as run.json records them; an option given several times stands
// there several times. A secret's file that was no file (a FIFO) has no name, a proxy no login.
using RecordedOptions = std::vector<std::pair<std::string, std::string>>;

// The same with the names of files as seen from anywhere: relative ones start in `directory`.
RecordedOptions with_whole_names(RecordedOptions recorded, const std::string& directory);

// The same for a command that is typed `in` one directory, of relative names that start `from` another: whole
// names then. "." is where nobody knows.
RecordedOptions as_typed(RecordedOptions recorded, const std::string& from, const std::string& in);

// Where this process is; empty if that is gone.
std::string working_directory();

// The following are words of a command that somebody types later. What is gone by then, such as /dev/fd/63,
// is asked for in capitals: `--token-file TOKEN_FILE`.

// Those without which the rows of failed.csv could not be fed in again in the same way, one word each.
std::vector<std::string> repeat_options(const RecordedOptions& recorded);

// Whether they ask for the outcome to be held against the session list.
bool ask_for_proof(const RecordedOptions& recorded);

// Of these, those that `verify` needs.
std::vector<std::string> verify_options(const RecordedOptions& recorded);

// Those that `resume` needs: who logs in, and the login of a proxy.
std::vector<std::string> login_options(const RecordedOptions& recorded);

// Those that say who logs in, and nothing else.
RecordedOptions login_of(const RecordedOptions& recorded);

// `recorded`, with the login of `login` in the place of its own.
RecordedOptions with_login(const RecordedOptions& recorded, const RecordedOptions& login);

}  // namespace bulkdrop::run
