// `--rotate` over a stream that is silent most of the time, as alerts are.
#include <csignal>

#include "cli/rotating.hpp"
#include "support/nginx.hpp"
#include "support/raw_http.hpp"

namespace bulkdrop::test {
namespace {

using Steady = std::chrono::steady_clock;

}  // namespace

BOOST_AUTO_TEST_SUITE(rotation_idle)

BOOST_AUTO_TEST_CASE(a_silent_stream_makes_no_empty_runs) {
  const Sandbox sandbox(2);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "50ms"));
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 1, "journal.jsonl"), process.err());
  ::usleep(200'000);
  BOOST_TEST(runs_in(here.path("runs")).size() == 1U);  // which waits for its first row
  process.write(ids[0] + "\n");
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 1), process.err());
  ::usleep(500'000);
  BOOST_TEST(runs_in(here.path("runs")).size() == 1U);
  process.write(ids[1] + "\n");
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 2), process.err());
  ::usleep(200'000);
  process.close_input();
  BOOST_TEST(process.wait().exit_code == 0);
  BOOST_TEST(runs_in(here.path("runs")).size() == 2U);
  BOOST_TEST(rows_of_all(here, here.path("runs")).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_signal_between_two_runs_leaves_all_of_them_complete) {
  const Sandbox sandbox(1);
  const TempDir here;
  Process process(rotating(here, at(sandbox), "50ms"));
  process.write(ids_of(sandbox)[0] + "\n");
  BOOST_TEST_REQUIRE(process.shows("is complete with 1 row"), process.err());
  process.signal(SIGTERM);
  const Finished finished = process.wait(Milliseconds(20'000));
  BOOST_TEST(finished.exit_code == 143, finished.err);
  const auto runs = runs_in(here.path("runs"));
  BOOST_TEST_REQUIRE(runs.size() == 1U);
  BOOST_TEST(RunDirectory(runs[0]).number("/exit_code") == 0U);
}

BOOST_AUTO_TEST_CASE(the_request_leaves_within_milliseconds_also_when_its_line_begins_a_run) {
  const Sandbox sandbox(40);
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here, at(sandbox), "1ms"));
  std::vector<Milliseconds> took;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto begin = Steady::now();
    process.write(ids[i] + "\n");
    BOOST_TEST_REQUIRE(asked(sandbox, i + 1), process.err());
    took.push_back(std::chrono::ceil<Milliseconds>(Steady::now() - begin));
    if (i % 2 == 0) BOOST_TEST_REQUIRE(has_runs(here.path("runs"), i / 2 + 1), process.err());
  }
  process.close_input();
  BOOST_TEST(process.wait().exit_code == 0);
  BOOST_TEST(runs_in(here.path("runs")).size() >= 20U);
  std::sort(took.begin() + 1, took.end());  // the first one waits for the program to start
  BOOST_TEST_MESSAGE("line to server: median " << took[20].count() << " ms, slowest " << took.back().count()
                                               << " ms");
  if (!kSanitized) BOOST_TEST(took[20] <= Milliseconds(10));
}

BOOST_AUTO_TEST_CASE(connections_that_the_server_closed_cost_one_new_one_and_no_line) {
  Nginx nginx(R"(
    keepalive_timeout 1s;
    location = /status { stub_status; }
    location /api/pam/session/drop/ {
      return 200 '{"code":200,"response":{"status":200,"message":"ok","error":false,"error_code":0}}';
    })");
  const TempDir here;
  static_cast<void>(here.file("token", "a-token"));
  Process process(rotating(here, {"--url", nginx.url(""), "--token-file", "token"}, "200ms"));
  const auto accepted = [&nginx] {
    const std::string text = RawHttp(nginx.port()).ask("GET", "/status").body;
    return std::stoul(text.substr(text.find("requests\n") + 9));
  };
  process.write(made_up_id(0) + "\n");
  BOOST_TEST_REQUIRE(has_runs(here.path("runs"), 1), process.err());
  for (std::size_t i = 1; i < 4; ++i) {
    ::usleep(1'500'000);
    const auto before = accepted();
    process.write(made_up_id(i) + "\n");
    BOOST_TEST_REQUIRE(has_runs(here.path("runs"), i + 1), process.err());
    BOOST_TEST(accepted() <= before + 2);  // one of them asks for the number
  }
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  for (const SessionRow& row : rows_of_all(here, here.path("runs"))) BOOST_TEST(row.attempts == 1U);
  for (const auto& [target, times] : nginx.stop_and_count())
    if (has(target, "drop")) BOOST_TEST(times == 1, target);
}

BOOST_AUTO_TEST_CASE(a_token_that_expires_in_the_silence_costs_one_new_one_and_no_line) {
  const Sandbox sandbox(3, {"--token-ttl", "1s"});
  const TempDir here;
  const auto ids = ids_of(sandbox);
  Process process(rotating(here,
                           {"--url", sandbox.url(), "--client-id", std::string(Sandbox::kClientId),
                            "--client-secret-file", sandbox.client_secret_file()},
                           "100ms"));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) ::usleep(1'500'000);
    process.write(ids[i] + "\n");
    BOOST_TEST_REQUIRE(has_runs(here.path("runs"), i + 1), process.err());
  }
  process.close_input();
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const auto rows = rows_of_all(here, here.path("runs"));
  BOOST_TEST(rows.size() == ids.size());
  for (const SessionRow& row : rows) BOOST_TEST(row.attempts == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
