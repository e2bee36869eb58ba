#include "bulkdrop/report/columns.hpp"

#include <sstream>

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::report {
namespace {

std::string wrapped(std::string_view text, std::size_t started, std::size_t indent, std::size_t width) {
  std::string out;
  append_wrapped(out, text, started, indent, width);
  return out;
}

BOOST_AUTO_TEST_SUITE(terminal_columns)

BOOST_AUTO_TEST_CASE(a_character_takes_the_columns_that_a_terminal_gives_it) {
  BOOST_TEST(columns("") == 0U);
  BOOST_TEST(columns("sessão") == 6U);
  BOOST_TEST(columns("sessa\u0303o") == 6U);
  BOOST_TEST(columns("漢字") == 4U);
  BOOST_TEST(columns("\U0001F600") == 2U);
  BOOST_TEST(fitting("漢字", 3) == "漢");
  BOOST_TEST(fitting("é", 0) == "");
}

BOOST_AUTO_TEST_CASE(lines_break_at_spaces) {
  BOOST_TEST(wrapped("one two three", 0, 0, 8) == "one two\nthree\n");
  BOOST_TEST(wrapped("one two three", 4, 2, 8) == "one\n  two\n  three\n");
  BOOST_TEST(wrapped("", 0, 0, 8) == "\n");
  BOOST_TEST(wrapped("a  b", 0, 0, 8) == "a b\n");
}

BOOST_AUTO_TEST_CASE(a_word_longer_than_a_line_is_cut) {
  BOOST_TEST(wrapped("abcdefghij kl", 0, 0, 4) == "abcd\nefgh\nij\nkl\n");
  BOOST_TEST(wrapped("x 漢字漢字", 0, 1, 4) == "x\n 漢\n 字\n 漢\n 字\n");
  BOOST_TEST(wrapped("漢", 0, 0, 1) == "漢\n");
}

BOOST_AUTO_TEST_CASE(wrapping_loses_nothing_and_keeps_to_the_width) {
  test::holds("the characters but for spaces, in lines that fit", [] {
    const std::string text = printable(*hostile_text());
    const auto indent = *rc::gen::inRange<std::size_t>(0, 10);
    const auto width = *rc::gen::inRange<std::size_t>(indent + 8, 60);
    const auto squeezed = [](std::string line) {
      std::erase_if(line, [](char c) { return c == ' ' || c == '\n'; });
      return line;
    };
    const std::string out = wrapped(text, 0, indent, width);
    RC_ASSERT(squeezed(out) == squeezed(text));
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);) RC_ASSERT(columns(line) <= width);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
