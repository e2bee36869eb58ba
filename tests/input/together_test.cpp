// Rows that are read several at a time, and how far reading has come.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::TempDir;

BOOST_AUTO_TEST_SUITE(together)

BOOST_AUTO_TEST_CASE(rows_read_together_stay_where_they_are_while_the_window_moves) {
  // Several windows of each format; IDs that stand in the text, and such as must be unescaped.
  std::string csv = "Note;Session ID\n";
  std::string lines;
  std::string document = "[";
  for (std::uint32_t i = 0; i < 6000; ++i) {
    const auto id = fmt::format("{:040x}", i * 7919U);
    const std::string note(i % 190, 'n');
    csv +=
        i % 3 == 0 ? fmt::format("\"two\nlines {}\";\"{}\"\r\n", note, id) : fmt::format("{};{}\n", note, id);
    lines += fmt::format("{{\"note\":\"{}\",\"session_id\":\"\\u0030{}\"}}\n", note, id.substr(1));
    document += fmt::format("{}{{\"note\":\"{}\",\"session_id\":\"{}\"}}", i == 0 ? "" : ",", note, id);
  }
  document += "]";
  for (const auto& text : {csv, lines, document}) {
    const Reading reading = read_text(text);
    BOOST_TEST(reading.ids().size() == 6000U);
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < text.size(); at += 5000) pieces.push_back(text.substr(at, 5000));
    const Fifo fifo(pieces);
    Reader reader({fifo.path()}, {});
    require_same(reading, drain_together(reader));
  }
}

BOOST_AUTO_TEST_CASE(how_much_of_files_was_read_is_told_and_of_pipes_nobody_knows) {
  const TempDir dir;
  const std::string line = kA + "\n";
  Reader reader({dir.file("one", line + kB + "\n"), dir.file("two", line + line)}, {});
  BOOST_TEST(reader.share_read().value() == 0.0);
  std::vector<double> shares;
  for (Row row; reader.next(row);) shares.push_back(reader.share_read().value());
  BOOST_TEST(shares == (std::vector{0.25, 0.5, 0.75, 1.0}), boost::test_tools::per_element());
  const Fifo fifo({line});
  Reader piped({fifo.path()}, {});
  BOOST_TEST(!piped.share_read());
  drain(piped);
}

BOOST_AUTO_TEST_SUITE_END()
