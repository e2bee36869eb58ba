#include "support/sandbox.hpp"

#include <csignal>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include <simdjson.h>

namespace bulkdrop::test {
namespace {

Command command(const TempDir& directory, std::size_t sessions, const std::vector<std::string>& options) {
  Command command;
  command.program = BULKDROP_SANDBOX_BINARY;
  command.arguments = {"--port",       "0",
                       "--sessions",   std::to_string(sessions),
                       "--export",     directory.path("export.csv"),
                       "--ledger",     directory.file("ledger", ""),
                       "--token-file", directory.file("token", Sandbox::kToken)};
  command.arguments.insert(command.arguments.end(), options.begin(), options.end());
  static_cast<void>(directory.file("client-secret", std::string(Sandbox::kClientSecret) + "\n"));
  return command;
}

}  // namespace

Sandbox::Sandbox(std::size_t sessions, const std::vector<std::string>& options)
    : process_(command(directory_, sessions, options)) {
  const std::string_view start = "listening on ";
  if (!process_.shows("\n") || !process_.out().starts_with(start))
    throw std::runtime_error("the sandbox does not start: " + process_.err());
  url_ = process_.out().substr(start.size(), process_.out().find('\n') - start.size());
}

void Sandbox::stop() {
  if (process_.pid() <= 0) return;
  const bool ran = process_.runs();
  process_.signal(SIGTERM);
  const Finished ended = process_.wait(Milliseconds(10'000));
  // One that died under a test leaves only riddles in the program's own output.
  if (!ran || ended.exit_code != 0)
    std::cerr << "\nthe sandbox at " << url_ << (ran ? " ended badly" : " had ended by itself")
              << ": exit code " << ended.exit_code << ", signal " << ended.signal
              << (ended.timed_out ? ", not within 10 s" : "") << ": " << ended.err << "\n";
}

void Sandbox::freeze() const {
  process_.signal(SIGSTOP);
}

void Sandbox::thaw() const {
  process_.signal(SIGCONT);
}

std::uint16_t Sandbox::port() const {
  return static_cast<std::uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1)));
}

std::map<std::string, LedgerEntry> Sandbox::ledger() const {
  std::map<std::string, LedgerEntry> entries;
  const std::string text = slurp(directory_.path("ledger"));
  simdjson::dom::parser parser;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;  // a line that is being written
    const simdjson::dom::element line = parser.parse(text.data() + at, end - at);
    LedgerEntry& entry = entries[std::string(std::string_view(line["id"]))];
    const std::string_view event = line["event"];
    if (event == "request") entry.answers.emplace_back(std::string_view(line["answer"]));
    if (event == "ended") ++entry.ended;
    if (event == "opened") entry.opened = true;
    at = end + 1;
  }
  return entries;
}

std::vector<std::uint64_t> Sandbox::at_once() const {
  std::vector<std::uint64_t> counts;
  simdjson::dom::parser parser;
  std::istringstream lines(slurp(directory_.path("ledger")));
  for (std::string line; std::getline(lines, line);) {
    const simdjson::dom::element entry = parser.parse(line);
    if (std::string_view(entry["event"]) == "request") counts.push_back(entry["at_once"]);
  }
  return counts;
}

std::size_t Sandbox::requests() const {
  // No other member of a line can hold this: a quote in a value is escaped.
  static constexpr std::string_view kRequest = R"("event":"request")";
  const std::string text = slurp(directory_.path("ledger"));
  const std::string_view whole_lines = std::string_view(text).substr(0, text.rfind('\n') + 1);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = whole_lines.find(kRequest, at)) != std::string_view::npos;
       at += kRequest.size())
    ++count;
  return count;
}

}  // namespace bulkdrop::test
