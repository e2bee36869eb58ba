// A --field that names the wrong column: the reports name the right one.
#include "cli/dropping.hpp"

namespace bulkdrop::test {
BOOST_AUTO_TEST_SUITE(wrong_field)

BOOST_AUTO_TEST_CASE(the_column_that_holds_the_ids_is_named) {
  const TempDir here;
  const Sandbox sandbox(1);
  std::string table = "Number,Session ID,User\n";
  for (std::uint64_t i = 0; i < 80; ++i) table += std::to_string(i) + "," + made_up_id(i) + ",somebody\n";
  put(here, "export.csv", table);
  const Finished finished =
      run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "--field", "Number", "export.csv"}));
  BOOST_TEST(finished.exit_code == 1, finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
  BOOST_TEST(has(finished.out, "bulkdrop drop --dry-run --field 'Session ID' export.csv"), finished.out);
  BOOST_TEST(has(finished.out, "Name the column that the message names with --field."), finished.out);
  BOOST_TEST(!has(finished.out, "--id-pattern"), finished.out);
}

BOOST_AUTO_TEST_CASE(where_no_other_column_or_several_could_be_it_none_is_named) {
  const TempDir here;
  put(here, "none.csv", "Number,User\n1,x\n");
  put(here, "two.csv", "Number,a,b\n1," + made_up_id(1) + "," + made_up_id(2) + "\n");
  for (const std::string name : {"none.csv", "two.csv"}) {
    const Finished finished = run(drop(here, {"--dry-run", "--field", "Number", name}));
    BOOST_TEST(has(finished.out, "row number"), finished.out);
    BOOST_TEST(!has(finished.out, "holds one"), finished.out);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
