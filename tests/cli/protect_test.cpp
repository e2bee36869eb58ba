// Protect lists that would not keep what they were meant to keep.
#include <filesystem>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

std::string lines(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += id + "\n";
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protection)

BOOST_AUTO_TEST_CASE(a_shortened_id_is_refused_before_anything_is_sent) {
  const TempDir here;
  const Sandbox sandbox(5);
  put(here, "ids.txt", lines(ids_of(sandbox)));
  put(here, "keep.txt", made_up_id(1) + "\n" + ids_of(sandbox)[2].substr(0, 36) + "\n");
  for (const Words& how : {Words{"--yes", "--out", "run"}, {"--dry-run", "-q"}}) {
    const Finished done = run(drop(here, at(sandbox) + how + Words{"--protect", "keep.txt", "ids.txt"}));
    BOOST_TEST(done.exit_code == 3, done.err);
    BOOST_TEST(has(done.err, "keep.txt:2: " + ids_of(sandbox)[2].substr(0, 36) +
                                 " has 36 characters and is the beginning of an ID of 40 that is not "
                                 "protected, in ids.txt:3: write the whole ID; nothing was sent"),
               done.err);
    BOOST_TEST(
        has(done.err,
            "warning: protect list keep.txt:2: the ID has 36 characters, all IDs of the input have 40: is it "
            "whole?"),
        done.err);
  }
  BOOST_TEST(sandbox.ledger().empty());
  BOOST_TEST(!std::filesystem::exists(here.path("run")));
}

BOOST_AUTO_TEST_CASE(a_beginning_whose_whole_is_protected_too_is_only_told_of) {
  const TempDir here;
  const Sandbox sandbox(5);
  const auto ids = ids_of(sandbox);
  put(here, "ids.txt", lines(ids));
  put(here, "keep.txt", ids[2].substr(0, 36) + "\n" + ids[2] + "\n");
  const Finished done = run(drop(here, {"--dry-run", "--protect", "keep.txt", "ids.txt"}));
  BOOST_TEST(done.exit_code == 0, done.err);
  BOOST_TEST(has(done.err, "keep.txt:1: the ID has 36 characters"), done.err);
  BOOST_TEST(has(done.out, "protected 1 of 2 IDs on the list"), done.out);
}

BOOST_AUTO_TEST_CASE(how_many_of_a_list_were_met_stands_in_plan_and_summary) {
  const TempDir here;
  const Sandbox sandbox(5);
  const auto ids = ids_of(sandbox);
  put(here, "ids.txt", lines(ids) + ids[0] + "\n");
  put(here, "keep.txt", lines({ids[0], made_up_id(1), ids[0], made_up_id(2)}));
  put(here, "other.txt", lines({made_up_id(2)}));
  const Words lists = {"--protect", "keep.txt", "--protect", "other.txt", "ids.txt"};
  const std::string told = "warning: protect list other.txt: none of its IDs is in the input";
  const Finished dry = run(drop(here, Words{"--dry-run", "-q"} + lists));
  BOOST_TEST(has(dry.out, "protected 1 of 3 IDs on the list"), dry.out);
  BOOST_TEST(has(dry.out, "protected 0 of 1 ID on the list"), dry.out);
  BOOST_TEST(has(dry.err, told), dry.err);
  BOOST_TEST(!has(dry.err, "list keep.txt"), dry.err);
  for (const Words& more : {Words{}, {"--stream"}}) {
    const Sandbox fresh(5);  // with the same sessions
    const Finished done =
        run(drop(here, at(fresh) + Words{"--yes", "--out", more.empty() ? "run" : "stream"} + more + lists));
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(has(done.err, told), done.err);
    BOOST_TEST(has(done.out, "keep.txt: protected 1 of 3 IDs on the list"), done.out);
    const std::string summary = slurp(here.path(more.empty() ? "run/summary.json" : "stream/summary.json"));
    BOOST_TEST(Json(summary).minified("/protect_lists") ==
               R"([{"name":"keep.txt","met":1,"unmet":2},{"name":"other.txt","met":0,"unmet":1}])");
  }
  const Finished again = run(bulkdrop(here, {"report", "run"}));
  BOOST_TEST(has(again.out, "other.txt: protected 0 of 1 ID on the list"), again.out);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
