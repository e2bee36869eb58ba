// A run that is over, and the lists after it, in virtual time.
#include "bulkdrop/run/reconnection_watch.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "list_pool.hpp"
#include "support/manual_clock.hpp"
#include "support/simulated_id.hpp"
#include "support/temp_dir.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <signal.h>

using namespace bulkdrop;
using namespace bulkdrop::run;
using namespace std::chrono_literals;
using bulkdrop::test::ListPool;
using bulkdrop::test::ManualClock;
using bulkdrop::test::simulated_id;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

struct InList {
  std::uint64_t row;
  std::string_view user;
  std::string_view start = "2026-05-06 08:00:00";
  std::string_view end = "";
};

constexpr std::string_view kLoss = "2026-05-06 16:05:07";
constexpr std::string_view kLater = "2026-05-06 16:06:00";

std::string list(const std::vector<InList>& sessions) {
  std::string text = R"({"remote_sessions":[)";
  for (const InList& session : sessions)
    text += fmt::format(R"({}{{"session_id":"{}","user":"{}","start":"{}","end":"{}"}})",
                        text.back() == '[' ? "" : ",", simulated_id(session.row), session.user, session.start,
                        session.end);
  return text + "]}";
}

// Row 0: ana's session, dropped.
struct Watching {
  Watching()
      : directory(dir.path("run"), clock.wall(), "5e884898"),
        store(directory.path()),
        journal(directory.file("journal.jsonl"), record::RunRecord(), [] {}) {
    Row row;
    const std::string id = simulated_id(0);
    row.session_id = id;
    store.append(row);
    store.flush();
    Result result;
    result.session_id = id;
    result.status = Status::dropped;
    result.reason = Reason::ok;
    journal.result(result, clock.wall());
    settings.fetch.list_urls = {"https://pam.example/list"};
    settings.length = 60s;
  }

  [[nodiscard]] FetchParts parts() {
    return {clock, signals, console, credentials,
            [this](const net::TransportOptions&) { return std::make_unique<ListPool>(clock, lists, asked); }};
  }
  std::optional<Error> before() { return look_before(settings, parts(), store, true, losses); }
  // The first list is the verification's.
  WatchOutcome go() {
    const SettledRun run{directory, store, journal, true};
    VerifySettings verify;
    verify.fetch = settings.fetch;
    const FetchParts using_these = parts();
    verify_rows(verify, using_these, run, &losses);
    asked.clear();
    return watch_reconnections(settings, using_these, run, losses);
  }
  [[nodiscard]] std::size_t logged(Level level) const {
    std::size_t count = 0;
    for (const auto& [its, text] : console.logged) count += its == level ? 1U : 0U;
    return count;
  }
  static pam::Credentials bearer() {
    std::string secret = "s";
    return pam::Credentials::bearer(Secret(secret), {});
  }

  SignalsRestored restored;
  Signals signals;
  TempDir dir;
  ManualClock clock;
  ConsoleDouble console;
  pam::Credentials credentials = bearer();
  record::RunDirectory directory;
  record::RowStore store;
  record::Journal journal;
  std::deque<std::string> lists;
  std::vector<TimePoint> asked;
  WatchSettings settings;
  Losses losses{true, std::nullopt};
};

const InList kGone{0, "ana", "2026-05-06 08:00:00", kLoss};
const InList kBack{5, "ana", kLater};

}  // namespace

BOOST_AUTO_TEST_SUITE(reconnection_watch)

BOOST_AUTO_TEST_CASE(lists_come_every_ten_seconds_and_the_last_one_at_the_end) {
  Watching watching;
  for (int i = 0; i < 20; ++i) watching.lists.push_back(list({kGone}));
  const TimePoint start = watching.clock.now();
  const WatchOutcome outcome = watching.go();
  BOOST_TEST(!outcome.failure);
  BOOST_TEST(outcome.watched.complete);
  BOOST_TEST(outcome.watched.sessions == 0U);
  BOOST_TEST(outcome.watched.users_lost == 1U);
  BOOST_TEST((watching.clock.now() - start >= 60s));
  BOOST_TEST((watching.clock.now() - start < 62s));
  BOOST_TEST(outcome.watched.lists == watching.asked.size());
  BOOST_TEST(outcome.watched.lists == 6U);
  for (std::size_t i = 1; i < watching.asked.size(); ++i)
    BOOST_TEST((watching.asked[i] - watching.asked[i - 1] >= 9s));
  BOOST_TEST((exit_code_after_watch(ExitCode::all_gone, outcome) == ExitCode::all_gone));
  BOOST_TEST(watching.logged(Level::error) == 0U);
}

