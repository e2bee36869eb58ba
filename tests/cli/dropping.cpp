#include "cli/dropping.hpp"

#include <algorithm>
#include <chrono>
#include <regex>
#include <sstream>
#include <utility>

#include "support/csv.hpp"
#include <unistd.h>

namespace bulkdrop::test {

Words operator+(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Command bulkdrop(const TempDir& directory, Words words) {
  Command command;
  command.program = BULKDROP_BINARY;
  command.arguments = std::move(words);
  command.directory = directory.path();
  return command;
}

Command drop(const TempDir& directory, const Words& words) {
  return bulkdrop(directory, Words{"drop"} + words);
}

Words at(const Sandbox& sandbox) {
  return {"--url", sandbox.url(), "--token-file", sandbox.token_file()};
}

void put(const TempDir& directory, std::string_view name, std::string_view content) {
  static_cast<void>(directory.file(name, content));
}

std::string undated(const std::string& log) {
  static const std::regex dated(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (.*))");
  std::string text;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    BOOST_TEST(std::regex_match(line, parts, dated), line);
    text += parts.empty() ? line + "\n" : parts.str(1) + "\n";
  }
  return text;
}

bool asked(const Sandbox& sandbox, std::size_t count, Milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (sandbox.requests() < count) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::usleep(500);
  }
  return true;
}

std::vector<std::string> ids_of(const Sandbox& sandbox) {
  std::vector<std::string> ids;
  std::vector<CsvRow> rows = parse_csv(slurp(sandbox.export_file()));
  const auto column =
      std::find(rows.front().begin(), rows.front().end(), "Session ID") - rows.front().begin();
  for (std::size_t i = 1; i < rows.size(); ++i) ids.push_back(rows[i].at(static_cast<std::size_t>(column)));
  return ids;
}

std::string made_up_id(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(40 - digits.size(), 'a') + digits;
}

void check_accounts(const RunDirectory& run, const Finished& finished) {
  BOOST_TEST(!finished.timed_out);
  BOOST_TEST(run.number("/rows") == run.rows().size());
  std::uint64_t sum = 0;
  auto counted = run.row_counts();
  for (const std::string& status : run.summary().keys("/counts")) {
    sum += run.count(status);
    BOOST_TEST(run.count(status) == counted[status], status);
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

void check_against_ledger(const RunDirectory& run, const Sandbox& sandbox, bool server_lies) {
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
