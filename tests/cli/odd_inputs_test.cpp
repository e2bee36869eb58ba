// Inputs as people really have them: odd line ends, files that change while they are dropped, rows that must
// not become better by being fed back.
#include <filesystem>
#include <fstream>

#include "cli/dropping.hpp"
#include "support/json.hpp"

namespace bulkdrop::test {
namespace {

std::string statuses(const RunDirectory& run) {
  std::string all;
  for (const SessionRow& row : run.rows()) all += row.status + " ";
  return all;
}

// The drops that the summary proposes under "What next", one string for each command.
std::vector<std::string> proposed(const std::string& summary) {
  constexpr std::string_view kStart = "\n    bulkdrop drop ";
  std::vector<std::string> commands;
  for (std::size_t at = summary.find(kStart); at != std::string::npos; at = summary.find(kStart, at + 1)) {
    const std::size_t begin = at + kStart.size();
    commands.push_back(summary.substr(begin, summary.find('\n', begin) - begin));
  }
  return commands;
}

Finished run_proposed(const TempDir& here, const std::string& command, const std::string& out) {
  Command shell;
  shell.program = "/bin/sh";
  shell.arguments = {"-c", std::string(BULKDROP_BINARY) + " drop " + command + " --yes --out " + out};
  shell.directory = here.path();
  return run(shell);
}

// A run that is still going on: its first request has arrived, and others wait for --rate.
struct SlowRun {
  SlowRun(const TempDir& here, const Sandbox& sandbox, const std::string& file)
      : process(drop(here,
                     at(sandbox) + Words{"--yes", "--out", "run", "--rate", "10", "--attempts", "1", file})) {
    BOOST_TEST_REQUIRE(asked(sandbox, 1), process.err());
  }
  Process process;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(odd_inputs)

BOOST_AUTO_TEST_CASE(no_session_is_lost_whatever_ends_the_lines) {
  for (const std::string header_end : {"\n", "\r", "\r\n"}) {
    const TempDir here;
    const Sandbox sandbox(0);
    std::string text = "ID,Session ID,User" + header_end;
    for (std::uint64_t i = 0; i < 5; ++i) text += std::to_string(i) + "," + made_up_id(i) + ",a\r";
    put(here, "export.csv", text);
    put(here, "protect.csv",
        "ID,Session ID" + header_end + "0," + made_up_id(1) + "\r1," + made_up_id(2) + "\r");
    const Finished finished = run(
        drop(here, at(sandbox) + Words{"--yes", "--out", "run", "--protect", "protect.csv", "export.csv"}));
    BOOST_TEST(finished.exit_code == 1, finished.err);
    BOOST_TEST(statuses(RunDirectory(here.path("run"))) == "failed protected protected failed failed ");
    BOOST_TEST(sandbox.ledger().size() == 3U);
  }
}

BOOST_AUTO_TEST_CASE(whoever_feeds_all_sessions_of_a_run_is_told_of_resume) {
  const TempDir here;
  const Sandbox sandbox(0);
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Words again = at(sandbox) + Words{"--yes", "--dry-run"};
  const Finished first = run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "ids.txt"}));
  BOOST_TEST(first.exit_code == 1, first.err);
  for (const std::string name : {"run/sessions.csv", "run/sessions.jsonl"}) {
    const Finished all = run(drop(here, again + Words{name}));
    BOOST_TEST(all.exit_code == 0, all.err);
    BOOST_TEST(has(all.err, name + " is what a run wrote of all its sessions"), all.err);
    BOOST_TEST(has(all.err, "bulkdrop resume"), all.err);
  }
  const Finished failed = run(drop(here, again + Words{"run/failed.csv"}));
  BOOST_TEST(failed.err.find("resume") == std::string::npos, failed.err);
}

BOOST_AUTO_TEST_CASE(the_plan_says_how_many_ids_each_protect_list_holds) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "a.txt", made_up_id(2) + "\r" + made_up_id(3) + "\n");
  put(here, "b.txt", made_up_id(4));
  const Words words = {"--dry-run", "--protect", "a.txt", "--protect", "b.txt", "ids.txt"};
  const Finished text = run(drop(here, words));
  BOOST_TEST(has(text.out, "protect list a.txt: 2 IDs\n"), text.out);
  BOOST_TEST(has(text.out, "protect list b.txt: 1 ID\n"), text.out);
  BOOST_TEST(has(text.out, ", 1 row"), text.out);
  BOOST_TEST(!has(text.out, "1 rows"), text.out);
  const Finished json = run(drop(here, words + Words{"--json"}));
  BOOST_TEST(
      has(json.out,
          R"("protect_lists":[{"name":"a.txt","ids":2,"met":0,"unmet":2},{"name":"b.txt","ids":1,"met":0,"unmet":1}])"),
      json.out);
}

