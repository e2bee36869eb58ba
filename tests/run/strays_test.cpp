// A gateway that is out of step with the requests behind it: what it answered is not what became of a
// session.
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "simulation.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/net/curl_pool.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/run/answer_trail.hpp"
#include "bulkdrop/run/drop_run.hpp"
#include "bulkdrop/run/outcome.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::http_answer;
using bulkdrop::test::ScriptedServer;
using bulkdrop::test::simulated_id;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;
using namespace std::chrono_literals;

namespace {

const std::string kSuccess = http_answer(
    200,
    R"({"code":200,"response":{"status":200,"message":"ok","error":false,"error_code":0,"detail":"","mensagem":"ok","erro":false,"cod_erro":0}})");
const std::string kDropError = http_answer(
    500,
    R"({"response":{"status":500,"message":"An error occurred while droping session","error":true,"error_code":1,"detail":"","mensagem":"An error occurred while droping session","erro":true,"cod_erro":1}})");

// Ends every session but each third one. Once on each of its first connections it says "gone" a second time,
// just when the next request has come: from then on its answers are those to the requests before.
class ShiftingServer {
 public:
  explicit ShiftingServer(int connections)
      : server_([this, connections](ScriptedServer::Connection& connection,
                                    const ScriptedServer::Request& request) {
          const std::string id = request.target.substr(request.target.rfind('/') + 1);
          if (request.number == 5 && request.connection <= connections) connection.send(kSuccess);
          connection.pause(3ms);
          if (test::row_of(id) % 3 == 0) {
            connection.send(kDropError);
          } else {
            const std::lock_guard lock(mutex_);
            connection.send(ended_.insert(id).second ? kSuccess : kDropError);
          }
        }) {}
  [[nodiscard]] std::string url() const { return server_.url(""); }
  [[nodiscard]] bool ended(std::uint64_t row) {
    const std::lock_guard lock(mutex_);
    return ended_.contains(simulated_id(row));
  }

