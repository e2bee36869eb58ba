// Exports that broke off in their last row: nothing tells how many sessions are missing, but somebody must be
// told that some may be.
#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

std::string cut(const std::string& text, std::size_t bytes) {
  return text.substr(0, text.size() - bytes);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cut_off)

BOOST_AUTO_TEST_CASE(a_last_row_that_broke_off_is_told_of_in_plan_log_and_summary) {
  const TempDir here;
  const Sandbox sandbox(5);
  std::string table = "Session ID,User,End\n";
  for (const std::string& id : ids_of(sandbox)) table += id + ",somebody,\n";
  put(here, "cut.csv", cut(table, 2));
  const std::string told =
      "cut.csv:6: the last row has 2 of 3 columns and no line end: was the export cut off?";
  const Finished dry = run(drop(here, {"--dry-run", "cut.csv"}));
  BOOST_TEST(dry.exit_code == 0, dry.err);
  BOOST_TEST(has(dry.err, told), dry.err);
  BOOST_TEST(has(dry.out, "was the export cut"), dry.out);
  const Finished done = run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "cut.csv"}));
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(has(done.err, told), done.err);
  BOOST_TEST(has(done.out, "Cut off?"), done.out);
  check_accounts(RunDirectory(here.path("run")), done);
  const Finished again = run(bulkdrop(here, {"report", "run"}));
  BOOST_TEST(has(again.out, "Cut off?"), again.out);
}

BOOST_AUTO_TEST_CASE(programs_are_told_of_it_in_the_json_of_a_dry_run_and_in_the_summary) {
  const TempDir here;
  const Sandbox sandbox(5);
  std::string table = "Session ID,User,End\n";
  for (const std::string& id : ids_of(sandbox)) table += id + ",somebody,\n";
  put(here, "whole.csv", table);
  put(here, "cut.csv", cut(table, 2));
  const std::string told =
      R"(["cut.csv:6: the last row has 2 of 3 columns and no line end: was the export cut off?"])";
  const auto cut_inputs = [](const std::string& json) { return Json(json).minified("/cut_inputs"); };
  BOOST_TEST(cut_inputs(run(drop(here, {"--dry-run", "--json", "whole.csv", "cut.csv"})).out) == told);
  const Finished done = run(drop(here, at(sandbox) + Words{"--yes", "--json", "--out", "run", "cut.csv"}));
  BOOST_TEST(cut_inputs(done.out) == told);
  BOOST_TEST(cut_inputs(slurp(here.path("run/summary.json"))) == told);
  // Where nothing looks like it, there is no such member.
  const Finished whole = run(drop(here, {"--dry-run", "--json", "whole.csv"}));
  BOOST_TEST(!has(whole.out, "cut_inputs"), whole.out);
}

BOOST_AUTO_TEST_CASE(rows_between_stray_quotes_are_told_of_wherever_a_cut_input_is) {
  const TempDir here;
  const Sandbox sandbox(9);
  std::string table = "Session ID,User,Reason\n";
  int row = 0;
  for (const std::string& id : ids_of(sandbox)) {
    ++row;
    table += id + ",u," + (row == 3 ? "\"disk 3.5 inch" : row == 7 ? "see ticket\"" : "ok") + "\n";
  }
  put(here, "in.csv", table);
  const std::string told =
      "in.csv:4: a quoted cell holds 4 lines that look like rows of their own, and are not read as such: is "
      "a "
      "quote too many there?";
  const Finished dry = run(drop(here, {"--dry-run", "--json", "in.csv"}));
  BOOST_TEST(Json(dry.out).minified("/quoted_rows") == "[\"" + told + "\"]");
  const Finished done = run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "in.csv"}));
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(has(done.err, "warning: " + told), done.err);
  BOOST_TEST(has(done.out, "Quotes?"), done.out);
  BOOST_TEST(Json(slurp(here.path("run/summary.json"))).minified("/quoted_rows") == "[\"" + told + "\"]");
}

BOOST_AUTO_TEST_CASE(an_id_that_broke_off_is_never_sent) {
  const TempDir here;
  const Sandbox sandbox(5);
  std::string list;
  for (const std::string& id : ids_of(sandbox)) list += id + "\n";
  put(here, "cut.txt", cut(list, 5));
  const Finished done = run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "cut.txt"}));
  BOOST_TEST(done.exit_code == 1, done.err);
  BOOST_TEST(has(done.err, "cut.txt:5: the last ID has "), done.err);
  const RunDirectory record(here.path("run"));
  check_accounts(record, done);
  check_against_ledger(record, sandbox);
  BOOST_TEST(sandbox.ledger().size() == 4U);
  BOOST_TEST(record.rows().back().status == "invalid");
  BOOST_TEST(record.rows().back().reason == "bad_id");
  // What may be alive is in the file to correct, and reads as it stood.
  const Finished again = run(bulkdrop(here, {"report", "run"}));
  BOOST_TEST(again.exit_code == 1, again.err);
}

BOOST_AUTO_TEST_CASE(a_protect_list_whose_last_id_broke_off_is_refused) {
  const TempDir here;
  std::string list;
  for (std::uint64_t i = 0; i < 5; ++i) list += made_up_id(i) + "\n";
  put(here, "ids.txt", list);
  put(here, "protect.txt", cut(list, 5));
  const Finished finished = run(drop(here, {"--dry-run", "--protect", "protect.txt", "ids.txt"}));
  BOOST_TEST(finished.exit_code == 3, finished.err);
  BOOST_TEST(has(finished.err, "protect.txt:5: cut off, as it seems"), finished.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
