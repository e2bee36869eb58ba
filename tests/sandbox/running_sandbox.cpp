#include "running_sandbox.hpp"

#include <exception>
#include <thread>
#include <utility>

#include "support/json.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/sandbox/server.hpp"

namespace bulkdrop::test {
namespace {

sandbox::Options with_ledger(sandbox::Options options, const TempDir& directory) {
  if (options.ledger_file.empty()) options.ledger_file = directory.path("ledger");
  return options;
}

// The lines of the ledger about that session.
std::vector<Json> events(const std::string& ledger, std::string_view event, std::string_view session_id) {
  std::vector<Json> found;
  for (std::size_t at = 0; at < ledger.size();) {
    const std::size_t end = ledger.find('\n', at);
    BOOST_REQUIRE(end != std::string::npos);
    const Json line(std::string_view(ledger).substr(at, end - at));
    if (line.text("/event") == event && line.text("/id") == session_id) found.push_back(line);
    at = end + 1;
  }
  return found;
}

}  // namespace

struct RunningSandbox::Serving {
  explicit Serving(sandbox::Options options) : server(std::move(options)) {}
  void start() {
    thread = std::thread([this] {
      try {
        server.run();
      } catch (...) {
        failure = std::current_exception();
      }
    });
  }
  sandbox::Server server;
  std::exception_ptr failure;
  std::thread thread;
};

sandbox::Options small_options() {
  sandbox::Options options;
  options.port = 0;
  options.sessions = 50;
  options.credentials.bearer_token = "ready";
  return options;
}

RunningSandbox::RunningSandbox(sandbox::Options options)
    : serving_(std::make_unique<Serving>(with_ledger(std::move(options), directory_))) {
  const auto& sessions = serving_->server.service().sessions();
  for (std::uint32_t i = 0; i < sessions.size(); ++i) ids_.emplace_back(sessions.at(i).id());
  serving_->start();
}

RunningSandbox::~RunningSandbox() {
  stop();
}

void RunningSandbox::stop() {
  if (!serving_->thread.joinable()) return;
  serving_->server.stop();
  serving_->thread.join();
  BOOST_TEST((serving_->failure == nullptr));
}

std::uint16_t RunningSandbox::port() const {
  return serving_->server.port();
}

std::vector<std::string> RunningSandbox::answers(std::string_view session_id) const {
  std::vector<std::string> found;
  for (const Json& line : events(ledger(), "request", session_id)) {
    found.push_back(line.text("/answer"));
    BOOST_TEST(line.number("/n") == found.size());
  }
  return found;
}

std::size_t RunningSandbox::times_ended(std::string_view session_id) const {
  return events(ledger(), "ended", session_id).size();
}

std::map<std::string, std::string> RunningSandbox::listed_ends() const {
  const Json list(client().ask("GET", "/api/pam/session/remotesessions", kBearer).body);
  const std::vector<std::string> ids = list.column("/remote_sessions", "session_id");
  const std::vector<std::string> ends = list.column("/remote_sessions", "end");
  std::map<std::string, std::string> by_id;
  for (std::size_t i = 0; i < ids.size(); ++i) by_id.emplace(ids[i], ends[i]);
  return by_id;
}

}  // namespace bulkdrop::test
