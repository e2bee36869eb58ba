// The loop's neighbours: the recorder that leases ahead, and the watch that stops.
#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "record/file_size_limit.hpp"
#include "record/samples.hpp"
#include "simulation.hpp"
#include "support/temp_dir.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/run/journal_recorder.hpp"
#include "bulkdrop/run/watch.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::record::Journal;
using bulkdrop::record::JournalReader;
using bulkdrop::record::kNow;
using bulkdrop::record::sample_run;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;
using namespace std::chrono_literals;

namespace {

struct Recording {
  explicit Recording(std::uint64_t rows, std::size_t concurrency = 32)
      : path(directory.path("journal.jsonl")),
        journal(path, sample_run(rows), [] {}),
        recorder(journal, concurrency) {}
  TempDir directory;
  std::string path;
  Journal journal;
  JournalRecorder recorder;
};

const Moment kMoment{test::kStart, kNow};

struct Watched : Surroundings {
  Watched()
      : journal(directory.path("journal.jsonl"), sample_run(100), [] {}),
        server(100),
        pool(clock, server, 33, 1),
        dispatcher(policy::Limits{}, 1),
        recorder(journal, 32),
        watch(signals, console, recorder, pool, 100) {}
  TimePoint look() { return watch.look(dispatcher, clock.moment()); }

