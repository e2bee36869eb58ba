// Two stray quotes make one cell of all rows between them.
#include <string>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

std::string told(const std::string& text, const Options& options = {}) {
  return quoted_rows(read_text(text, options).sources.front());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_in_quotes)

BOOST_AUTO_TEST_CASE(rows_within_a_quoted_cell_are_told_of_and_stay_what_they_are) {
  std::string table = "Session ID,User,Reason\n";
  for (int row = 1; row <= 9; ++row)
    table += std::string(40, static_cast<char>('0' + row)) + ",u," +
             (row == 3   ? "\"disk 3.5 inch"
              : row == 7 ? "see ticket\""
                         : "ok") +
             "\n";
  const auto reading = read_text(table);
  BOOST_TEST(reading.ids().size() == 5U);
  BOOST_TEST(reading.sources[0].quoted_rows == 4U);
  const std::string text = quoted_rows(reading.sources[0]);
  BOOST_TEST(text.ends_with(
                 "export:4: a quoted cell holds 4 lines that look like rows of their own, and are not read "
                 "as such: is a quote too many there?"),
             text);
}

BOOST_AUTO_TEST_CASE(lines_of_prose_in_a_quoted_cell_are_no_rows) {
  const std::string header = "User,Session ID,Note\n";
  BOOST_TEST(told(header + "a," + kA + ",\"two\nlines, of prose\"\n").empty());
  BOOST_TEST(told(header + "a," + kA + ",\"" + kB + ",x\"\n").empty());
  BOOST_TEST(!told(header + "a," + kA + ",\"two\r\nb," + kB + ",x\"\n").empty());
  Options words;
  words.id_pattern = "\\w+";
  BOOST_TEST(told("User,Session ID,Note\na,x1,\"one\ntwo,three\"\n", words).empty());
  BOOST_TEST(!told("User,Session ID,Note\na,x1,\"one\nb,x2,y\nc,x3,z\"\n", words).empty());
}

BOOST_AUTO_TEST_SUITE_END()
