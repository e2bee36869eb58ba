// What the tests of the real program share: how it is started, and what must hold after every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"
#include "support/run_directory.hpp"
#include "support/sandbox.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::test {

using Words = std::vector<std::string>;

Words operator+(Words first, const Words& second);

bool has(std::string_view text, std::string_view part);

// `bulkdrop` with these words, in `directory`, without a terminal.
Command bulkdrop(const TempDir& directory, Words words);

Command drop(const TempDir& directory, const Words& words);

Words at(const Sandbox& sandbox);

void put(const TempDir& directory, std::string_view name, std::string_view content);

// What was logged, without the time that each line of it must begin with.
std::string undated(const std::string& log);

// Until the server has been asked `count` times; false if it takes too long.
bool asked(const Sandbox& sandbox, std::size_t count, Milliseconds patience = Milliseconds(20'000));

// In the order of its export.
std::vector<std::string> ids_of(const Sandbox& sandbox);

// Of a session that no sandbox has.
std::string made_up_id(std::uint64_t number);

// Every row has one status, the counts add up in every file, and the exit code is the one recorded.
void check_accounts(const RunDirectory& run, const Finished& finished);

// Nothing is said to be dropped that the server did not end at our request, and no request went uncounted.
void check_against_ledger(const RunDirectory& run, const Sandbox& sandbox, bool server_lies = false);

}  // namespace bulkdrop::test