 private:
  std::mutex mutex_;
  std::set<std::string> ended_;
  ScriptedServer server_;
};

struct Outcome {
  std::map<std::string, int> by_status;
  int wrong = 0;  // statuses that say what did not happen
  std::string log;
  ExitCode exit_code{};
};

Outcome drop_from(const std::string& url, const std::function<bool(std::uint64_t)>& ended, std::uint64_t rows,
                  std::size_t concurrency) {
  TempDir directory;
  std::string text = "Session ID\n";
  for (std::uint64_t i = 0; i < rows; ++i) text += simulated_id(i) + "\n";
  DropSettings settings;
  settings.files = {directory.file("export.csv", text)};
  settings.url = url;
  settings.endpoints = pam::endpoints(settings.url, pam::default_paths(pam::Generation::v4));
  settings.out = directory.path("run");
  settings.consent.yes = true;
  settings.limits.concurrency = concurrency;
  const SignalsRestored restored;
  const SystemClock clock;
  Signals signals;
  ConsoleDouble console;
  const RunParts parts{clock, signals, console,
                       [] {
                         std::string token = "t";
                         return pam::Credentials::bearer(Secret(token), {});
                       },
                       [](const net::TransportOptions& options) -> std::unique_ptr<net::Pool> {
                         return std::make_unique<net::CurlPool>(options);
                       }};
  Outcome outcome;
  outcome.exit_code = drop(settings, parts).exit_code;
  for (const auto& [level, line] : console.logged)
    if (level >= Level::warning) outcome.log += line + "\n";
  Outcomes outcomes(settings.out + "/journal.jsonl");
  for (std::uint64_t row = 0; row < rows; ++row) {
    Row read;
    read.number = row;
    const Result result = outcomes.of(read);
    ++outcome.by_status[std::string(name(result.status))];
    const bool has_ended = ended(row);
    if (result.status == Status::dropped ? !has_ended : result.status != Status::unknown && has_ended)
      ++outcome.wrong;
  }
  return outcome;
}
Outcome drop_from(ShiftingServer& server, std::uint64_t rows, std::size_t concurrency) {
  return drop_from(
      server.url(), [&server](std::uint64_t row) { return server.ended(row); }, rows, concurrency);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strays)

BOOST_AUTO_TEST_CASE(a_shifted_connection_makes_its_sessions_unknown_and_says_so) {
  for (const std::size_t concurrency : {1U, 4U}) {
    ShiftingServer server(1);
    const Outcome outcome = drop_from(server, 90, concurrency);
    BOOST_TEST_CONTEXT(concurrency << " at once: " << outcome.log) {
      BOOST_TEST(outcome.wrong == 0);
      BOOST_TEST(outcome.by_status.at("unknown") > 4);
      BOOST_TEST((outcome.exit_code == ExitCode::some_may_live));
      BOOST_TEST(outcome.log.find("nobody had asked for") != std::string::npos);
    }
  }
}

// Every session is ended; the answer for one of them is cut after so many bytes.
BOOST_AUTO_TEST_CASE(a_cut_answer_leaves_one_session_unknown_and_the_answers_before_it_stand) {
  constexpr std::uint64_t kRows = 30;
  constexpr std::uint64_t kCut = 20;
  const std::string bad_gateway = http_answer(502, "<html>", "Content-Type: text/html\r\n");
  for (const std::string& answer : {kSuccess, bad_gateway})
    for (const std::size_t size : {0U, 12U, 17U, 25U, 40U}) {
      std::mutex mutex;
      std::set<std::string> ended;
      ScriptedServer server(
          [&](ScriptedServer::Connection& connection, const ScriptedServer::Request& request) {
            const std::string id = request.target.substr(request.target.rfind('/') + 1);
            const std::lock_guard lock(mutex);
            if (!ended.insert(id).second) return static_cast<void>(connection.send(kDropError));
            if (id != simulated_id(kCut)) return static_cast<void>(connection.send(kSuccess));
            connection.send(answer.substr(0, size));
            connection.close();
          });
      const auto everything_ended = [&](std::uint64_t row) {
        const std::lock_guard lock(mutex);
        return ended.contains(simulated_id(row));
      };
      const Outcome outcome = drop_from(server.url(""), everything_ended, kRows, 1);
      BOOST_TEST_CONTEXT(answer.substr(0, size) << ": " << outcome.log) {
        BOOST_TEST(outcome.wrong == 0);
        BOOST_TEST(outcome.by_status.at("dropped") == static_cast<int>(kRows) - 1);
        BOOST_TEST(outcome.by_status.at("unknown") == 1);
        BOOST_TEST(outcome.log.find("nobody had asked for") == std::string::npos);
      }
    }
}

BOOST_AUTO_TEST_CASE(connections_in_step_keep_their_word) {
  ShiftingServer server(0);
  const Outcome outcome = drop_from(server, 90, 4);
  BOOST_TEST(outcome.wrong == 0);
  BOOST_TEST(outcome.by_status.at("dropped") == 60);
  BOOST_TEST(outcome.by_status.at("failed") == 30);
}

BOOST_AUTO_TEST_CASE(only_a_result_that_rests_on_the_answer_is_taken_back) {
  Result result;
  result.row = 7;
  result.session_id = "s";
  result.attempts = 2;
  result.http_status = 200;
  const auto becomes = [&](Status status, bool settled) {
    result.status = status;
    const Result revised = taken_back(result, settled);
    if (revised == result) return status;
    BOOST_TEST(revised.row == 7U);
    BOOST_TEST(revised.session_id == "s");
    BOOST_TEST(revised.attempts == 2);
    BOOST_TEST((revised.reason == Reason::bad_response));
    BOOST_TEST(!revised.message.empty());
    return revised.status;
  };
  BOOST_TEST(becomes(Status::dropped, true) == Status::unknown);
  BOOST_TEST(becomes(Status::dropped, false) == Status::dropped);  // another connection said so
  for (const bool settled : {false, true}) {
    BOOST_TEST(becomes(Status::failed, settled) == Status::unknown);
    BOOST_TEST(becomes(Status::unsent, settled) == Status::unknown);
    BOOST_TEST(becomes(Status::unknown, settled) == Status::unknown);
    BOOST_TEST(becomes(Status::ended, settled) == Status::ended);  // the list said so
  }
}

BOOST_AUTO_TEST_CASE(the_trail_knows_whom_the_answers_of_a_connection_were_taken_to_be_for) {
  AnswerTrail trail;
  BOOST_TEST(!trail.pending());
  trail.add(0, 1, true);  // over a connection that nobody knows
  BOOST_TEST(!trail.pending());
  trail.add(1, 10, true);
  trail.add(1, 11, false);
  trail.add(2, 12, true);
  trail.add(3, 9, false);
  trail.add(3, 11, true);
  trail.forget(2);
  const auto distrusted = [&trail](std::uint64_t connection) {
    std::string marks;
    for (const AnswerTrail::Mark& mark : trail.distrust(connection))
      marks += fmt::format("{}{} ", mark.row, mark.settled ? "!" : "");
    return marks;
  };
  BOOST_TEST(distrusted(2) == "");
  BOOST_TEST(distrusted(1) == "10! 11 ");
  BOOST_TEST(distrusted(1) == "");
  BOOST_TEST(trail.pending());
  BOOST_TEST(distrusted(3) == "9 11! ");
  BOOST_TEST(!trail.pending());
}

BOOST_AUTO_TEST_CASE(answers_about_rows_whose_record_is_closed_are_forgotten) {
  AnswerTrail trail;
  for (std::uint64_t row = 0; row < 10; ++row) trail.add(1 + row % 2, row, true);
  trail.forget_rows_below(7);
  const auto even = trail.distrust(1);
  BOOST_TEST_REQUIRE(even.size() == 1U);
  BOOST_TEST(even[0].row == 8U);
  BOOST_TEST(trail.pending());
  trail.forget_rows_below(10);
  BOOST_TEST(!trail.pending());
}

BOOST_AUTO_TEST_SUITE_END()
