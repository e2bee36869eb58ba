// A sandbox in this process, on a free port, for one test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "file_text.hpp"
#include "support/raw_http.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <simdjson.h>

#include "bulkdrop/sandbox/server.hpp"

namespace bulkdrop::test {

inline sandbox::Options small_options() {
  sandbox::Options options;
  options.port = 0;
  options.sessions = 50;
  options.credentials.bearer_token = "ready";
  return options;
}

inline constexpr std::string_view kBearer = "Authorization: Bearer ready\r\n";
inline constexpr std::string_view kForm = "Content-Type: application/x-www-form-urlencoded\r\n";
inline constexpr std::string_view kGrant =
    "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox-secret";

class RunningSandbox {
 public:
  explicit RunningSandbox(sandbox::Options options) : server_(with_ledger(std::move(options), directory_)) {
    for (std::uint32_t i = 0; i < server_.service().sessions().size(); ++i)
      ids_.emplace_back(server_.service().sessions().at(i).id());
    thread_ = std::thread([this] {
      try {
        server_.run();
      } catch (...) {
        failure_ = std::current_exception();
      }
    });
  }
  ~RunningSandbox() { stop(); }
  RunningSandbox(const RunningSandbox&) = delete;
  RunningSandbox& operator=(const RunningSandbox&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
    BOOST_TEST((failure_ == nullptr));
  }

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
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
  [[nodiscard]] std::string ledger() const { return file_text(directory_.path("ledger")); }
  // `answer` of every request for the session, in order.
  [[nodiscard]] std::vector<std::string> answers(std::string_view session_id) const {
    std::vector<std::string> found;
    for_each_event("request", session_id, [&found](simdjson::dom::element line) {
      found.emplace_back(std::string_view(line["answer"]));
      BOOST_TEST(std::uint64_t(line["n"]) == found.size());
    });
    return found;
  }
  [[nodiscard]] std::size_t times_ended(std::string_view session_id) const {
    std::size_t count = 0;
    for_each_event("ended", session_id, [&count](simdjson::dom::element) { ++count; });
    return count;
  }
  // As the session list has it now: session ID → end, empty while alive.
  [[nodiscard]] std::map<std::string, std::string> listed_ends() const {
    const RawReply reply = client().ask("GET", "/api/pam/session/remotesessions", kBearer);
    simdjson::dom::parser parser;
    std::map<std::string, std::string> ends;
    for (const simdjson::dom::element record : parser.parse(reply.body)["remote_sessions"].get_array())
      ends.emplace(std::string_view(record["session_id"]), std::string_view(record["end"]));
    return ends;
  }

 private:
  static sandbox::Options with_ledger(sandbox::Options options, const TempDir& directory) {
    if (options.ledger_file.empty()) options.ledger_file = directory.path("ledger");
    return options;
  }
  template <typename Use>
  void for_each_event(std::string_view event, std::string_view session_id, Use&& use) const {
    simdjson::dom::parser parser;
    const std::string text = ledger();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      BOOST_REQUIRE(end != std::string::npos);
      const simdjson::dom::element line = parser.parse(text.data() + at, end - at);
      if (std::string_view(line["event"]) == event && std::string_view(line["id"]) == session_id) use(line);
      at = end + 1;
    }
  }

  TempDir directory_;
  sandbox::Server server_;
  std::vector<std::string> ids_;
  std::thread thread_;
  std::exception_ptr failure_;
};

}  // namespace bulkdrop::test