  Journal journal;
  test::ManualClock clock;
  test::SimulatedServer server;
  test::SimulatedPool pool;
  policy::Dispatcher dispatcher;
  JournalRecorder recorder;
  Watch watch;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_recorder)

BOOST_AUTO_TEST_CASE(a_row_may_be_sent_once_its_lease_is_on_disk) {
  Recording run(20'000);
  for (std::uint64_t row = 0; row < 20'000; ++row) {
    BOOST_REQUIRE(eventually([&] { return run.recorder.may_send(row); }));
    BOOST_REQUIRE(row < run.journal.leased());
    BOOST_REQUIRE(run.journal.leased() <=
                  row + 3 * 256);  // not the whole run: what is leased is in doubt after a crash
  }
}

// How far the leases are ahead of a run in which every row takes that long.
std::uint64_t most_ahead(std::chrono::microseconds each) {
  Recording run(20'000);
  std::uint64_t most = 0;
  for (std::uint64_t row = 0; row < 20'000; ++row) {
    BOOST_REQUIRE(eventually([&] { return run.recorder.may_send(row); }));
    most = std::max(most, run.journal.leased() - row);
    Moment now = kMoment;
    now.wall += std::chrono::duration_cast<std::chrono::milliseconds>(row * each);
    run.recorder.accept(record::dropped(row), now);
  }
  return most;
}

// A lease is a sync at once. Against a quick server it lasts for some time all the same.
BOOST_AUTO_TEST_CASE(leases_are_larger_where_rows_go_quickly) {
  BOOST_TEST(most_ahead(std::chrono::milliseconds(5)) <= 3 * 256U);
  const std::uint64_t quick = most_ahead(std::chrono::microseconds(50));
  BOOST_TEST(quick >= 1'000U);
  BOOST_TEST(quick <= 3 * 16 * 256U);
}

BOOST_AUTO_TEST_CASE(rows_may_be_asked_for_with_gaps) {
  Recording run(1'000'000, 1000);
  for (const std::uint64_t row : {0U, 5U, 100'000U, 100'001U, 999'999U})
    BOOST_TEST(eventually([&] { return run.recorder.may_send(row); }));
}

BOOST_AUTO_TEST_CASE(a_lease_is_in_the_file_before_it_counts) {
  Recording run(1000);
  BOOST_REQUIRE(eventually([&] { return run.recorder.may_send(0); }));
  BOOST_TEST(JournalReader(run.path).leased() >= 1U);
}

BOOST_AUTO_TEST_CASE(after_a_kill_rows_that_were_leased_and_never_begun_are_not_in_doubt) {
  const TempDir directory;
  const std::string path = directory.path("journal.jsonl");
  {
    Journal journal(path, sample_run(1000), [] {});
    JournalRecorder recorder(journal, 4);
    BOOST_REQUIRE(eventually([&] { return recorder.may_send(3); }));
    recorder.begin(4);
  }
  const JournalReader reader(path);
  BOOST_TEST(reader.leased() >= 256U);
  for (std::uint64_t row = 0; row < 1000; ++row) BOOST_TEST(reader.in_doubt(row) == (row < 4));
}

BOOST_AUTO_TEST_CASE(what_was_accepted_stands_in_the_journal) {
  Recording run(10);
  run.recorder.accept(record::dropped(3), kMoment);
  run.journal.end(std::nullopt, 0, kNow);
  BOOST_TEST((JournalReader(run.path).result(3) == record::dropped(3)));
}

BOOST_AUTO_TEST_CASE(a_disk_that_is_full_leases_nothing) {
  TempDir directory;
  Journal journal(directory.path("journal.jsonl"), sample_run(1000), [] {});
  const auto size = slurp(directory.path("journal.jsonl")).size();
  const record::FileSizeLimit full(size);
  JournalRecorder recorder(journal, 32);
  BOOST_TEST(eventually([&] { return journal.full().has_value(); }));
  BOOST_TEST(!recorder.may_send(0));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watch)

BOOST_AUTO_TEST_CASE(all_is_quiet_at_first) {
  Watched run;
  BOOST_TEST((run.look() == TimePoint::max()));
  BOOST_TEST(!run.dispatcher.stopped());
  BOOST_TEST(run.console.logged.empty());
  BOOST_TEST(run.console.shown.empty());
}

BOOST_AUTO_TEST_CASE(a_signal_stops_the_run_with_its_own_exit_code) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    Watched run;
    send_signal(number);
    BOOST_REQUIRE(eventually([&] { return run.signals.stops() == 1; }));
    run.look();
    run.look();
    BOOST_REQUIRE(run.dispatcher.stopped());
    BOOST_TEST(run.dispatcher.stopped()->kind == StopKind::signal);
    BOOST_TEST(run.dispatcher.stopped()->exit_code ==
               (number == SIGINT ? ExitCode::interrupted : ExitCode::terminated));
    BOOST_TEST(run.console.logged.size() == 1U);  // said once
    BOOST_TEST(run.console.logged[0].second.find(signal_name(number)) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_second_signal_cuts_what_is_in_flight) {
  Watched run;
  run.server.drops = test::unlimited(test::exactly(1h));
  const std::string url = "https://pam.example/drop/" + test::simulated_id(0);
  net::Request request;
  request.url = url.c_str();
  request.headers = std::make_shared<const net::HeaderLines>(std::vector<std::string>{});
  run.pool.start(request);
  send_signal(SIGINT);
  BOOST_REQUIRE(eventually([&] { return run.signals.stops() == 1; }));
  run.look();
  BOOST_TEST(run.pool.wait(run.clock.now()).empty());
  BOOST_TEST(run.pool.in_flight() == 1U);
  send_signal(SIGINT);
  BOOST_REQUIRE(eventually([&] { return run.signals.stops() == 2; }));
  run.look();
  const auto answers = run.pool.wait(run.clock.now());
  BOOST_REQUIRE(answers.size() == 1U);
  BOOST_TEST((answers[0].error == TransportError::cancelled));
}

BOOST_AUTO_TEST_CASE(that_the_server_answers_again_is_told_when_it_does) {
  Watched run;
  policy::Limits limits;
  limits.canary = 0;
  run.dispatcher = policy::Dispatcher(limits, 1);
  for (std::uint64_t row = 0; row < 20; ++row) run.dispatcher.add(row, test::simulated_id(row));
  Judgement judgement;
  judgement.verdict = Verdict::not_sent;
  judgement.reason = Reason::connect_failed;
  judgement.message = "refused";
  const auto ask = [&](int sends) {
    const auto order = run.dispatcher.next(run.clock.moment());
    BOOST_REQUIRE(order.has_value());
    run.dispatcher.settle(order->ticket, sends, judgement, run.clock.moment());
    run.look();
  };
  for (int i = 0; i < 10; ++i) ask(0);
  BOOST_REQUIRE(run.console.logged.size() == 1U);
  const std::string& told = run.console.logged[0].second;
  BOOST_TEST(told.find("giving up in 10 min 00 s (connect_failed: refused)") != std::string::npos, told);
  run.clock.turn_to(run.clock.now() + 6s);
  const auto probe = run.dispatcher.next(run.clock.moment());
  BOOST_REQUIRE(probe.has_value());
  run.look();  // asked again, but not answered
  BOOST_TEST(run.console.logged.size() == 1U);
  judgement = {};
  judgement.verdict = Verdict::dropped;
  judgement.reason = Reason::ok;
  judgement.documented = true;
  run.dispatcher.settle(probe->ticket, 1, judgement, run.clock.moment());
  run.look();
  run.look();
  BOOST_REQUIRE(run.console.logged.size() == 2U);
  BOOST_TEST(run.console.logged[1].second == "the server answers again, going on");
}

BOOST_AUTO_TEST_CASE(a_server_whose_answers_prove_nothing_is_not_said_to_be_silent) {
  Watched run;
  Judgement judgement;
  judgement.verdict = Verdict::untrusted;
  judgement.reason = Reason::bad_response;
  judgement.http_status = 200;
  judgement.message = "odd";
  for (std::uint64_t row = 0; row < 40; ++row) run.dispatcher.add(row, "a");
  const auto ask = [&] {
    const auto order = run.dispatcher.next(run.clock.moment());
    BOOST_REQUIRE(order.has_value());
    run.dispatcher.settle(order->ticket, 1, judgement, run.clock.moment());
    run.look();
  };
  for (int i = 0; i < 40 && run.console.logged.empty(); ++i) ask();
  BOOST_REQUIRE(run.console.logged.size() == 1U);
  const std::string& told = run.console.logged[0].second;
  BOOST_TEST(told.starts_with("answers that prove nothing, "), told);
  run.clock.turn_to(run.clock.now() + 30s);
  judgement = {};
  judgement.verdict = Verdict::dropped;
  judgement.reason = Reason::ok;
  judgement.documented = true;
  ask();
  run.look();
  BOOST_REQUIRE(run.console.logged.size() == 2U);
  BOOST_TEST(run.console.logged[1].second == "the server's answers prove something again, going on");
}

BOOST_AUTO_TEST_CASE(a_journal_that_fails_stops_the_run) {
  Watched run;
  const record::FileSizeLimit full(slurp(run.directory.path("journal.jsonl")).size());
  run.journal.event("pause", "over", kNow);
  BOOST_REQUIRE(eventually([&] { return run.journal.failed().has_value(); }));
  run.look();
  BOOST_REQUIRE(run.dispatcher.stopped());
  BOOST_TEST(run.dispatcher.stopped()->kind == StopKind::io);
  BOOST_TEST(run.dispatcher.stopped()->exit_code == ExitCode::run_directory);
  BOOST_TEST(run.dispatcher.stopped()->message.find("journal.jsonl") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sigusr1_shows_the_progress_once) {
  Watched run;
  send_signal(SIGUSR1);
  BOOST_REQUIRE(eventually([&] {
    run.look();
    return !run.console.shown.empty();
  }));
  run.look();
  BOOST_REQUIRE(run.console.shown.size() == 1U);
  BOOST_TEST(run.console.shown[0].second);
  BOOST_TEST((run.console.shown[0].first.rows == 100U));
}

BOOST_AUTO_TEST_CASE(progress_is_shown_when_its_time_has_come_and_counts_what_is_settled) {
  Watched run;
  run.console.progress_at = run.clock.now() + 1s;
  BOOST_TEST((run.look() == run.clock.now() + 1s));
  BOOST_TEST(run.console.shown.empty());
  run.watch.settled(record::dropped(0));
  run.watch.settled(record::dropped(1));
  run.clock.turn_to(run.clock.now() + 1s);
  run.look();
  BOOST_REQUIRE(run.console.shown.size() == 1U);
  BOOST_TEST(!run.console.shown[0].second);
  BOOST_TEST(run.console.shown[0].first.settled.of(Status::dropped) == 2U);
}

BOOST_AUTO_TEST_CASE(the_rate_above_which_the_server_turns_away_is_told_and_stands_in_the_journal) {
  Watched run;
  policy::Limits limits;
  limits.concurrency = 1;
  limits.adapt = true;
  run.dispatcher = policy::Dispatcher(limits, 1);
  Judgement judgement;
  std::uint64_t row = 0;
  // So many requests, one each 20 ms, all served or all turned away. Only what turns away at once does it for
  // the rate.
  const auto answer = [&](int requests, bool served) {
    judgement.verdict = served ? Verdict::dropped : Verdict::overload;
    judgement.http_status = served ? 200 : 503;
    judgement.documented = served;
    for (int i = 0; i < requests; ++i) {
      run.dispatcher.add(row, test::simulated_id(row));
      ++row;
      if (!served) run.clock.turn_to(run.clock.now() + 19ms);
      auto order = run.dispatcher.next(run.clock.moment());
      while (!order) {
        run.clock.turn_to(run.dispatcher.wakes_at(run.clock.now()));
        order = run.dispatcher.next(run.clock.moment());
      }
      run.clock.turn_to(run.clock.now() + (served ? 20ms : 1ms));
      run.dispatcher.settle(order->ticket, 1, judgement, run.clock.moment());
      run.console.progress_at = run.clock.now();
      run.look();
    }
  };
  answer(50, true);
  BOOST_TEST(run.console.logged.empty());
  BOOST_TEST(run.console.shown.back().first.shed_above == 0);
  answer(1, false);
  const double rate = run.console.shown.back().first.shed_above;
  BOOST_TEST(rate > 40);
  BOOST_TEST(rate < 50);
  BOOST_TEST(std::count_if(run.console.logged.begin(), run.console.logged.end(), [](const auto& line) {
               return line.first == Level::info && line.second.starts_with("server turns away more than 4");
             }) == 1);
  answer(800, true);  // what it no longer turns away may be asked again
  BOOST_TEST(run.console.shown.back().first.shed_above == 0);
  run.journal.end(std::nullopt, 0, kNow);
  const std::string text = slurp(run.directory.path("journal.jsonl"));
  BOOST_TEST(text.find(R"("kind":"rate","text":"server turns away more than 4)") != std::string::npos);
  BOOST_TEST(text.find(R"("kind":"rate","text":"server no longer turns away for the rate")") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stop_stands_in_the_journal) {
  Watched run;
  run.dispatcher.stop({StopKind::outage, ExitCode::safety_limit, "the server was away"});
  run.look();
  run.journal.end(run.dispatcher.stopped(), 6, kNow);
  const std::string text = slurp(run.directory.path("journal.jsonl"));
  BOOST_TEST(text.find(R"("kind":"stop","text":"the server was away")") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
