// A sandbox in this process, on a free port, for one test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/raw_http.hpp"
#include "support/temp_dir.hpp"

#include "bulkdrop/sandbox/options.hpp"

namespace bulkdrop::test {

sandbox::Options small_options();

inline constexpr std::string_view kBearer = "Authorization: Bearer ready\r\n";
inline constexpr std::string_view kForm = "Content-Type: application/x-www-form-urlencoded\r\n";
inline constexpr std::string_view kGrant =
    "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox-secret";

class RunningSandbox {
 public:
  explicit RunningSandbox(sandbox::Options options);
  ~RunningSandbox();
  RunningSandbox(const RunningSandbox&) = delete;
  RunningSandbox& operator=(const RunningSandbox&) = delete;

  void stop();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] const std::string& id(std::size_t index) const { return ids_.at(index); }
  [[nodiscard]] std::string drop_path(std::size_t index) const {
    return "/api/pam/session/drop/" + id(index);
  }
  [[nodiscard]] RawHttp client() const { return RawHttp(port()); }
  // One drop on a connection of its own.
  [[nodiscard]] RawReply drop(std::size_t index) const {
    return client().ask("DELETE", drop_path(index), kBearer);
  }

  // The ledger, with the sandbox still running.
  [[nodiscard]] std::string ledger() const { return slurp(directory_.path("ledger")); }
  // `answer` of every request for the session, in order.
  [[nodiscard]] std::vector<std::string> answers(std::string_view session_id) const;
  [[nodiscard]] std::size_t times_ended(std::string_view session_id) const;
  // As the session list has it now: session ID → end, empty while alive.
  [[nodiscard]] std::map<std::string, std::string> listed_ends() const;

 private:
  struct Serving;  // the server and its thread; their headers take long to read

  TempDir directory_;
  std::unique_ptr<Serving> serving_;
  std::vector<std::string> ids_;
};

}  // namespace bulkdrop::test
