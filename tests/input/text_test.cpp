// Plain text and log lines.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/input/limits.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

using Ids = std::vector<std::string>;

Options matching(std::string expression) {
  Options options;
  options.match = std::move(expression);
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text_input)

BOOST_AUTO_TEST_CASE(one_id_a_line_with_blanks_and_comments) {
  const auto reading =
      read_text(fmt::format("# night shift\n\n  {}  \r\n\t\n{}\n  # {}\n{}", kA, kB, kC, kC));
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "3 5 7");
  BOOST_TEST(reading.sources[0].ignored_lines == 2U);
  BOOST_TEST((reading.sources[0].format == Format::text));
}

BOOST_AUTO_TEST_CASE(more_than_one_word_is_a_bad_id) {
  const auto reading = read_text(kA + "\n" + kA + " " + kB + "\nnope\n");
  BOOST_TEST(reading.lines() == "1 2:bad_id 3:bad_id");
  BOOST_TEST(contains(reading.rows[1].message, "more than one word"));
}

BOOST_AUTO_TEST_CASE(every_kind_of_line_end_counts_as_one) {
  const auto reading = read_text(kA + "\r" + kB + "\r\n# x\r\r\n" + kC + "\n\r" + kA + "\r\r" + kB);
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC, kA, kB}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "1 2 5 7 9");
  BOOST_TEST(reading.sources[0].ignored_lines == 1U);
  const auto matched = read_text("sid=" + kA + "\rnothing\rsid=" + kB + "\r", matching("sid=([0-9a-f]+)"));
  BOOST_TEST(matched.lines() == "1 3");
  BOOST_TEST(matched.sources[0].ignored_lines == 1U);
}

BOOST_AUTO_TEST_CASE(a_comment_may_follow_an_id) {
  const std::string list = "# ours\n" + kA + " # jane, tom\n" + kB + "\t#\n  " + kC + "  #x # y\n" + kA +
                           "#z\nxy # z\n" + kA + " jane # x\n";
  for (const Format format : {Format::text, Format::automatic}) {
    Options options;
    options.format = format;
    const auto reading = read_text(list, options);
    BOOST_TEST((reading.sources[0].format == Format::text));
    BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
    BOOST_TEST(reading.lines() == "2 3 4 5:bad_id 6:bad_id 7:bad_id");
    BOOST_TEST(reading.rows[0].text == kA + " # jane, tom");
    BOOST_TEST(contains(reading.rows[4].message, "not an ID: xy ("), reading.rows[4].message);
    BOOST_TEST(contains(reading.rows[5].message, "more than one word"));
  }
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_one_invalid_row) {
  const auto reading = read_text(kA + "\n" + std::string(3 * kMaxRecordBytes, 'b') + "\n" + kC + "\n");
  BOOST_TEST(reading.lines() == "1 2:malformed_row 3");
  BOOST_TEST(read_text(kA + "\n" + std::string(2 * kMaxRecordBytes, 'b')).lines() == "1 2:malformed_row");
}

BOOST_AUTO_TEST_CASE(control_characters_never_reach_a_message) {
  const auto reading = read_text(kA + "\nab\x1b[2Jc\n");
  BOOST_TEST(!contains(reading.rows[1].message, "\x1b"));
}

BOOST_AUTO_TEST_CASE(match_takes_the_first_group_of_the_first_match) {
  const auto reading =
      read_text(fmt::format("start sid={0} sid={1}\nnothing here\n\nsid=\nsid={2}\r\n", kA, kB, kC),
                matching("sid=([0-9a-f]*)"));
  BOOST_TEST(reading.ids() == (Ids{kA, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "1 4:missing_field 5");
  BOOST_TEST(reading.sources[0].ignored_lines == 1U);
  BOOST_TEST((reading.sources[0].format == Format::match));
}

BOOST_AUTO_TEST_CASE(match_reads_anything_even_what_looks_like_another_format) {
  BOOST_TEST(
      read_text(fmt::format("{{\"sid\":\"{}\"}}\n[1,\n", kA), matching("\"sid\":\"([^\"]*)\"")).ids() ==
          Ids{kA},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_group_that_took_no_part_is_a_missing_field) {
  BOOST_TEST(read_text("event\n", matching("event(?: sid=(\\w+))?")).lines() == "1:missing_field");
}

BOOST_AUTO_TEST_CASE(match_reads_lines_in_windows_1252) {
  BOOST_TEST(read_text("Jos\xE9 sid=" + kA + "\n", matching("^\\w+.* sid=(\\w+)")).ids() == Ids{kA},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_match_that_is_no_expression_or_has_no_group_is_wrong_usage) {
  const auto broken = error_reading("x\n", matching("sid=(["));
  BOOST_TEST(broken ==
             "2: --match: 'sid=([' is no regular expression: missing ], at '['. The syntax is RE2's");
  const auto flat = error_reading("x\n", matching("sid=.*"));
  BOOST_TEST(flat.starts_with("2: --match"));
  BOOST_TEST(contains(flat, "parentheses"));
}

BOOST_AUTO_TEST_CASE(a_long_line_does_not_hide_from_match) {
  BOOST_TEST(
      read_text(std::string(2 * kMaxRecordBytes, 'x') + "\nsid=" + kA, matching("sid=(\\w+)")).lines() ==
      "1:malformed_row 2");
}

BOOST_AUTO_TEST_SUITE_END()
