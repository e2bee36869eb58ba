// An export that broke off in its last row looks like a whole one, but for its end.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

std::string id(char digit, std::size_t size = 40) {
  return std::string(size, digit);
}

std::string all_alike(const std::string& end) {
  return id('a') + "\n" + id('b') + "\n" + id('c') + "\n" + end;
}

std::string cut_off(const std::string& text, const Options& options = {}) {
  return read_text(text, options).sources.front().cut_off;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cut_off_input)

BOOST_AUTO_TEST_CASE(a_last_row_with_too_few_columns_and_no_line_end_is_told_of) {
  const std::string header = "ID,Session ID,User,\"End\"\n";
  const auto reading = read_text(fmt::format("{}1,{},x,\n2,{},\"y\"", header, kA, kB));
  BOOST_TEST(reading.ids().size() == 2U);
  BOOST_TEST(reading.sources[0].cut_off.ends_with(
                 "export:3: the last row has 3 of 4 columns and no line end: was the export cut off?"),
             reading.sources[0].cut_off);
  BOOST_TEST(contains(cut_off(fmt::format("{}1,{},x,\n2,{}", header, kA, kB)), "has 2 of 4 columns"));
  // The row has no ID yet, and is invalid in any case.
  BOOST_TEST(contains(cut_off(fmt::format("{}1,{},x,\n2", header, kA)), "has 1 of 4 columns"));
}

BOOST_AUTO_TEST_CASE(a_whole_last_row_is_not_told_of) {
  const std::string header = "ID,Session ID,User\n";
  for (const std::string last :
       {"2,{},y", "2,{},", "2,{},y\n", "2,{}\n", "2,{}\r", "2,{}\r\n", "2,{},\"y\ny\""})
    BOOST_TEST(cut_off(fmt::format("{}1,{},x\n", header, kA) + fmt::format(fmt::runtime(last), kB)).empty(),
               last);
}

BOOST_AUTO_TEST_CASE(a_shorter_id_at_the_very_end_is_no_usable_one) {
  const std::string lines = all_alike(id('d', 36));
  const std::string table =
      "ID,Session ID,User\n1," + id('a') + ",x\n2," + id('b') + ",x\n3," + id('c') + ",x\n4," + id('d', 36);
  const std::string log =
      "drop " + id('a') + "\ndrop " + id('b') + "\ndrop " + id('c') + "\ndrop " + id('d', 36);
  Options match;
  match.match = "drop ([0-9a-f]+)";
  for (const auto& [text, options] : {std::pair(lines, Options()), {table, Options()}, {log, match}}) {
    const auto reading = read_text(text, options);
    BOOST_TEST_REQUIRE(reading.rows.size() == 4U);
    BOOST_TEST(reading.ids().size() == 3U);
    const Got& last = reading.rows.back();
    BOOST_TEST(name(last.row.reason) == "bad_id");
    BOOST_TEST(last.id == id('d', 36));
    BOOST_TEST(contains(last.message, "has 36 characters, all IDs before it have 40"), last.message);
    BOOST_TEST(!reading.sources[0].cut_off.empty());
  }
}

BOOST_AUTO_TEST_CASE(an_id_of_another_length_is_one_where_nothing_says_that_it_was_cut) {
  for (const std::string& text : {
           all_alike(id('d', 36) + "\n"),                  // the line is whole
           all_alike(id('d', 44)),                         // longer
           all_alike(id('d', 36) + " "),                   // something follows
           id('a') + "\n" + id('b') + "\n" + id('d', 36),  // too few to tell
           id('e', 36) + "\n" + all_alike(id('d', 36)),    // they differ in any case
           all_alike(id('d', 36) + "\n" + id('e', 36)),
       }) {
    const auto reading = read_text(text);
    BOOST_TEST(reading.ids().size() == reading.rows.size(), text);
    BOOST_TEST(reading.sources[0].cut_off.empty(), text);
  }
}

BOOST_AUTO_TEST_CASE(in_a_stream_a_shorter_id_is_told_of_and_stays_one) {
  Options options;
  options.stream = true;
  const auto reading = read_text(all_alike(id('d', 36)), options);
  BOOST_TEST(reading.ids().size() == 4U);
  BOOST_TEST(contains(reading.sources[0].cut_off, "export:4: the last ID has 36 characters"));
}

BOOST_AUTO_TEST_CASE(a_last_row_that_is_too_torn_to_be_usable_is_told_of) {
  const std::string table = "User,Session ID\na," + id('a') + "\nb," + id('b') + "\nc," + id('c') + "\n";
  BOOST_TEST(contains(cut_off(table + "d," + id('d', 20)), "export:5: the last ID has 20 characters"));
  BOOST_TEST(contains(cut_off(all_alike(id('d', 20))), "export:4: the last ID has 20 characters"));
  const std::string notes = "User,Session ID,Note\na," + id('a') + ",x\nb," + id('b') + ",\"multi li";
  BOOST_TEST(contains(cut_off(notes), "export:3: the input ends in a quoted cell, without a line end"));
  BOOST_TEST(contains(cut_off(notes + "ne\nno"), "export:3: the input ends in a quoted cell"));
  const std::string json = R"({"session_id":")" + id('a') + "\"}\n";
  BOOST_TEST(contains(cut_off(json + "{\"session_i"), "export:2: the last line is no whole JSON value"));
  for (const std::string& whole : {
           table + "d," + id('d', 20) + "\n",                     // the line has its end
           table + "d,none",                                      // no ID that was cut
           table + "d,\"" + id('d', 20) + "\"",                   // the cell is whole
           notes + "\n",                                          // broken, but nothing says that it was cut
           notes + "\nc," + id('c') + ",y\nd," + id('d') + ",z",  // a stray quote
           json + "{\"session_i\n",
       })
    BOOST_TEST(cut_off(whole).empty(), whole);
}

BOOST_AUTO_TEST_CASE(json_lines_that_are_cut_are_invalid_rows) {
  std::string text;
  for (const char digit : {'a', 'b', 'c', 'd'}) text += R"({"session_id":")" + id(digit) + "\"}\n";
  for (const std::size_t missing : {2U, 3U, 8U, 45U}) {
    const auto reading = read_text(text.substr(0, text.size() - missing));
    BOOST_TEST(reading.ids().size() == 3U);
    BOOST_TEST(reading.lines().starts_with("1 2 3 4:"), reading.lines());
  }
}

BOOST_AUTO_TEST_SUITE_END()
