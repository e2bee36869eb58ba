// `bulkdrop drop --stream --rotate`, and the run directories that it leaves.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/dropping.hpp"

namespace bulkdrop::test {

Command rotating(const TempDir& here, const Words& server, const std::string& after, const Words& words = {});

// The run directories in the order in which they began.
std::vector<std::string> runs_in(const std::string& directory);

// Until there are so many; false if it takes too long.
bool has_runs(const std::string& directory, std::size_t count, const char* with = "summary.json");

// Their texts by their names.
std::map<std::string, std::string> reports_in(const std::string& directory);

// What each run says of its rows holds, adds up, and comes out the same when it is reported again. Gives the
// rows of all of them, in order.
std::vector<SessionRow> rows_of_all(const TempDir& here, const std::string& directory);

}  // namespace bulkdrop::test
