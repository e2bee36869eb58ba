// The pace of the real program against a real server, in real time: bounds that a busy machine keeps, and
// that a client with a fixed number of requests in flight does not.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>

#include "dropping.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kWorkers = 12;
const Words kKnee = {"--workers", "12", "--latency", "50ms"};
constexpr double kIdealRate = kWorkers / 0.05;
// A debug build on a busy machine with two cores. It tells from a server that was driven into the ground.
constexpr double kOfIdeal = kSanitized ? 0.25 : 0.5;

struct Paced {
  TempDir directory;
  Process process;
  explicit Paced(const Sandbox& sandbox)
      : process(drop(directory,
                     at(sandbox) + Words{sandbox.export_file(), "--yes", "--out", directory.path("run")})) {}
  RunDirectory finish() {
    const Finished finished = process.wait(120s);
    BOOST_TEST(finished.exit_code == 0, finished.err);
    return RunDirectory(directory.path("run"));
  }
};

double duration(const RunDirectory& run) {
  return run.summary().real("/duration_s");
}

void check_all_dropped(const RunDirectory& run, const Sandbox& sandbox, std::size_t sessions) {
  BOOST_TEST(run.count("dropped") == sessions);
  check_against_ledger(run, sandbox);
}

// Once it had found the knee, hardly a request came to a server that had a quarter more to do than it can.
void check_stays_near_the_knee(const Sandbox& sandbox) {
  const std::vector<std::uint64_t> all = sandbox.at_once();
  const auto settled = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 2 / 3);
  const auto crowded =
      std::count_if(settled, all.end(), [](std::uint64_t count) { return count > kWorkers * 5 / 4; });
  BOOST_TEST(crowded * 10 <= all.end() - settled);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pace_in_real_time)

BOOST_AUTO_TEST_CASE(a_knee_is_found_and_kept) {
  const std::size_t sessions = 1'800;
  const Sandbox sandbox(sessions, kKnee);
  const RunDirectory run = Paced(sandbox).finish();
  check_all_dropped(run, sandbox, sessions);
  check_stays_near_the_knee(sandbox);
  BOOST_TEST(run.number("/requests/sent") == sessions);
  BOOST_TEST(duration(run) <= static_cast<double>(sessions) / kIdealRate / kOfIdeal);
}

BOOST_AUTO_TEST_CASE(an_announced_quota_is_used_and_not_exceeded) {
  const std::size_t sessions = 600;
  const Sandbox sandbox(sessions, {"--rate-limit", "100"});
  const RunDirectory run = Paced(sandbox).finish();
  check_all_dropped(run, sandbox, sessions);
  BOOST_TEST(run.number("/requests/throttled") * 50 <= sessions);
  BOOST_TEST(duration(run) <= static_cast<double>(sessions) / 100 / kOfIdeal);
}

BOOST_AUTO_TEST_CASE(a_server_that_stood_still_is_back_at_full_speed) {
  const std::size_t sessions = 1'800;
  const auto standstill = 4s;
  const Sandbox sandbox(sessions, kKnee);
  Paced paced(sandbox);
  std::this_thread::sleep_for(3s);  // it knows the knee by then
  sandbox.freeze();
  std::this_thread::sleep_for(standstill);
  sandbox.thaw();
  const RunDirectory run = paced.finish();
  check_all_dropped(run, sandbox, sessions);
  check_stays_near_the_knee(sandbox);
  BOOST_TEST(run.number("/requests/sent") == sessions);  // nobody was asked twice
  BOOST_TEST(duration(run) <= 4 + static_cast<double>(sessions) / kIdealRate / kOfIdeal);
}

BOOST_AUTO_TEST_SUITE_END()
