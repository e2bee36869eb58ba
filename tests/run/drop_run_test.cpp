// One `bulkdrop drop` with a real run directory and a simulated server.
#include "bulkdrop/run/drop_run.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>

#include "simulation.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::simulated_id;
using bulkdrop::test::SimulatedPool;
using bulkdrop::test::slurp;
using namespace std::chrono_literals;

namespace {

// A network that breaks in a way that nobody foresaw.
class BreakingPool : public SimulatedPool {
 public:
  BreakingPool(test::ManualClock& clock, test::SimulatedServer& server, std::size_t capacity, int waits)
      : SimulatedPool(clock, server, capacity, 1), waits_(waits) {}
  std::span<const Answer> wait(TimePoint until) override {
    if (waits_-- == 0) throw std::runtime_error("the network broke");
    return SimulatedPool::wait(until);
  }

 private:
  int waits_;
};

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

// Whoever notifies it from a thread of their own must be gone before it is.
class NotifiedPool : public SimulatedPool {
 public:
  NotifiedPool(test::ManualClock& clock, test::SimulatedServer& server, std::size_t capacity,
               std::size_t& threads_left)
      : SimulatedPool(clock, server, capacity, 1), threads_left_(threads_left) {}
  NotifiedPool(const NotifiedPool&) = delete;
  NotifiedPool& operator=(const NotifiedPool&) = delete;
  ~NotifiedPool() override { threads_left_ = threads(); }

 private:
  std::size_t& threads_left_;
};

struct Drop : Surroundings {
  explicit Drop(std::uint64_t rows) : rows_(rows), server(rows) {
    std::string text = "Session ID,User\n";
    for (std::uint64_t i = 0; i < rows; ++i) text += simulated_id(i) + ",u\n";
    settings.files = {directory.file("export.csv", text)};
    settings.url = "https://pam.example";
    settings.endpoints = pam::endpoints(settings.url, pam::default_paths(pam::Generation::v4));
    settings.out = directory.path("run");
    settings.consent.yes = true;
  }

  RunOutcome go() {
    const RunParts parts{
        clock, signals, console, [] { return some_client(10min, 1); },
        [this](const net::TransportOptions& options) -> std::unique_ptr<net::Pool> {
          if (breaks_after >= 0)
            return std::make_unique<BreakingPool>(clock, server, options.capacity, breaks_after);
          return std::make_unique<NotifiedPool>(clock, server, options.capacity, threads_left);
        }};
    return drop(settings, parts);
  }

  // The column `status` of sessions.csv, by row; holds each against what the server did.
  std::vector<std::string> statuses() {
    std::vector<std::string> out;
    const std::string text = slurp(settings.out + "/sessions.csv");
    for (std::size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) {
      std::size_t from = at;
      for (int comma = 0; comma < 3; ++comma) from = text.find(',', from) + 1;
      out.push_back(text.substr(from, text.find(',', from) - from));
    }
    BOOST_TEST(out.size() == rows_);
    for (std::size_t i = 0; i < std::min<std::size_t>(out.size(), rows_); ++i) {
      const auto& session = server.ledger[i];
      BOOST_TEST_CONTEXT("row " << i << ": " << out[i]) {
        if (out[i] == "dropped") BOOST_TEST(session.ended_by_us);
        if (out[i] == "unsent" || out[i] == "failed") BOOST_TEST(!session.ended_by_us);
        if (out[i] == "unknown") BOOST_TEST(session.requests > 0U);
      }
    }
    return out;
  }

