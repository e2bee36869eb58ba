// What a summary proposes to do next.
#include "samples.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

BOOST_AUTO_TEST_SUITE(next_steps_text)

BOOST_AUTO_TEST_CASE(what_would_stop_it_again_is_to_be_mended_first) {
  Summary summary = with_counts({{Status::unsent, 3}});
  summary.run_directory = "run";
  const auto said = [&](StopKind kind) {
    summary.stopped_by = Stop{kind, ExitCode::usage, "why"};
    return to_text(summary, 400, false);
  };
  BOOST_TEST(said(StopKind::config).find("own: drop again with the right --url), go on with this run") !=
             std::string::npos);
  BOOST_TEST(said(StopKind::auth).find("When the login or its permission is mended, go on") !=
             std::string::npos);
  BOOST_TEST(said(StopKind::io).find("directory can be written, go on") != std::string::npos);
  BOOST_TEST(said(StopKind::max_failures)
                 .find("add a higher --max-failures to the command: with the same one it "
                       "stops again after as many. Then go on with this run") != std::string::npos);
  BOOST_TEST(said(StopKind::signal).find("Go on with this run where it stopped") != std::string::npos);
  BOOST_TEST(said(StopKind::config).find("in a run of its own:") == std::string::npos);
  BOOST_TEST(said(StopKind::auth).find("in a run of its own:") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_failed_can_be_asked_for_again_in_the_same_run) {
  Summary summary = with_counts({{Status::dropped, 1}, {Status::failed, 19}});
  summary.login_options = {"--token-file", "t"};
  const std::string command = "bulkdrop resume out --retry failed --token-file t";
  BOOST_TEST(to_text(summary, 200, false).find("\n    " + command + "\n") != std::string::npos);
  BOOST_TEST(retry_hint(summary) == "19 failed: `" + command + "` asks for them again");
  summary.counts.add(Status::unknown, 2);
  BOOST_TEST(
      retry_hint(summary) ==
      "19 failed, 2 unknown: `bulkdrop resume out --retry failed,unknown --token-file t` asks for them "
      "again");
  summary.merged = true;  // is no run
  BOOST_TEST(to_text(summary, 200, false).find("--retry") == std::string::npos);
  BOOST_TEST(retry_hint(summary).empty());
  BOOST_TEST(retry_hint(with_counts({{Status::dropped, 1}, {Status::unsent, 1}})).empty());
}

BOOST_AUTO_TEST_CASE(the_next_command_can_be_pasted) {
  Summary summary = with_counts({{Status::failed, 1}});
  summary.url = "https://pam.example/a b";
  summary.run_directory = "-it's";
  summary.repeat_options = {"--field", "ID da sessão"};
  summary.failed_files = {"failed.csv", "failed.jsonl"};
  BOOST_TEST(to_text(summary, 40, false)
                 .find("\n    bulkdrop drop --url 'https://pam.example/a b' --field 'ID da sessão' "
                       "'./-it'\\''s/failed.csv'\n"
                       "    bulkdrop drop --url 'https://pam.example/a b' --field 'ID da sessão' "
                       "--format jsonl './-it'\\''s/failed.jsonl'\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows_without_an_id_are_to_be_corrected_first) {
  const std::string text = to_text(with_counts({{Status::dropped, 1}, {Status::invalid, 1}}), 80, false);
  BOOST_TEST(text.find("Correct the rows without a usable ID") != std::string::npos);
  BOOST_TEST(text.find("bulkdrop drop --url https://pam.example out/failed.csv") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_run_that_stopped_or_was_cut_off_is_gone_on_with) {
  Summary summary = with_counts({{Status::dropped, 2}, {Status::unsent, 1}});
  summary.run_directory = "-runs/my run";
  summary.login_options = {"--token-file", "my token"};
  const std::string command = "    bulkdrop resume './-runs/my run' --token-file 'my token'\n";
  BOOST_TEST(to_text(summary, 80, false).find("resume") == std::string::npos);
  Summary cut_off = summary;
  cut_off.cut_off = true;
  BOOST_TEST(to_text(cut_off, 80, false).find(command) != std::string::npos);
  BOOST_TEST(to_text(cut_off, 80, false).find("The run was cut off") != std::string::npos);
  summary.stopped_by = Stop{StopKind::signal, ExitCode::interrupted, "stopped by SIGINT"};
  BOOST_TEST(to_text(summary, 80, false).find(command) != std::string::npos);
  BOOST_TEST(to_text(summary, 80, false).find("cut off") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_a_merged_report_each_run_that_is_not_over_has_a_command) {
  Summary summary;
  summary.counts.add(Status::unsent);
  summary.cut_off = true;
  summary.run_directory = "runs/merged";
  summary.unfinished = {{"runs/shard 1", {"--token-file", "a"}}, {"-2", {}}};
  std::string text = to_text(summary, 80, false);
  BOOST_TEST(text.find("    bulkdrop resume 'runs/shard 1' --token-file a\n    bulkdrop resume ./-2\n") !=
                 std::string::npos,
             text);
  BOOST_TEST(text.find("resume runs/merged") == std::string::npos, text);
  summary.unfinished.assign(20, {"run", {}});
  text = to_text(summary, 80, false);
  BOOST_TEST(text.find("and 12 runs more: see merged.json") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(proof_that_was_asked_for_and_is_missing_is_no_good_news) {
  Summary summary = with_counts({{Status::dropped, 10}});
  summary.verify_options = {"--token-file", "token"};
  summary.unproven = "no list came: error 503\x1b";
  const std::string text = to_text(summary, 200, true);
  BOOST_TEST(
      text.starts_with(
          "\x1b[1;31mAll 10 drops were confirmed, but the proof that was asked for is missing.\x1b[0m\n"),
      text);
  BOOST_TEST(text.find("Verified  no: asked for, but no list came: error 503\\x1B\n") != std::string::npos,
             text);
  BOOST_TEST(text.find("    bulkdrop verify out --token-file token\n") != std::string::npos, text);
  const std::string json = to_json(summary, false);
  BOOST_TEST(json.find(R"("verified":null,"unverified":"no list came: error 503)") != std::string::npos,
             json);
  summary.counts.add(Status::failed, 1);
  BOOST_TEST(to_text(summary, 200, false)
                 .starts_with("10 of 11 sessions are gone; 1 may still be alive.\n"
                              "The proof that was asked for is missing.\n"));
  Summary one = with_counts({{Status::dropped, 1}});
  one.unproven = "none is on record";
  BOOST_TEST(first_line(to_text(one, 200, false)) ==
             "The drop was confirmed, but the proof that was asked for is missing.");
}

BOOST_AUTO_TEST_CASE(proof_that_is_older_than_the_last_results_says_so) {
  Summary summary = with_counts({{Status::dropped, 200}});
  Verified& verified = summary.verified.emplace();
  verified.at = kStart;
  verified.listed = 200;
  verified.ended = 198;
  verified.results_since = 2;
  const std::string text = to_text(summary, 200, false);
  BOOST_TEST(
      text.find(", before the last 2 results: verify again; the server's list of 200 sessions: 198 ended, "
                "0 not listed\n") != std::string::npos,
      text);
  BOOST_TEST(text.find("    bulkdrop verify out\n") != std::string::npos, text);
  BOOST_TEST(to_json(summary, false).find(R"("not_listed":0,"results_since":2})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_only_the_list_can_settle_is_verified_first) {
  const auto first_command = [](const Summary& summary) {
    const std::string text = to_text(summary, 200, false);
    const std::size_t at = text.find("    bulkdrop ");
    return at == std::string::npos ? std::string() : first_line(text.substr(at + 4));
  };
  Summary unknown = with_counts({{Status::dropped, 5}, {Status::unknown, 1}});
  unknown.verify_options = {"--token-file", "t"};
  BOOST_TEST(first_command(unknown) == "bulkdrop verify out --token-file t");
  Summary refused = with_counts({{Status::failed, 1}});
  refused.errors = {{Reason::drop_error, "m", 1}};
  BOOST_TEST(first_command(refused) == "bulkdrop verify out");
  refused.verified.emplace().not_listed = 1;  // the list does not know it
  BOOST_TEST(first_command(refused) == "bulkdrop drop --url https://pam.example out/failed.csv");
  Summary merged = unknown;
  merged.merged = true;
  BOOST_TEST(first_command(merged) == "bulkdrop drop --url https://pam.example --verify out/failed.csv");
  Summary throttled = with_counts({{Status::failed, 1}});
  throttled.errors = {{Reason::throttled, "m", 1}};
  BOOST_TEST(first_command(throttled) == "bulkdrop drop --url https://pam.example out/failed.csv");
}

BOOST_AUTO_TEST_CASE(who_is_still_alive_is_asked_for_again_before_anything_is_done_by_hand) {
  Summary summary = with_counts({{Status::dropped, 5}, {Status::failed, 2}});
  summary.login_options = {"--token-file", "t"};
  summary.errors = {{Reason::still_alive, "still listed as active", 2}};
  summary.verified.emplace().still_alive = 2;
  const std::string text = to_text(summary, 200, false);
  const std::size_t again = text.find("    bulkdrop resume out --retry failed,unknown --token-file t\n");
  BOOST_REQUIRE(again != std::string::npos);
  BOOST_TEST(text.find("even then, end by hand") < again);
  BOOST_TEST(text.find("bulkdrop drop") == std::string::npos, text);
  summary.counts.add(Status::invalid, 1);
  BOOST_TEST(to_text(summary, 200, false).find("Correct the rows without a usable ID") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(where_there_never_was_a_server_the_url_comes_first) {
  const auto said = [](std::string_view message) {
    Summary summary = with_counts({{Status::unsent, 3}});
    summary.stopped_by = Stop{StopKind::outage, ExitCode::safety_limit, std::string(message)};
    return to_text(summary, 400, false);
  };
  const std::string never = said("the server never answered, for 1 min now");
  BOOST_TEST(never.find("First look at the host and port in --url: if that is wrong") != std::string::npos,
             never);
  BOOST_TEST(never.find("in a run of its own:") == std::string::npos, never);
  const std::string name = said("the host name in --url can't be resolved, for 15 s now");
  BOOST_TEST(name.find("First look at the name in --url") != std::string::npos, name);
  const std::string away = said("the server was unavailable for 10 min");
  BOOST_TEST(away.find("First look") == std::string::npos, away);
  BOOST_TEST(away.find("in a run of its own:") != std::string::npos, away);
}

BOOST_AUTO_TEST_CASE(where_no_row_had_an_id_the_field_is_to_be_changed_and_not_the_rows) {
  Summary summary = with_counts({{Status::invalid, 7}});
  summary.repeat_options = {"--field", "ID"};
  summary.origin.inputs = {{"my export.csv", ""}};
  std::string text = to_text(summary, 200, false);
  BOOST_TEST(
      text.find("  No row has a usable ID in what --field ID names. Name the field") != std::string::npos,
      text);
  BOOST_TEST(text.find("    bulkdrop drop --dry-run 'my export.csv'\n") != std::string::npos, text);
  BOOST_TEST(text.find("failed.csv") == std::string::npos, text);
  summary.repeat_options.clear();
  summary.origin.inputs = {{"-", ""}};
  text = to_text(summary, 200, false);
  BOOST_TEST(text.find("with --field, or with --id-pattern what they look like") != std::string::npos, text);
  BOOST_TEST(text.find("    bulkdrop ") == std::string::npos, text);
  summary.counts.add(Status::dropped);
  BOOST_TEST(to_text(summary, 200, false).find("Correct the rows without a usable ID") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
