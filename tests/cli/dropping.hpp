// What the tests of the real program share: how it is started, and what must hold after every run.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/process.hpp"
#include "support/run_directory.hpp"
#include "support/sandbox.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace bulkdrop::test {

using Words = std::vector<std::string>;

inline Words operator+(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// `bulkdrop` with these words, in `directory`, without a terminal.
inline Command bulkdrop(const TempDir& directory, Words words) {
  Command command;
  command.program = BULKDROP_BINARY;
  command.arguments = std::move(words);
  command.directory = directory.path();
  return command;
}

inline Command drop(const TempDir& directory, const Words& words) {
  return bulkdrop(directory, Words{"drop"} + words);
}

inline Words at(const Sandbox& sandbox) {
  return {"--url", sandbox.url(), "--token-file", sandbox.token_file()};
}

inline void put(const TempDir& directory, std::string_view name, std::string_view content) {
  static_cast<void>(directory.file(name, content));
}

// Until the server has been asked `count` times; false if it takes too long.
inline bool asked(const Sandbox& sandbox, std::size_t count, Milliseconds patience = Milliseconds(20'000)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (sandbox.requests() < count) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::usleep(500);
  }
  return true;
}

// In the order of its export.
inline std::vector<std::string> ids_of(const Sandbox& sandbox) {
  const std::string text = slurp(sandbox.export_file());
  const std::regex id("[0-9a-f]{40}");
  std::vector<std::string> ids;
  for (std::sregex_iterator match(text.begin(), text.end(), id), end; match != end; ++match)
    ids.push_back(match->str());
  return ids;
}

// Of a session that no sandbox has.
inline std::string made_up_id(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(40 - digits.size(), 'a') + digits;
}

// Every row has one status, the counts add up in every file, and the exit code is the one recorded.
inline void check_accounts(const RunDirectory& run, const Finished& finished) {
  BOOST_TEST(!finished.timed_out);
  BOOST_TEST(run.number("/rows") == run.rows().size());
  std::uint64_t sum = 0;
  auto counted = run.row_counts();
  for (const auto& [status, count] : run.summary("/counts").get_object()) {
    const std::uint64_t told = count.get_uint64().value();
    sum += told;
    BOOST_TEST(told == counted[std::string(status)], std::string(status));
  }
  BOOST_TEST(sum == run.rows().size());
  BOOST_TEST(run.number("/exit_code") == static_cast<std::uint64_t>(finished.exit_code));
  std::uint64_t attempts = 0;
  for (const SessionRow& row : run.rows()) {
    attempts += row.attempts;
    BOOST_TEST(row.first_sent_at.empty() == (row.attempts == 0), row.session_id);
  }
  BOOST_TEST(run.number("/requests/sent") == attempts);
}

// Nothing is said to be dropped that the server did not end at our request, and no request went uncounted.
inline void check_against_ledger(const RunDirectory& run, const Sandbox& sandbox, bool server_lies = false) {
  const auto ledger = sandbox.ledger();
  std::size_t asked_for = 0;
  for (const SessionRow& row : run.rows()) {
    if (row.status == "duplicate" || row.status == "invalid") continue;
    const auto entry = ledger.find(row.session_id);
    const std::size_t requests = entry == ledger.end() ? 0 : entry->second.answers.size();
    const int ended = entry == ledger.end() ? 0 : entry->second.ended;
    asked_for += requests > 0 ? 1 : 0;
    BOOST_TEST(row.attempts == requests, row.session_id + " " + row.status);
    if (row.status == "dropped" && !server_lies) BOOST_TEST(ended == 1, row.session_id);
    // What was executed is at least in doubt.
    if (ended == 1)
      BOOST_TEST((row.status == "dropped" || row.status == "unknown"), row.session_id + " " + row.status);
    if (row.status == "unsent" || row.status == "protected") BOOST_TEST(ended == 0, row.session_id);
  }
  const auto asked = std::count_if(ledger.begin(), ledger.end(),
                                   [](const auto& entry) { return !entry.second.answers.empty(); });
  BOOST_TEST(static_cast<std::size_t>(asked) == asked_for);
}

}  // namespace bulkdrop::test
