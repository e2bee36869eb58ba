// IDs that are typed.
#include <string>

#include "cli/dropping.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop::test;

BOOST_AUTO_TEST_SUITE(typed_input)

BOOST_AUTO_TEST_CASE(who_forgets_the_file_is_told_that_ids_are_read_from_the_terminal) {
  const TempDir here;
  Command command = drop(here, {"--dry-run"});
  command.on_terminal = true;
  Process process(command);
  BOOST_TEST_REQUIRE(process.shows("reads IDs from this terminal, one a line; Ctrl-D ends them"),
                     process.err());
  process.type(made_up_id(1) + "\n\x04");
  const Finished typed = process.wait();
  BOOST_TEST(typed.exit_code == 0, typed.err);
  BOOST_TEST(has(typed.out, "standard input (text, 1 row"), typed.out);
  command.input = made_up_id(1) + "\n";
  BOOST_TEST(!has(run(command).err, "this terminal"));
}

BOOST_AUTO_TEST_CASE(an_id_that_was_shortened_is_told_of_in_the_plan) {
  const TempDir here;
  std::string list;
  for (std::uint64_t n = 1; n <= 40; ++n)
    list += made_up_id(n).substr(0, n == 17 ? made_up_id(n).size() - 4 : std::string::npos) + "\n";
  put(here, "ids.txt", list);
  BOOST_TEST(has(run(drop(here, {"--dry-run", "ids.txt"})).out, "ids.txt:17: 1 ID has another length"));
  BOOST_TEST(has(run(drop(here, {"--dry-run", "--json", "ids.txt"})).out, "\"odd_ids\":[\"ids.txt:17: "));
}

BOOST_AUTO_TEST_SUITE_END()