  std::uint64_t rows_;
  test::ManualClock clock;
  test::SimulatedServer server;
  DropSettings settings;
  int breaks_after = -1;
  std::size_t threads_left = 0;  // when the pool went
};

std::size_t count(const std::vector<std::string>& statuses, const std::string& status) {
  return static_cast<std::size_t>(std::count(statuses.begin(), statuses.end(), status));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(drop_run)

BOOST_AUTO_TEST_CASE(the_journal_tells_how_much_was_asked_at_once) {
  Drop run(300);  // less than a second of its clock
  run.go();
  const std::string journal = slurp(run.settings.out + "/journal.jsonl");
  const std::size_t canary = journal.find(R"("kind":"window","text":"1 at once")");
  BOOST_TEST(canary != std::string::npos);
  BOOST_TEST(journal.find(R"("kind":"window","text":"32 at once")", canary + 1) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_whole_export_is_dropped_and_reported) {
  Drop run(3000);
  const RunOutcome outcome = run.go();
  BOOST_TEST(outcome.exit_code == ExitCode::all_gone);
  BOOST_REQUIRE(outcome.summary.has_value());
  BOOST_TEST(outcome.summary->counts.of(Status::dropped) == 3000U);
  BOOST_TEST(outcome.summary->requests_sent == 3000U);
  BOOST_TEST(count(run.statuses(), "dropped") == 3000U);
  for (const char* name : {"run.json", "journal.jsonl", "sessions.jsonl", "report.html", "summary.json"})
    BOOST_TEST(std::filesystem::exists(run.settings.out + "/" + name), name);
}

BOOST_AUTO_TEST_CASE(a_run_over_a_stream_ends_like_any_other) {
  Drop run(3000);
  run.settings.input.stream = true;
  const RunOutcome outcome = run.go();
  BOOST_TEST(outcome.exit_code == ExitCode::all_gone);
  BOOST_TEST(count(run.statuses(), "dropped") == 3000U);
}

BOOST_AUTO_TEST_CASE(no_thread_that_could_wake_the_pool_outlives_it) {
  for (const bool stream : {false, true}) {
    for (const bool rotates : {false, true}) {
      if (rotates && !stream) continue;
      Drop run(3);
      run.settings.input.stream = stream;
      if (rotates) {
        run.settings.rotate = 1h;
        std::filesystem::create_directory(run.settings.out);
      }
      const std::size_t before = threads();
      run.go();
      BOOST_TEST(run.threads_left == before, "stream " << stream << ", rotates " << rotates);
    }
  }
}

BOOST_AUTO_TEST_CASE(max_sessions_of_a_stream_leaves_the_rest_unsent) {
  Drop run(300);
  run.settings.input.stream = true;
  run.settings.consent.max_sessions = 100;
  const RunOutcome outcome = run.go();
  BOOST_TEST(outcome.exit_code == ExitCode::safety_limit);
  const std::string text = slurp(run.settings.out + "/sessions.csv");
  BOOST_TEST(text.find(",unknown,") == std::string::npos);
  BOOST_TEST(run.server.drop_requests <= 100U);
}

BOOST_AUTO_TEST_CASE(a_wrong_url_leaves_everything_unsent) {
  Drop run(1000);
  run.server.drops = test::always(test::Deed::no_resource);
  const RunOutcome outcome = run.go();
  BOOST_TEST(outcome.exit_code == ExitCode::usage);
  BOOST_TEST(count(run.statuses(), "unsent") == 1000U);
}

BOOST_AUTO_TEST_CASE(whatever_breaks_while_requests_are_in_flight_every_row_is_accounted_for) {
  for (const int waits : {0, 1, 2, 3, 10, 57, 200}) {
    Drop run(1000);
    run.settings.limits.canary = 0;
    run.breaks_after = waits;
    const RunOutcome outcome = run.go();
    BOOST_TEST(outcome.exit_code == ExitCode::run_directory);
    const auto statuses = run.statuses();
    BOOST_TEST(count(statuses, "dropped") + count(statuses, "unknown") + count(statuses, "unsent") == 1000U);
    BOOST_TEST(count(statuses, "unsent") > 0U);
  }
}

BOOST_AUTO_TEST_CASE(who_declines_leaves_nothing_behind) {
  Drop run(10);
  run.settings.consent.yes = false;
  run.console.answer = false;
  BOOST_CHECK_EXCEPTION(run.go(), Error, [](const Error& error) { return error.code() == ExitCode::usage; });
  BOOST_REQUIRE(run.console.asked.size() == 1U);
  BOOST_TEST(run.console.asked[0].to_drop == 10U);
  BOOST_TEST(run.server.drop_requests == 0U);
  BOOST_TEST(!std::filesystem::exists(run.settings.out));
}

BOOST_AUTO_TEST_CASE(a_dry_run_touches_neither_disk_nor_network) {
  Drop run(10);
  run.settings.dry_run = true;
  const RunOutcome outcome = run.go();
  BOOST_REQUIRE(outcome.dry_run.has_value());
  BOOST_TEST(outcome.dry_run->to_drop == 10U);
  BOOST_TEST(run.server.token_requests == 0U);
  BOOST_TEST(!std::filesystem::exists(run.settings.out));
}

BOOST_AUTO_TEST_CASE(more_than_max_sessions_sends_nothing) {
  Drop run(10);
  run.settings.consent.max_sessions = 9;
  BOOST_CHECK_EXCEPTION(run.go(), Error,
                        [](const Error& error) { return error.code() == ExitCode::safety_limit; });
  BOOST_TEST(run.server.drop_requests == 0U);
  BOOST_TEST(!std::filesystem::exists(run.settings.out));
}

BOOST_AUTO_TEST_SUITE_END()
