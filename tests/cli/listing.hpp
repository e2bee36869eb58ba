// What the tests of `bulkdrop list` share: how it is started, and its output taken apart.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/dropping.hpp"
#include "support/scripted_server.hpp"

namespace bulkdrop::test {

Command list(const TempDir& directory, const Words& words);

std::vector<std::string> lines_of(std::string_view text);

// The field of that name in each line of JSON.
std::vector<std::string> column(std::string_view jsonl, const std::string& name);

std::set<std::string> set_of(const std::vector<std::string>& values);

// A server that answers every request for a list with this.
ScriptedServer listing(const std::string& body);

Words at(const ScriptedServer& server, const TempDir& here);

}  // namespace bulkdrop::test
