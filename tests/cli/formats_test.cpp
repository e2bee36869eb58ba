// Every kind of input that people have, through the program, up to the wire; and the way back: what failed
// can be fed in again as it stands.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

struct Sample {
  std::string file;    // in samples/
  Words words;         // that reading it takes
  std::string lines;   // only lines with this text hold IDs that are meant; empty = all
  std::string failed;  // where its rows go if they fail
  Words words_again;   // that reading those takes
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = {
      {"remote-sessions.en.csv", {}, "", "failed.csv", {}},
      {"remote-sessions.pt.csv", {}, "", "failed.csv", {}},
      {"remote-sessions.en.csv", {"--field", "session id"}, "", "failed.csv", {}},
      {"remote-sessions.pt.csv", {"--field", "5", "--delimiter", ";"}, "", "failed.csv", {}},
      {"siem-alerts.jsonl",
       {"--field", "/pam/session_id"},
       "",
       "failed.jsonl",
       {"--field", "/pam/session_id"}},
      {"list-answer.json", {"--format", "json"}, "", "failed.jsonl", {}},
      {"list-answer.json", {}, "", "failed.jsonl", {}},
      {"ids.txt", {}, "", "failed.csv", {}},
      {"syslog-cef.log",
       {"--match", "session-alert.* cs1Label=sessionId cs1=([0-9a-f]{40})"},
       "|session-alert|",
       "failed.csv",
       {}},
  };
  return all;
}

std::string path_of(const Sample& sample) {
  return std::string(BULKDROP_SAMPLES) + "/" + sample.file;
}

// What a person would pick out of the file: every 40 hex digits.
std::set<std::string> ids_in(const std::string& text, const std::string& lines = "") {
  static const std::regex id("[0-9a-f]{40}");
  std::set<std::string> ids;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    if (lines.empty() || has(line, lines))
      for (std::sregex_iterator found(line.begin(), line.end(), id), none; found != none; ++found)
        ids.insert(found->str());
    at = end + 1;
  }
  return ids;
}

std::set<std::string> asked_for(const Sandbox& sandbox) {
  std::set<std::string> ids;
  for (const auto& [id, entry] : sandbox.ledger()) ids.insert(id);
  return ids;
}