BOOST_AUTO_TEST_CASE(a_protect_list_that_protects_nobody_stops_everything) {
  const TempDir here;
  const Sandbox sandbox(1);
  put(here, "protect.txt", "# nobody yet\n");
  const Finished finished = run(drop(
      here, at(sandbox) + Words{"--yes", "--out", "run", "--protect", "protect.txt", sandbox.export_file()}));
  BOOST_TEST(finished.exit_code == 3, finished.err);
  BOOST_TEST(has(finished.err, "protect.txt"), finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(an_input_that_is_rewritten_during_the_run_costs_columns_and_no_ids) {
  const TempDir here;
  const Sandbox sandbox(0);
  std::string text = "User,Session ID,Start\n";
  for (std::uint64_t i = 0; i < 30; ++i) text += "a," + made_up_id(i) + ",\"x\"\n";
  put(here, "export.csv", text);
  SlowRun slow(here, sandbox, "export.csv");
  std::ofstream(here.path("export.csv")) << text.substr(0, 300);
  const Finished finished = slow.process.wait(Milliseconds(60'000));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  const RunDirectory run(here.path("run"));
  check_accounts(run, finished);
  BOOST_TEST(has(finished.err, "export.csv: the input changed during the run"), finished.err);
  BOOST_TEST(has(finished.err, "given by ID only"), finished.err);
  const std::string failed = slurp(run.file("failed.csv"));
  BOOST_TEST(failed.starts_with("User,Session ID,Start\r\na," + made_up_id(0) + ",x\r\n"), failed);
  BOOST_TEST(has(failed, "\r\n," + made_up_id(29) + ",\r\n"), failed);
  // Every session can be sent again.
  const Sandbox again(0);
  const Finished second =
      bulkdrop::test::run(drop(here, at(again) + Words{"--yes", "--out", "second", "run/failed.csv"}));
  BOOST_TEST(second.exit_code == 1, second.err);
  BOOST_TEST(again.ledger().size() == 30U);
}

BOOST_AUTO_TEST_CASE(rows_added_to_an_input_during_the_run_are_mentioned) {
  const TempDir here;
  const Sandbox sandbox(0);
  std::string text = "session_id\n";
  for (std::uint64_t i = 0; i < 30; ++i) text += made_up_id(i) + "\n";
  put(here, "export.csv", text);
  SlowRun slow(here, sandbox, "export.csv");
  std::ofstream(here.path("export.csv"), std::ios::app) << made_up_id(99) << "\n";
  const Finished finished = slow.process.wait(Milliseconds(60'000));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(has(finished.err, "was not looked at"), finished.err);
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.rows().size() == 30U);
  // Whoever reads no log finds it, too.
  BOOST_TEST(has(finished.out, "Changed   export.csv: the input changed during the run"), finished.out);
  BOOST_TEST(has(slurp(run.file("report.html")), "export.csv: the input changed during the run"));
  BOOST_TEST(has(Json(slurp(run.file("summary.json"))).minified("/changed_inputs"),
                 R"(["export.csv: the input changed during the run)"));
}

BOOST_AUTO_TEST_CASE(rows_that_were_invalid_are_invalid_again_when_fed_back_unchanged) {
  const std::string id = made_up_id(1);
  const std::string raw_break = "{\"session_id\":\"" + id + "\",\"note\":\"a\nb\"}";
  const std::string too_long = "{\"session_id\":\"" + id + "\"}" + std::string(2 * 1024 * 1024, ' ');
  struct Case {
    const char* file;
    std::string content;
    Words words;
  };
  const std::vector<Case> cases = {
      {"stray.csv",
       "session_id,Note\n" + id + ",\"a\"b\n" + made_up_id(2) + ",\"open\n" + made_up_id(3) + ",x\n",
       {}},
      {"last.csv", "Note,session_id\n\"open," + id + "\n\"x\" y," + id + "\nz," + made_up_id(3) + "\n", {}},
      {"bare.csv", "x;" + made_up_id(3) + "\n\"a\"b;" + id + "\n", {"--field", "2"}},
      {"long.csv",
       "session_id,x\n" + id + "," + std::string(2 * 1024 * 1024, 'x') + "\n" + made_up_id(3) + ",\n",
       {}},
      {"torn.jsonl",
       "{\"session_id\":\"" + id + "\n{\"session_id\":\"" + made_up_id(3) + "\"}\n",
       {"--format", "jsonl"}},
      {"noise.jsonl", "[1\n{\"session_id\":\"" + made_up_id(3) + "\"}\n{\"x\":1}\n", {"--format", "jsonl"}},
      {"break.json", "[" + raw_break + ",{\"session_id\":\"" + made_up_id(3) + "\"}]", {}},
      {"long.jsonl", "{\"session_id\":\"" + made_up_id(3) + "\"}\n" + too_long + "\n", {}},
      {"two.jsonl",
       "{\"pam\":{\"session_id\":\"" + made_up_id(3) + "\"}}\n{\"session_id\":\"" + id +
           "\",\"sessionId\":\"" + id + "\"}\n",
       {}},
      {"pointer.jsonl",
       "{\"a\":{\"b/c\":\"" + made_up_id(3) + "\"}}\n{\"a\":{}}\n{\"a\":{\"b/c\":\"x\"}}\n",
       {"--field", "/a/b~1c"}},
      {"words.txt", made_up_id(3) + "\n" + id + " # boss\n" + id + " " + id + "\n", {}},
  };
  for (const Case& sample : cases) {
    BOOST_TEST_CONTEXT(sample.file) {
      const TempDir here;
      const Sandbox sandbox(0);
      put(here, sample.file, sample.content);
      const Finished first =
          run(drop(here, at(sandbox) + Words{"--yes", "--out", "first"} + sample.words + Words{sample.file}));
      BOOST_TEST(first.exit_code == 1, first.err);
      const RunDirectory first_run(here.path("first"));
      BOOST_TEST(first_run.count("invalid") > 0U);
      const auto commands = proposed(first.out);
      BOOST_TEST_REQUIRE(commands.size() == 1U, first.out);
      const Finished second = run_proposed(here, commands.front(), "second");
      BOOST_TEST_REQUIRE(second.exit_code == 1, commands.front() + "\n" + second.err);
      BOOST_TEST(statuses(RunDirectory(here.path("second"))) == statuses(first_run));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_kind_of_failed_rows_has_its_own_command) {
  const TempDir here;
  const Sandbox sandbox(0);
  put(here, "a.csv", "session_id\n" + made_up_id(1) + "\n");
  put(here, "b.jsonl", "{\"session_id\":\"" + made_up_id(2) + "\"}\n");
  const Finished first = run(drop(here, at(sandbox) + Words{"--yes", "--out", "first", "a.csv", "b.jsonl"}));
  const auto commands = proposed(first.out);
  BOOST_TEST_REQUIRE(commands.size() == 2U, first.out);
  for (const auto& command : commands)
    BOOST_TEST(run_proposed(here, command, "again-" + std::to_string(&command - commands.data())).exit_code ==
               1);
  for (const auto& [id, entry] : sandbox.ledger()) BOOST_TEST(entry.answers.size() == 4U, id);
}

BOOST_AUTO_TEST_CASE(a_match_that_finds_nothing_is_pointed_out) {
  const TempDir here;
  const Sandbox sandbox(1);
  put(here, "siem.log", "one\ntwo\r\n\nthree\n");
  put(here, "other.log", "session=" + made_up_id(1) + "\n");
  const Words match = {"--match", "sesion=([0-9a-f]+)"};
  const std::string told = "--match matched none of 3 lines of siem.log";
  for (const Words& how :
       {Words{"--dry-run"}, at(sandbox) + Words{"--yes"}, at(sandbox) + Words{"--yes", "--stream"}}) {
    const Finished finished = run(drop(here, how + match + Words{"siem.log"}));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(has(finished.err, told), finished.err);
  }
  const Finished right =
      run(drop(here, {"--dry-run", "--match", "session=([0-9a-f]+)", "siem.log", "other.log"}));
  BOOST_TEST(!has(right.err, "--match"), right.err);
}

BOOST_AUTO_TEST_CASE(a_protect_list_and_a_list_of_a_million_ids_each_fit_into_memory) {
  constexpr std::size_t kRows = 1'000'000;
  constexpr long kMostKib = 64 * 1024;
  const TempDir here;
  for (const char* name : {"ids.txt", "protect.txt"}) {
    std::ofstream out(here.path(name), std::ios::binary);
    std::string text;
    for (std::size_t i = 0; i < kRows; ++i) text += made_up_id(i + (*name == 'p' ? kRows : 0)) + "\n";
    out << text;
  }
  const Finished finished = run(drop(here, {"--dry-run", "--protect", "protect.txt", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.out, "protect list protect.txt: 1,000,000 IDs"), finished.out);
  BOOST_TEST(has(finished.out, "1,000,000 sessions"), finished.out);
  BOOST_TEST_MESSAGE("peak: " << finished.peak_rss_kib << " KiB");
  if (!kSanitized) BOOST_TEST(finished.peak_rss_kib <= kMostKib);
}

// What names of members mean is remembered by their place in the record: here a long one is at every place
// once.
BOOST_AUTO_TEST_CASE(names_of_nearly_a_mebibyte_are_not_remembered) {
  constexpr std::size_t kRows = 60;
  constexpr long kMostKib = 80 * 1024;
  const TempDir here;
  {
    std::ofstream out(here.path("long.jsonl"), std::ios::binary);
    for (std::size_t row = 0; row < kRows; ++row) {
      std::string text = "{\"session_id\":\"" + made_up_id(row) + "\",";
      for (std::size_t place = row; place < kRows; ++place) text += "\"x\":1,";
      out << text << '"' << std::string(1'000'000, 'x') << "\":1}\n";
    }
  }
  const Finished finished = run(drop(here, {"--dry-run", "long.jsonl"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.out, "60 sessions"), finished.out);
  BOOST_TEST_MESSAGE("peak: " << finished.peak_rss_kib << " KiB");
  if (!kSanitized) BOOST_TEST(finished.peak_rss_kib <= kMostKib);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
