// Protect lists as people write them.
#include <string>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/input/screen.hpp"

using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::TempDir;

BOOST_AUTO_TEST_SUITE(protect_list)

BOOST_AUTO_TEST_CASE(errors_about_a_protect_list_advise_what_works_there) {
  const TempDir dir;
  for (const std::string& text : {
           kA + ",jane\n" + kB + ",tom\n",
           kA + " jane\n" + kB + " tom\n",
           kA + "\n" + kB + " tom\n",
           std::string("session_id,Session ID\na,b\n"),
           std::string("session_id\n8101\n"),
           R"({"session":{"id":")" + kA + "\"}}\n",
           R"({"a":{"session_id":")" + kA + R"("},"b":{"session_id":")" + kB + "\"}}\n",
           "[\"" + kA + "\"] and more\n",
           "[\"" + kA + "\" and more\n",
       }) {
    const std::string list = dir.file("list", text);
    const auto error = error_of([&] { Screen({list}, ""); });
    BOOST_TEST(contains(error, "write one ID a line, or a table with a column session_id"), error);
    BOOST_TEST(!contains(error, "--"), error);
  }
}

BOOST_AUTO_TEST_CASE(a_comment_may_follow_a_protected_id) {
  const TempDir dir;
  const std::string list = dir.file("list", kA + " # jane\n" + kB + "\t# tom\n");
  BOOST_TEST(Screen({list}, "").protect_lists()[0].ids == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