// Of a run whose server knows none of the sessions: all failed.
void check_all_failed(const Finished& finished, const RunDirectory& run, const Sandbox& sandbox) {
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(finished.exit_code == 1, finished.err);
  for (const SessionRow& row : run.rows())
    BOOST_TEST((row.status == "failed" || row.status == "duplicate" || row.status == "invalid"), row.status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(every_sample_is_read_and_its_failed_rows_read_again_name_the_same_sessions) {
  for (const Sample& sample : samples()) {
    BOOST_TEST_CONTEXT(sample.file << " " << (sample.words.empty() ? "" : sample.words.front())) {
      const auto expected = ids_in(slurp(path_of(sample)), sample.lines);
      BOOST_TEST(expected.size() > 2U);
      const TempDir here;
      const Sandbox sandbox(0);
      const Finished first =
          run(drop(here, at(sandbox) + sample.words + Words{"--yes", "--out", "first", path_of(sample)}));
      const RunDirectory first_run(here.path("first"));
      check_all_failed(first, first_run, sandbox);
      BOOST_TEST(asked_for(sandbox) == expected, boost::test_tools::per_element());

      const Sandbox again(0);
      const Finished second =
          run(drop(here, at(again) + sample.words_again +
                             Words{"--yes", "--out", "second", "first/" + sample.failed}));
      const RunDirectory second_run(here.path("second"));
      check_all_failed(second, second_run, again);
      BOOST_TEST(asked_for(again) == expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_command_that_the_summary_proposes_works_as_it_stands) {
  for (const Sample& sample : samples()) {
    BOOST_TEST_CONTEXT(sample.file << " " << (sample.words.empty() ? "" : sample.words.front())) {
      const TempDir here;
      const Sandbox sandbox(0);
      const Finished first =
          run(drop(here, at(sandbox) + sample.words + Words{"--yes", "--out", "a run", path_of(sample)}));
      const std::size_t begin = first.out.find("    bulkdrop drop ");
      BOOST_TEST_REQUIRE(begin != std::string::npos, first.out);
      const std::string proposed = first.out.substr(begin + 13, first.out.find('\n', begin) - begin - 13);
      Command shell;
      shell.program = "/bin/sh";
      shell.arguments = {"-c", std::string(BULKDROP_BINARY) + " " + proposed + " --yes --out second"};
      shell.directory = here.path();
      const Finished second = run(shell);
      BOOST_TEST(second.exit_code == 1, proposed + "\n" + second.err);
      for (const auto& [id, entry] : sandbox.ledger()) BOOST_TEST(entry.answers.size() == 4U, id);
    }
  }
}

BOOST_AUTO_TEST_CASE(standard_input_is_read_like_a_file_and_kept) {
  const TempDir here;
  for (const Words& words : {Words{}, Words{"-"}}) {
    const Sandbox sandbox(8);
    Command command = drop(here, at(sandbox) + Words{"--yes", "--json"} + words);
    command.arguments.insert(command.arguments.end(), {"--out", words.empty() ? "without" : "dash"});
    command.input = slurp(sandbox.export_file());
    const Finished finished = run(command);
    BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
    const RunDirectory run(here.path(words.empty() ? "without" : "dash"));
    check_accounts(run, finished);
    check_against_ledger(run, sandbox);
    BOOST_TEST(slurp(run.file("input")) == *command.input);
    BOOST_TEST(run.rows().front().source == "-");
  }
}

BOOST_AUTO_TEST_CASE(several_files_are_one_list_in_their_order) {
  const TempDir here;
  const Sandbox sandbox(0);
  put(here, "a.txt", made_up_id(1) + "\n" + made_up_id(2) + "\n");
  put(here, "b.csv", "id,session_id\n1," + made_up_id(3) + "\n2," + made_up_id(1) + "\n");
  put(here, "c.jsonl", "{\"session_id\":\"" + made_up_id(4) + "\"}\n");
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "a.txt", "b.csv", "c.jsonl"}));
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  std::string told;
  for (const SessionRow& row : run.rows())
    told += row.source + ":" + std::to_string(row.line) + " " + row.session_id.substr(39) + " " + row.status +
            "\n";
  BOOST_TEST(
      told ==
      "a.txt:1 1 failed\na.txt:2 2 failed\nb.csv:2 3 failed\nb.csv:3 1 duplicate\nc.jsonl:1 4 failed\n");
  // Both kinds of what failed go in again together.
  const Sandbox again(0);
  const Finished second = bulkdrop::test::run(
      drop(here, at(again) + Words{"--yes", "--out", "second", "run/failed.csv", "run/failed.jsonl"}));
  BOOST_TEST(second.exit_code == 1, second.err);
  BOOST_TEST(again.ledger().size() == 4U);
}

BOOST_AUTO_TEST_CASE(protected_sessions_are_left_alone_however_their_id_is_written) {
  const TempDir here;
  const Sandbox sandbox(3);
  const std::string ids = slurp(sandbox.export_file());
  std::string kept = *ids_in(ids).begin();
  std::transform(kept.begin(), kept.end(), kept.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  put(here, "protect.txt", "# ours\n" + kept + "\n");
  put(here, "more.txt", made_up_id(1) + "\n");
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "--protect", "protect.txt", "--protect",
                                         "more.txt", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("protected") == 1U);
  BOOST_TEST(run.count("dropped") == 2U);
  BOOST_TEST(sandbox.ledger().count(*ids_in(ids).begin()) == 0U);
}

BOOST_AUTO_TEST_CASE(a_protect_list_that_is_gone_is_no_matter_of_its_rows) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Finished finished = run(drop(here, {"--dry-run", "--protect", "gone.txt", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 3, finished.err);
  BOOST_TEST(has(finished.err, "protect list gone.txt: can't be opened"), finished.err);
  BOOST_TEST(!has(finished.err, "every row"), finished.err);
}

BOOST_AUTO_TEST_CASE(a_protect_list_that_cannot_be_understood_stops_everything) {
  const TempDir here;
  const Sandbox sandbox(3);
  put(here, "protect.txt", "3fcf1e4a*****71d2\n");
  for (const char* list : {"protect.txt", "missing.txt"}) {
    const Finished finished = run(
        drop(here, at(sandbox) + Words{"--yes", "--out", "run", "--protect", list, sandbox.export_file()}));
    BOOST_TEST(finished.exit_code == 3, finished.err);
    BOOST_TEST(has(finished.err, list), finished.err);
    BOOST_TEST(!std::filesystem::exists(here.path("run")));
  }
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(an_id_pattern_of_ones_own_decides_what_an_id_is) {
  const TempDir here;
  const Sandbox sandbox(0);
  put(here, "ids.txt", "S-1\nS-22\nnot one\nS-333\n../S-4\n");
  const Finished finished = run(drop(
      here, at(sandbox) + Words{"--yes", "--out", "run", "--id-pattern", "(\\.\\./)?S-[0-9]+", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(asked_for(sandbox) == (std::set<std::string>{"S-1", "S-22", "S-333"}),
             boost::test_tools::per_element());
  BOOST_TEST(run.count("invalid") == 2U);
  BOOST_TEST(run.rows()[4].reason == "bad_id");
}

BOOST_AUTO_TEST_CASE(bad_rows_say_what_is_wrong_with_them_and_stop_nothing_else) {
  const TempDir here;
  const Sandbox sandbox(0);
  put(here, "export.csv",
      "ID,Session ID,User\r\n1," + made_up_id(1) + ",a\r\n2,,b\r\n3,1dbd4*****8975,c\r\n4\r\n5,\"" +
          made_up_id(2) + "\"x,d\r\n6," + made_up_id(3) + ",\"two\nlines\"\r\n7," + made_up_id(1) + ",e");
  const Finished finished = run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "export.csv"}));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  check_against_ledger(run, sandbox);
  std::string told;
  for (const SessionRow& row : run.rows())
    told += std::to_string(row.line) + " " + row.status + " " + row.reason + "\n";
  BOOST_TEST(told ==
             "2 failed drop_error\n3 invalid missing_field\n4 invalid bad_id\n5 invalid missing_field\n"
             "6 invalid malformed_row\n7 failed drop_error\n9 duplicate duplicate\n");
  for (const SessionRow& row : run.rows())
    if (row.status == "invalid" || row.status == "duplicate") BOOST_TEST(!row.message.empty());
  BOOST_TEST(has(run.rows()[2].message, "*"), run.rows()[2].message);
  BOOST_TEST(run.rows()[2].session_id == "1dbd4*****8975");
}

BOOST_AUTO_TEST_CASE(lines_that_do_not_match_are_counted_and_reported_to_the_person) {
  const TempDir here;
  const Finished finished = run(drop(here, {"--dry-run", "--match", "session-alert.* cs1=([0-9a-f]{40})",
                                            std::string(BULKDROP_SAMPLES) + "/syslog-cef.log"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.out, "other lines ignored"), finished.out);
}

BOOST_AUTO_TEST_CASE(every_command_of_the_samples_page_works) {
  const TempDir here;
  const std::string page = slurp(std::string(BULKDROP_SAMPLES) + "/README.md");
  std::size_t commands = 0;
  for (std::size_t at = page.find("`bulkdrop drop "); at != std::string::npos;
       at = page.find("`bulkdrop drop ", at + 1)) {
    const std::string words = page.substr(at + 10, page.find('`', at + 1) - at - 10);
    Command shell;
    shell.program = "/bin/sh";
    shell.arguments = {"-c", std::string(BULKDROP_BINARY) + " " + words};
    shell.directory = BULKDROP_SAMPLES;
    const Finished finished = run(shell);
    BOOST_TEST(finished.exit_code == 0, words + "\n" + finished.err);
    BOOST_TEST(has(finished.out, "to drop"), words);
    ++commands;
  }
  BOOST_TEST(commands >= 8U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
