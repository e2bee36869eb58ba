// bulkdrop-sandbox as a process of its own, on a free port, with a ledger of what really happened.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"
#include <simdjson.h>

namespace bulkdrop::test {

// What the ledger says of one session ID.
struct LedgerEntry {
  std::vector<std::string> answers;  // one for each request, in order
  int ended = 0;                     // how often a request ended the session
  bool opened = false;               // by a user who had lost one (--reconnect)
};

class Sandbox {
 public:
  static constexpr std::string_view kClientId = "sandbox";
  static constexpr std::string_view kClientSecret = "sandbox-secret";
  static constexpr std::string_view kToken = "a-token-that-is-always-good";

  explicit Sandbox(std::size_t sessions, const std::vector<std::string>& options = {})
      : process_(command(directory_, sessions, options)) {
    const std::string_view start = "listening on ";
    if (!process_.shows("\n") || !process_.out().starts_with(start))
      throw std::runtime_error("the sandbox does not start: " + process_.err());
    url_ = process_.out().substr(start.size(), process_.out().find('\n') - start.size());
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox() { stop(); }

  // Ends it, as an administrator would; the ledger stays.
  void stop() {
    if (process_.pid() <= 0) return;
    process_.signal(SIGTERM);
    process_.wait(Milliseconds(10'000));
  }

  // It stands still, as a machine does that swaps, until it is thawed.
  void freeze() const { process_.signal(SIGSTOP); }
  void thaw() const { process_.signal(SIGCONT); }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1)));
  }
  [[nodiscard]] std::string export_file() const { return directory_.path("export.csv"); }
  [[nodiscard]] std::string client_secret_file() const { return directory_.path("client-secret"); }
  [[nodiscard]] std::string token_file() const { return directory_.path("token"); }

  // By session ID, with the sandbox still running or not.
  [[nodiscard]] std::map<std::string, LedgerEntry> ledger() const {
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
  // For each drop request, in the order of their decision, how many there were when it came, itself included.
  [[nodiscard]] std::vector<std::uint64_t> at_once() const {
    std::vector<std::uint64_t> counts;
    simdjson::dom::parser parser;
    std::istringstream lines(slurp(directory_.path("ledger")));
    for (std::string line; std::getline(lines, line);) {
      const simdjson::dom::element entry = parser.parse(line);
      if (std::string_view(entry["event"]) == "request") counts.push_back(entry["at_once"]);
    }
    return counts;
  }
  [[nodiscard]] std::size_t requests() const {
    std::size_t count = 0;
    for (const auto& [id, entry] : ledger()) count += entry.answers.size();
    return count;
  }

 private:
  static Command command(const TempDir& directory, std::size_t sessions,
                         const std::vector<std::string>& options) {
    Command command;
    command.program = BULKDROP_SANDBOX_BINARY;
    command.arguments = {"--port",       "0",
                         "--sessions",   std::to_string(sessions),
                         "--export",     directory.path("export.csv"),
                         "--ledger",     directory.file("ledger", ""),
                         "--token-file", directory.file("token", kToken)};
    command.arguments.insert(command.arguments.end(), options.begin(), options.end());
    static_cast<void>(directory.file("client-secret", std::string(kClientSecret) + "\n"));
    return command;
  }

  TempDir directory_;
  Process process_;
  std::string url_;
};

}  // namespace bulkdrop::test
