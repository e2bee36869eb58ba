// What `bulkdrop resume` takes from the run, and what is said anew.
#include <chrono>
#include <csignal>

#include "cli/stopped_run.hpp"

namespace bulkdrop::test {
namespace {

using std::chrono::steady_clock;

}  // namespace

BOOST_AUTO_TEST_SUITE(resuming_with_options)

BOOST_AUTO_TEST_CASE(a_count_to_confirm_is_that_of_what_is_left) {
  const StoppedRun run;
  for (const std::uint64_t wrong : {std::uint64_t{StoppedRun::kSessions}, run.left() - 1, std::uint64_t{0}}) {
    const Finished refused = run.resume({"--confirm", std::to_string(wrong)});
    BOOST_TEST(refused.exit_code == 2, refused.err);
    BOOST_TEST(has(refused.err, "--confirm"), refused.err);
    BOOST_TEST(has(refused.err, std::to_string(run.left())), refused.err);
  }
  BOOST_TEST(run.rows().count("unsent") == run.left());
  const Finished finished = run.resume({"--confirm", std::to_string(run.left())});
  BOOST_TEST(finished.exit_code == 0, finished.err);
  run.check_all_dropped();
}

BOOST_AUTO_TEST_CASE(a_cap_is_that_of_the_run_about_what_is_left_unless_it_is_given_anew) {
  const StoppedRun run(SIGINT, {"--max-sessions", std::to_string(StoppedRun::kSessions)});
  const Finished refused = run.resume({"--yes", "--max-sessions", std::to_string(run.left() - 1)});
  BOOST_TEST(refused.exit_code == 5, refused.err);
  BOOST_TEST(has(refused.err, "--max-sessions"), refused.err);
  BOOST_TEST(run.resume({"--yes"}).exit_code == 0);
  run.check_all_dropped();
}

BOOST_AUTO_TEST_CASE(the_rate_is_that_of_the_run_unless_it_is_given_anew) {
  for (const bool anew : {false, true}) {
    const StoppedRun run(SIGINT, {"--rate", "40"});
    const auto start = steady_clock::now();
    const Finished finished = run.resume(Words{"--yes"} + (anew ? Words{"--rate", "1000"} : Words{}));
    const std::chrono::duration<double> took = steady_clock::now() - start;
    BOOST_TEST(finished.exit_code == 0, finished.err);
    run.check_all_dropped();
    const double at_that_rate = static_cast<double>(run.left()) / 40;
    // A busy machine makes both slower, none quicker.
    if (!anew) BOOST_TEST(took.count() > 0.8 * at_that_rate - 0.2);
    const std::string recorded = slurp(run.rows().file("run.json"));
    BOOST_TEST(has(recorded, R"("rate": "40")"), recorded);
  }
}

BOOST_AUTO_TEST_CASE(what_is_to_be_done_next_repeats_the_login_that_was_used_last) {
  const Sandbox sandbox(12, {"--faults", "drop_error=100%"});
  const TempDir here;
  put(here, "bad token", "not-the-one");
  const Finished refused = run(drop(here, {"--url", sandbox.url(), "--token-file", "bad token", "--yes",
                                           "--out", "run", sandbox.export_file()}));
  BOOST_TEST(refused.exit_code == 4, refused.err);
  BOOST_TEST(has(refused.out, "--token-file 'bad token'"), refused.out);
  const std::string page_before = slurp(here.path("run/report.html"));
  BOOST_TEST(has(page_before, "--token-file &#39;bad token&#39;"), page_before);
  BOOST_TEST(has(page_before, "<dt>Account</dt><dd>the bearer token in bad token</dd>"), page_before);
  const Words again = {"resume", "run", "--token-file", sandbox.token_file(), "--yes"};
  const Finished resumed = run(bulkdrop(here, again));
  BOOST_TEST(resumed.exit_code == 1, resumed.err);
  BOOST_TEST(!has(resumed.out, "bad token"), resumed.out);
  BOOST_TEST(has(resumed.out, "--token-file " + sandbox.token_file()), resumed.out);
  // So does the report that is made from the record alone.
  const std::string page = slurp(here.path("run/report.html"));
  BOOST_TEST(!has(page, "bad token"));
  BOOST_TEST(has(page, "<dt>Account</dt><dd>the bearer token in " + sandbox.token_file() +
                           "; the run was begun with another login: see run.json</dd>"));
  const std::string summary = slurp(here.path("run/summary.json"));
  BOOST_TEST(has(summary, "\"account\": \"the bearer token in " + sandbox.token_file() + "\""), summary);
  BOOST_TEST(run(bulkdrop(here, {"report", "run"})).out == resumed.out);
  BOOST_TEST(slurp(here.path("run/report.html")) == page);
  put(here, "third token", slurp(sandbox.token_file()));
  const Finished verified = run(bulkdrop(here, {"verify", "run", "--token-file", "third token"}));
  BOOST_TEST(has(verified.out, "--token-file 'third token'"), verified.out);
  BOOST_TEST(RunDirectory(here.path("run")).text("/account") == "the bearer token in third token");
}

BOOST_AUTO_TEST_CASE(all_who_logged_in_and_sent_something_are_named_the_last_one_first) {
  const Sandbox sandbox(3, {"--faults", "drop_error=100%"});
  const TempDir here;
  const Words client = {"--client-id", std::string(Sandbox::kClientId), "--client-secret-file",
                        sandbox.client_secret_file()};
  const Words token = {"--token-file", sandbox.token_file()};
  const std::string by_client = "client " + std::string(Sandbox::kClientId) + " (OAuth 2.0)";
  const std::string by_token = "the bearer token in " + sandbox.token_file();
  const auto go_on = [&](const Words& login) {
    const Finished finished =
        run(bulkdrop(here, Words{"resume", "run", "--yes", "--retry", "failed"} + login));
    BOOST_TEST(finished.exit_code == 1, finished.err);
  };
  const auto check_named = [&](const std::string& last, const std::string& before) {
    const Json summary(slurp(here.path("run/summary.json")));
    BOOST_TEST(summary.text("/account") == last);
    BOOST_TEST(summary.minified("/earlier_accounts") == "[\"" + before + "\"]");
    const std::string page = slurp(here.path("run/report.html"));
    BOOST_TEST(has(page, "<dt>Account</dt><dd>" + last + "; before: " + before + "</dd>"), page);
  };
  BOOST_TEST(run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", sandbox.export_file()})).exit_code ==
             1);
  BOOST_TEST(!has(slurp(here.path("run/summary.json")), "earlier_accounts"));
  go_on(client);
  check_named(by_client, by_token);
  go_on(token);
  check_named(by_token, by_client);
  // Who only looked has sent nothing, and is the last one all the same until somebody else comes.
  put(here, "another", slurp(sandbox.token_file()));
  static_cast<void>(run(bulkdrop(here, {"verify", "run", "--token-file", "another"})));
  BOOST_TEST(RunDirectory(here.path("run")).text("/account") == "the bearer token in another");
  go_on(client);
  check_named(by_client, by_token);
  const std::string page = slurp(here.path("run/report.html"));
  static_cast<void>(run(bulkdrop(here, {"report", "run"})));
  BOOST_TEST(slurp(here.path("run/report.html")) == page);
}

BOOST_AUTO_TEST_CASE(a_deadline_is_for_one_go) {
  const Sandbox sandbox(60, {"--latency", "100ms", "--workers", "2"});
  const TempDir here;
  const Finished first = run(
      drop(here, at(sandbox) + Words{"--yes", "--out", "run", "--deadline", "700ms", sandbox.export_file()}));
  BOOST_TEST(first.exit_code == 6, first.err);
  const Words resume = {"resume", "run", "--yes", "--token-file", sandbox.token_file()};
  const Finished second = run(bulkdrop(here, resume + Words{"--deadline", "500ms"}));
  BOOST_TEST(second.exit_code == 6, second.err);
  BOOST_TEST(RunDirectory(here.path("run")).text("/stopped_by") == "deadline");
  BOOST_TEST(RunDirectory(here.path("run")).count("unsent") > 0U);
  const Finished last = run(bulkdrop(here, resume));
  BOOST_TEST(last.exit_code == 0, last.err);
  BOOST_TEST(RunDirectory(here.path("run")).count("dropped") == 60U);
  BOOST_TEST(sandbox.requests() == 60U);
}

BOOST_AUTO_TEST_CASE(a_run_that_was_to_be_verified_and_watched_is_after_it_was_taken_up) {
  const StoppedRun run(SIGINT, {"--watch", "1s"});
  BOOST_TEST(run.rows().text("/verified") == "null");
  const Finished finished = run.resume({"--yes"});
  BOOST_TEST(finished.exit_code == 0, finished.err);
  run.check_all_dropped();
  BOOST_TEST(run.rows().number("/verified/listed") == StoppedRun::kSessions);
  BOOST_TEST(run.rows().flag("/watched/complete"));
  BOOST_TEST(run.rows().number("/watched/sessions_lost") == StoppedRun::kSessions);
}

BOOST_AUTO_TEST_CASE(a_run_can_be_watched_though_that_was_not_asked_of_it_before) {
  const StoppedRun run;
  BOOST_TEST(run.resume({"--yes", "--watch", "1s"}).exit_code == 0);
  BOOST_TEST(run.rows().flag("/watched/complete"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
