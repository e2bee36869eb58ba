// A run's rows against scripted session lists, in virtual time, with a real run directory.
#include "bulkdrop/run/verify.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scripted_pool.hpp"
#include "support/simulated_id.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "bulkdrop/run/notes.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using namespace std::chrono_literals;
using bulkdrop::test::simulated_id;

namespace {

constexpr std::string_view kEnd = "2026-05-06 16:07:59";

struct InList {
  std::uint64_t row;
  std::string_view end;
};

Said list(const std::vector<InList>& sessions) {
  std::string text = R"({"remote_sessions":[)";
  for (const InList& session : sessions)
    text += fmt::format(R"({}{{"session_id":"{}","user":"ana","end":"{}"}})", text.back() == '[' ? "" : ",",
                        simulated_id(session.row), session.end);
  return {200, text + "]}"};
}

struct Verifying : Surroundings {
  explicit Verifying(const std::vector<std::pair<Status, Reason>>& rows)
      : run_directory(directory.path("run"), script.clock.wall(), "5e884898"),
        store(run_directory.path()),
        journal(run_directory.file("journal.jsonl"), record::RunRecord(), [] {}) {
    for (const auto& [status, reason] : rows) {
      Row row;
      const std::string id = simulated_id(store.rows());
      row.session_id = id;
      row.admission = status == Status::invalid     ? Admission::invalid
                      : status == Status::duplicate ? Admission::duplicate
                                                    : Admission::to_drop;
      store.append(row);
      if (reason == Reason::not_started) continue;  // its turn never came
      Result result;
      result.row = row.number;
      result.session_id = id;
      result.status = status;
      result.reason = reason;
      if (status == Status::dropped) {  // as the rule wants it
        result.http_status = 200;
        result.error_code = 0;
      }
      journal.result(result, script.clock.wall());
    }
    store.flush();
  }

  Verification go() {
    pam::Credentials credentials = some_bearer();
    VerifySettings settings;
    settings.fetch.list_urls = {"https://pam.example/list"};
    settings.fetch.attempts = 2;
    settings.fetch.idle_timeout = ScriptedPool::kIdleTimeout;
    const FetchParts parts{script.clock, signals, console, credentials, [this](const net::TransportOptions&) {
                             return std::make_unique<ScriptedPool>(script);
                           }};
    return verify_rows(settings, parts, {run_directory, store, journal, true});
  }

  // `status/reason` by row, as the journal has it; rows without a record are empty.
  [[nodiscard]] std::vector<std::string> recorded() const {
    record::JournalReader reader(run_directory.file("journal.jsonl"));
    std::vector<std::string> all;
    for (std::uint64_t row = 0; row < store.rows(); ++row) {
      const auto result = reader.result(row);
      all.push_back(result ? fmt::format("{}/{}", name(result->status), name(result->reason)) : "");
    }
    return all;
  }
  [[nodiscard]] std::optional<Unverified> missing() const {
    return unverified_note(record::JournalReader(run_directory.file("journal.jsonl")));
  }
  [[nodiscard]] std::size_t logged(Level level) const {
    std::size_t count = 0;
    for (const auto& [its, text] : console.logged) count += its == level ? 1U : 0U;
    return count;
  }

