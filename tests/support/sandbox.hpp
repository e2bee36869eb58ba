// bulkdrop-sandbox as a process of its own, on a free port, with a ledger of what really happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"
#include "support/temp_dir.hpp"

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

  explicit Sandbox(std::size_t sessions, const std::vector<std::string>& options = {});
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox() { stop(); }

  // Ends it, as an administrator would; the ledger stays.
  void stop();

  // It stands still, as a machine does that swaps, until it is thawed.
  void freeze() const;
  void thaw() const;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string export_file() const { return directory_.path("export.csv"); }
  [[nodiscard]] std::string client_secret_file() const { return directory_.path("client-secret"); }
  [[nodiscard]] std::string token_file() const { return directory_.path("token"); }

  // By session ID, with the sandbox still running or not.
  [[nodiscard]] std::map<std::string, LedgerEntry> ledger() const;
  // For each drop request, in the order of their decision, how many there were when it came, itself included.
  [[nodiscard]] std::vector<std::uint64_t> at_once() const;
  // How many drop requests there were. Cheap: tests ask again and again.
  [[nodiscard]] std::size_t requests() const;

 private:
  TempDir directory_;
  Process process_;
  std::string url_;
};

}  // namespace bulkdrop::test