BOOST_AUTO_TEST_CASE(a_user_who_comes_back_is_told_once_in_the_log_the_journal_and_the_file) {
  Watching watching;
  watching.lists = {list({kGone}), list({kGone})};
  for (int i = 0; i < 20; ++i) watching.lists.push_back(list({kGone, kBack, {6, "eva", kLater}}));
  const WatchOutcome outcome = watching.go();
  BOOST_TEST(outcome.watched.complete);
  BOOST_TEST(outcome.watched.sessions == 1U);
  BOOST_TEST(outcome.watched.users == 1U);
  BOOST_TEST(outcome.watched.alive == 1U);
  BOOST_REQUIRE(outcome.watched.shown.size() == 1U);
  BOOST_TEST(outcome.watched.shown[0].session_id == simulated_id(5));
  BOOST_TEST(watching.logged(Level::error) == 1U);
  const std::string journal = slurp(watching.directory.file("journal.jsonl"));
  const std::string event = R"("kind":"reconnected","text":"session )" + simulated_id(5);
  BOOST_TEST(journal.find(event) != std::string::npos, journal);
  BOOST_TEST(journal.find(event) == journal.rfind(event));
  const std::string file = slurp(watching.directory.file("reconnected.csv"));
  BOOST_TEST(file.find(simulated_id(5) + ",ana,") != std::string::npos, file);
  BOOST_TEST((exit_code_after_watch(ExitCode::all_gone, outcome) == ExitCode::some_may_live));
}

BOOST_AUTO_TEST_CASE(a_session_that_ended_again_is_no_success_either_but_not_in_the_file) {
  Watching watching;
  watching.lists = {list({kGone}), list({kGone, kBack})};
  for (int i = 0; i < 20; ++i)
    watching.lists.push_back(list({kGone, {5, "ana", kLater, "2026-05-06 16:07:00"}}));
  const WatchOutcome outcome = watching.go();
  BOOST_TEST(outcome.watched.sessions == 1U);
  BOOST_TEST(outcome.watched.alive == 0U);
  BOOST_TEST(outcome.watched.shown.at(0).ended);
  BOOST_TEST(slurp(watching.directory.file("reconnected.csv")).find(simulated_id(5)) == std::string::npos);
  BOOST_TEST((exit_code_after_watch(ExitCode::all_gone, outcome) == ExitCode::some_may_live));
}

BOOST_AUTO_TEST_CASE(with_a_list_from_before_the_drops_the_later_one_need_not_have_the_lost_session) {
  for (const bool before : {true, false}) {
    Watching watching;
    if (before) {
      watching.lists = {list({{0, "ana"}, {7, "ana", kLater}})};
      BOOST_TEST(!watching.before());
    }
    watching.lists = {list({})};
    for (int i = 0; i < 20; ++i) watching.lists.push_back(list({kBack, {7, "ana", kLater}}));
    const WatchOutcome outcome = watching.go();
    BOOST_TEST(outcome.watched.sessions == (before ? 1U : 0U));
    BOOST_TEST(outcome.watched.user_unknown == (before ? 0U : 1U));
    // A watch that can recognise nobody does not watch, and does not claim to have done so.
    BOOST_TEST(watching.asked.empty() == !before);
    BOOST_TEST(outcome.watched.complete == before);
    BOOST_TEST((exit_code_after_watch(ExitCode::all_gone, outcome) == ExitCode::some_may_live));
  }
}

BOOST_AUTO_TEST_CASE(a_list_from_before_that_does_not_come_keeps_nobody_waiting_for_long) {
  Watching watching;
  watching.settings.patience_before = 3s;
  const TimePoint start = watching.clock.now();
  const auto failure = watching.before();
  BOOST_REQUIRE(failure.has_value());
  BOOST_TEST((failure->code() == ExitCode::safety_limit));
  BOOST_TEST((watching.clock.now() - start <= 4s));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_for_a_while_is_waited_for) {
  Watching watching;
  watching.lists = {list({kGone}), "", "", "", ""};
  for (int i = 0; i < 20; ++i) watching.lists.push_back(list({kGone, kBack}));
  const WatchOutcome outcome = watching.go();
  BOOST_TEST(!outcome.failure);
  BOOST_TEST(outcome.watched.complete);
  BOOST_TEST(outcome.watched.sessions == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_that_stays_away_ends_the_watch_and_that_is_told) {
  Watching watching;
  watching.lists = {list({kGone}), list({kGone, kBack})};
  const WatchOutcome outcome = watching.go();
  BOOST_REQUIRE(outcome.failure.has_value());
  BOOST_TEST((outcome.failure->code() == ExitCode::safety_limit));
  BOOST_TEST(!outcome.watched.complete);
  BOOST_TEST(outcome.watched.lists == 1U);
  BOOST_TEST(outcome.watched.sessions == 1U);
  BOOST_TEST((watching.clock.passed() >= 60s));
  BOOST_TEST((watching.clock.passed() < 120s));
  BOOST_TEST((exit_code_after_watch(ExitCode::all_gone, outcome) == ExitCode::some_may_live));
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_watch_and_keeps_what_was_seen) {
  Watching watching;
  watching.lists = {list({kGone})};
  const SettledRun run{watching.directory, watching.store, watching.journal, true};
  const FetchParts parts = watching.parts();
  VerifySettings verify;
  verify.fetch = watching.settings.fetch;
  verify_rows(verify, parts, run, &watching.losses);
  send_signal(SIGTERM);
  BOOST_REQUIRE(eventually([&] { return watching.signals.stops() == 1; }));
  const WatchOutcome outcome = watch_reconnections(watching.settings, parts, run, watching.losses);
  BOOST_REQUIRE(outcome.failure.has_value());
  BOOST_TEST((exit_code_after_watch(ExitCode::all_gone, outcome) == ExitCode::terminated));
  // Nothing was seen: nothing that an earlier watch left is overwritten.
  BOOST_TEST(!std::filesystem::exists(watching.directory.file("reconnected.csv")));
}

BOOST_AUTO_TEST_SUITE_END()
