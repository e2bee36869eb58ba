// What is said of several runs of one stream.
#include "bulkdrop/run/finished_runs.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/printing.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::run;

namespace {

constexpr WallTime kEnd{std::chrono::hours(500'000)};

FinishedRun finished(const std::string& directory, std::uint64_t dropped, std::uint64_t failed,
                     const std::string& message = "no") {
  report::Summary summary;
  summary.counts.add(Status::dropped, dropped);
  summary.counts.add(Status::failed, failed);
  summary.requests_sent = dropped + 2 * failed;
  summary.requests_retries = failed;
  summary.exit_code = failed > 0 ? 1 : 0;
  summary.latency_us.measured = true;
  if (failed > 0) summary.errors.push_back({Reason::drop_error, message, failed});
  return {directory, summary, std::nullopt, {}};
}

FinishedRun broken(const std::string& directory) {
  return {directory, std::nullopt, Error(ExitCode::run_directory, "no room"), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(finished_runs)

BOOST_AUTO_TEST_CASE(a_stop_is_more_serious_than_sessions_that_may_live_and_a_lost_record_than_both) {
  const std::vector<ExitCode> by_seriousness = {ExitCode::all_gone, ExitCode::some_may_live,
                                                ExitCode::safety_limit, ExitCode::run_directory};
  for (std::size_t i = 0; i < by_seriousness.size(); ++i)
    for (std::size_t j = 0; j < by_seriousness.size(); ++j)
      BOOST_TEST((more_serious(by_seriousness[i], by_seriousness[j]) == by_seriousness[std::max(i, j)]));
  BOOST_TEST((more_serious(ExitCode::some_may_live, ExitCode::terminated) == ExitCode::terminated));
}

BOOST_AUTO_TEST_CASE(one_run_is_told_of_as_if_there_were_no_rotation) {
  FinishedRuns runs;
  runs.add(finished("runs/a", 3, 0));
  const RunOutcome outcome = runs.outcome(std::nullopt, kEnd);
  BOOST_TEST((outcome.exit_code == ExitCode::all_gone));
  BOOST_TEST(!outcome.earlier.has_value());
  BOOST_TEST(outcome.whole->latency_us.measured);
  BOOST_TEST((outcome.whole->finished_at == kEnd));  // monitoring hears of the process
  BOOST_TEST(runs.line() == "rotated: runs/a is complete with 3 rows: 3 dropped");
}

BOOST_AUTO_TEST_CASE(all_runs_add_up) {
  FinishedRuns runs;
  runs.add(finished("runs/a", 10, 2));
  runs.add(finished("runs/b", 20, 1));
  runs.add(finished("runs/c", 1, 3, "never"));
  runs.add(finished("runs/d", 5, 0));
  const RunOutcome outcome = runs.outcome(Stop{StopKind::signal, ExitCode::terminated, "SIGTERM"}, kEnd);
  BOOST_TEST((outcome.exit_code == ExitCode::terminated));
  BOOST_TEST(outcome.summary->counts.of(Status::dropped) == 5U);
  BOOST_TEST(outcome.earlier->runs == 3U);
  BOOST_TEST(outcome.earlier->directory == "runs");
  BOOST_TEST(outcome.earlier->counts.of(Status::dropped) == 31U);
  BOOST_TEST(outcome.earlier->counts.of(Status::failed) == 6U);
  const report::Summary& whole = *outcome.whole;
  BOOST_TEST(whole.counts.of(Status::dropped) == 36U);
  BOOST_TEST(whole.requests_sent == 48U);
  BOOST_TEST(whole.requests_retries == 6U);
  BOOST_TEST(whole.exit_code == 143);
  BOOST_TEST((whole.finished_at == kEnd));
  const report::Stream& stream = *outcome.stream;
  BOOST_TEST(stream.runs == 4U);
  BOOST_TEST(stream.exit_code == 143);
  BOOST_TEST(stream.counts.of(Status::failed) == 6U);
  BOOST_TEST(stream.runs_not_well == 3U);
  BOOST_TEST_REQUIRE(stream.not_well.size() == 3U);
  BOOST_TEST(stream.not_well[2].directory == "runs/c");
  BOOST_TEST(stream.not_well[2].command.starts_with("bulkdrop verify "));
  BOOST_TEST(!whole.latency_us.measured);
  BOOST_TEST_REQUIRE(whole.errors.size() == 1U);
  BOOST_TEST(whole.errors[0].count == 6U);
}

BOOST_AUTO_TEST_CASE(a_run_whose_reports_could_not_be_written_is_told_of) {
  FinishedRuns runs;
  runs.add(broken("runs/a"));
  BOOST_TEST(runs.line() == "no room");
  BOOST_CHECK_THROW(static_cast<void>(runs.outcome(std::nullopt, kEnd)), Error);
  runs.add(finished("runs/b", 1, 0));
  BOOST_TEST((runs.outcome(std::nullopt, kEnd).exit_code == ExitCode::run_directory));
}

BOOST_AUTO_TEST_SUITE_END()