  Script script;
  record::RunDirectory run_directory;
  record::RowStore store;
  record::Journal journal;
};

const Said lost = failing(TransportError::connection_lost);

using Texts = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(verify)

BOOST_AUTO_TEST_CASE(one_list_settles_what_it_can_and_the_journal_says_so) {
  Verifying run({{Status::dropped, Reason::ok},
                 {Status::unknown, Reason::timeout},
                 {Status::unknown, Reason::timeout},
                 {Status::failed, Reason::drop_error},
                 {Status::unsent, Reason::not_started},
                 {Status::unsent, Reason::not_started},
                 {Status::invalid, Reason::bad_id},
                 {Status::unknown, Reason::timeout}});
  run.script.answers = {
      list({{99, ""}, {0, kEnd}, {1, kEnd}, {2, ""}, {3, kEnd}, {4, kEnd}, {5, ""}, {6, ""}})};
  const Verification found = run.go();
  BOOST_TEST(!found.failure);
  BOOST_REQUIRE(found.verified.has_value());
  BOOST_TEST(found.verified->listed == 8U);
  BOOST_TEST(found.verified->ended == 4U);
  BOOST_TEST(found.verified->still_alive == 2U);
  BOOST_TEST(found.verified->not_listed == 1U);
  BOOST_TEST(run.script.asked.size() == 1U);
  const Texts expected = {"dropped/ok",         "ended/listed_ended", "failed/still_alive",
                          "ended/listed_ended", "ended/listed_ended", "",
                          "invalid/bad_id",     "unknown/timeout"};
  BOOST_TEST(run.recorded() == expected, boost::test_tools::per_element());
  BOOST_REQUIRE(found.verified->alive.size() == 2U);
  BOOST_TEST(found.verified->alive[0].session_id == simulated_id(2));
  BOOST_TEST(found.verified->alive[0].who == "still listed as active: user ana");
  BOOST_TEST(test::slurp(run.run_directory.file("journal.jsonl")).find(R"("k":"event","kind":"verify")") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_confirmed_drop_that_is_listed_alive_is_looked_at_again_after_the_grace_period) {
  Verifying run(
      {{Status::dropped, Reason::ok}, {Status::dropped, Reason::ok}, {Status::dropped, Reason::ok}});
  run.script.answers = {list({{0, ""}, {1, ""}, {2, ""}}), list({{0, kEnd}, {1, ""}})};
  const Verification found = run.go();
  BOOST_REQUIRE(found.verified.has_value());
  BOOST_REQUIRE(run.script.asked.size() == 2U);
  BOOST_TEST((run.script.asked[1].at - run.script.asked[0].at >= 10s));
  const Texts expected = {"dropped/ok", "failed/still_alive", "dropped/ok"};
  BOOST_TEST(run.recorded() == expected, boost::test_tools::per_element());
  BOOST_TEST(found.verified->ended == 1U);
  BOOST_TEST(found.verified->still_alive == 1U);
  BOOST_TEST(found.verified->not_listed == 1U);
  BOOST_TEST(run.logged(Level::error) == 1U);
  const std::string& loud = run.console.logged.back().second;
  BOOST_TEST(loud.find(simulated_id(1)) != std::string::npos, loud);
  BOOST_TEST(loud.find("user ana") != std::string::npos, loud);
}

BOOST_AUTO_TEST_CASE(the_same_list_again_changes_nothing) {
  Verifying run({{Status::dropped, Reason::ok}, {Status::unknown, Reason::timeout}});
  const Said same = list({{0, ""}, {1, ""}});
  run.script.answers = {same, same, same};
  const Verification first = run.go();
  const Texts after_first = run.recorded();
  const Verification second = run.go();
  BOOST_TEST(run.script.asked.size() == 3U);  // nothing is held to be gone any more: no need to look twice
  BOOST_TEST(run.recorded() == after_first, boost::test_tools::per_element());
  BOOST_REQUIRE((first.verified && second.verified));
  BOOST_TEST(first.verified->still_alive == 2U);
  BOOST_TEST(second.verified->still_alive == 2U);
}

BOOST_AUTO_TEST_CASE(without_a_list_everything_stays_as_it_was) {
  Verifying run({{Status::dropped, Reason::ok}, {Status::unknown, Reason::timeout}});
  run.script.answers = {lost, lost};
  const Verification found = run.go();
  BOOST_TEST(!found.verified.has_value());
  BOOST_REQUIRE(found.failure.has_value());
  BOOST_TEST((found.failure->code() == ExitCode::safety_limit));
  const Texts expected = {"dropped/ok", "unknown/timeout"};
  BOOST_TEST(run.recorded() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_a_second_list_what_the_first_one_found_stands) {
  Verifying run({{Status::dropped, Reason::ok},
                 {Status::unknown, Reason::timeout},
                 {Status::ended, Reason::listed_ended},
                 {Status::dropped, Reason::ok}});
  run.script.answers = {list({{0, ""}, {1, kEnd}, {2, ""}, {3, kEnd}}), lost, lost};
  const Verification found = run.go();
  BOOST_TEST(!found.verified.has_value());
  BOOST_TEST(found.failure.has_value());
  BOOST_TEST(found.active_once == 2U);
  const Texts expected = {"unknown/still_alive", "ended/listed_ended", "unknown/still_alive", "dropped/ok"};
  BOOST_TEST(run.recorded() == expected, boost::test_tools::per_element());
  BOOST_TEST(run.logged(Level::error) == 1U);
  const auto missing = run.missing();
  BOOST_REQUIRE(missing.has_value());
  BOOST_TEST(missing->active_once == 2U);
  BOOST_TEST(missing->why == found.failure->what());
}

BOOST_AUTO_TEST_CASE(what_the_first_list_found_is_on_record_before_the_second_one_is_waited_for) {
  Verifying run({{Status::dropped, Reason::ok}});
  run.script.answers = {list({{0, ""}}), list({{0, kEnd}})};
  Texts meanwhile;
  run.script.on_request = [&] {
    if (run.script.asked.size() == 2) meanwhile = run.recorded();
  };
  const Verification found = run.go();
  BOOST_TEST(found.verified.has_value());
  BOOST_TEST(meanwhile == Texts{"unknown/still_alive"}, boost::test_tools::per_element());
  BOOST_TEST(run.recorded() == Texts{"dropped/ok"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_later_verification_settles_what_was_looked_at_once) {
  Verifying run(std::vector<std::pair<Status, Reason>>(4, {Status::dropped, Reason::ok}));
  const Said all = list({{0, ""}, {1, ""}, {2, ""}, {3, kEnd}});
  run.script.answers = {all, lost, lost};
  BOOST_TEST(run.go().active_once == 3U);
  run.script.answers = {all, lost, lost};  // in vain once more
  BOOST_TEST(run.go().active_once == 3U);
  run.script.answers = {list({{0, ""}, {1, kEnd}, {3, kEnd}}), list({{0, ""}, {1, kEnd}, {3, kEnd}})};
  const Verification found = run.go();
  BOOST_REQUIRE(found.verified.has_value());
  BOOST_TEST(found.verified->still_alive == 1U);
  BOOST_TEST(found.verified->ended == 2U);
  BOOST_TEST(found.verified->not_listed == 1U);
  const Texts expected = {"failed/still_alive", "dropped/ok", "dropped/ok", "dropped/ok"};
  BOOST_TEST(run.recorded() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_without_sessions_asks_for_no_list) {
  Verifying run({{Status::invalid, Reason::bad_id}});
  const Verification found = run.go();
  BOOST_TEST(!found.verified.has_value());
  BOOST_TEST(!found.failure.has_value());
  BOOST_TEST(run.script.asked.empty());
}

BOOST_AUTO_TEST_CASE(of_many_that_live_against_the_servers_word_the_first_are_named_and_all_are_counted) {
  Verifying run(std::vector<std::pair<Status, Reason>>(100, {Status::dropped, Reason::ok}));
  std::vector<InList> all;
  for (std::uint64_t row = 100; row-- > 0;) all.push_back({row, ""});
  run.script.answers = {list(all), list(all)};
  const Verification found = run.go();
  BOOST_REQUIRE(found.verified.has_value());
  BOOST_TEST(found.verified->still_alive == 100U);
  BOOST_TEST(found.verified->alive.size() == report::kMostAliveShown);
  BOOST_TEST(found.verified->alive.front().session_id == simulated_id(0));
  BOOST_TEST(run.logged(Level::error) == 21U);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_second_list) {
  Verifying run({{Status::dropped, Reason::ok}});
  run.script.answers = {list({{0, ""}})};
  send_signal(SIGTERM);
  BOOST_REQUIRE(eventually([&] { return run.signals.stops() == 1; }));
  const Verification found = run.go();
  BOOST_REQUIRE(found.failure.has_value());
  BOOST_TEST((found.failure->code() == ExitCode::terminated));
  BOOST_TEST(run.script.asked.empty());
}

BOOST_AUTO_TEST_SUITE_END()
