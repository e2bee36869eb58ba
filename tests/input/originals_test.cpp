// Reading rows again for the reports.
#include "bulkdrop/input/originals.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/input/limits.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::TempDir;

BOOST_AUTO_TEST_SUITE(originals)

BOOST_AUTO_TEST_CASE(rows_are_read_again_from_files_in_any_order) {
  const TempDir dir;
  std::string text = "\xEF\xBB\xBFSession ID;Reason\r\n";
  for (std::uint64_t i = 0; i < 20000; ++i)
    text += id_of(i) + fmt::format(";\"why; \"\"{}\"\"\r\nnext\"\r\n", i);
  Reader reader({dir.file("a.csv", text), dir.file("b", kA)}, {});
  const auto reading = drain(reader);
  Originals originals(reader);
  BOOST_TEST_REQUIRE(reading.rows.size() == 20001U);
  for (const std::size_t i :
       {std::size_t{0}, std::size_t{1}, std::size_t{19999}, std::size_t{7}, std::size_t{12345}}) {
    BOOST_TEST(originals.text(reading.rows[i].row).value() ==
               id_of(i) + fmt::format(";\"why; \"\"{}\"\"\r\nnext\"", i));
    BOOST_TEST(originals.fields(reading.rows[i].row).value() ==
                   (std::vector<std::string>{id_of(i), fmt::format("why; \"{}\"\r\nnext", i)}),
               boost::test_tools::per_element());
  }
  BOOST_TEST(originals.text(reading.rows[20000].row).value() == kA);
  BOOST_TEST(!originals.fields(reading.rows[20000].row).has_value());  // no table
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_again_from_its_anonymous_copy) {
  const TempDir dir;
  const Fifo fifo({"session_id\n", kA + "\n", kB});
  Options options;
  options.scratch_directory = dir.path();
  Reader reader({fifo.path()}, options);
  const auto reading = drain(reader);
  Originals originals(reader);
  BOOST_TEST(originals.text(reading.rows[0].row).value() == kA);
  BOOST_TEST(originals.text(reading.rows[1].row).value() == kB);
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
}

BOOST_AUTO_TEST_CASE(rows_can_be_read_again_a_second_time) {
  const TempDir dir;
  const Fifo fifo({kA + "\n"});
  Options options;
  options.scratch_directory = dir.path();
  Reader reader({dir.file("ids", kB + "\n"), fifo.path()}, options);
  const auto reading = drain(reader);
  for (int i = 0; i < 2; ++i) {
    Originals originals(reader);
    BOOST_TEST(originals.text(reading.rows[0].row).value() == kB);
    BOOST_TEST(originals.text(reading.rows[1].row).value() == kA);
  }
}

BOOST_AUTO_TEST_CASE(a_pipe_without_a_copy_cannot_be_read_again) {
  const Fifo fifo({kA + "\n"});
  Reader reader({fifo.path()}, {});
  const auto reading = drain(reader);
  Originals originals(reader);
  BOOST_TEST(!originals.text(reading.rows[0].row).has_value());
  BOOST_TEST(!originals.fields(reading.rows[0].row).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_changed_meanwhile_gives_nothing) {
  const TempDir dir;
  const auto file = dir.file("ids", kA + "\n" + kB + "\n");
  Reader reader({file}, {});
  const auto reading = drain(reader);
  Originals originals(reader);
  { std::ofstream(file, std::ios::in | std::ios::out) << "x"; }
  BOOST_TEST(!originals.text(reading.rows[0].row).has_value());
  BOOST_TEST(originals.text(reading.rows[1].row).value() == kB);
  std::filesystem::resize_file(file, 50);
  Row other = reading.rows[1].row;
  other.offset += 1;
  BOOST_TEST(!originals.text(other).has_value());
  other.source = 9;
  BOOST_TEST(!originals.text(other).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_somebody_wrote_to_is_noticed) {
  const TempDir dir;
  const auto changed_by = [&](const std::function<void(const std::string&)>& change) {
    const auto file = dir.file("ids", kA + "\n" + kB + "\n");
    // So that the time of the change differs, however coarse the clock of files is.
    std::filesystem::last_write_time(file,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    Reader reader({file}, {});
    drain(reader);
    change(file);
    const Originals originals(reader);
    return originals.changed(0);
  };
  BOOST_TEST(!changed_by([](const std::string&) {}));
  BOOST_TEST(changed_by([](const std::string& file) { std::ofstream(file, std::ios::app) << kC; }));
  BOOST_TEST(changed_by([](const std::string& file) { std::filesystem::resize_file(file, 10); }));
  BOOST_TEST(changed_by([](const std::string& file) { std::ofstream(file) << kC << "\n" << kB << "\n"; }));
  // What was read is still there under another name.
  BOOST_TEST(!changed_by([](const std::string& file) { std::filesystem::remove(file); }));
}

BOOST_AUTO_TEST_CASE(originals_are_utf8_whatever_the_file_was) {
  const TempDir dir;
  Reader reader({dir.file("a.csv", "session_id,Raz\xE3o\n" + kA + ",manuten\xE7\xE3o\n")}, {});
  const auto reading = drain(reader);
  Originals originals(reader);
  BOOST_TEST(originals.text(reading.rows[0].row).value() == kA + ",manutenção");
  BOOST_TEST(originals.fields(reading.rows[0].row).value()[1] == "manutenção");
}

BOOST_AUTO_TEST_CASE(a_broken_csv_row_is_split_up_to_its_break) {
  const TempDir dir;
  Reader reader({dir.file("a.csv", "x,session_id,y\n1 ,\"" + kA + "\" ,\"open, x\n\"a\"b,c\n")}, {});
  const auto reading = drain(reader);
  BOOST_TEST(reading.lines() == "2:malformed_row 3:malformed_row");
  Originals originals(reader);
  BOOST_TEST(
      originals.fields(reading.rows[0].row).value() == (std::vector<std::string>{"1 ", kA, "\"open, x"}),
      boost::test_tools::per_element());
  BOOST_TEST(originals.fields(reading.rows[1].row).value() == (std::vector<std::string>{"\"a\"b,c"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(json_elements_and_overlong_lines_are_read_again) {
  const TempDir dir;
  const std::string element = "{\"session_id\":\n\"" + kA + "\"}";
  const std::string big(2 * kMaxRecordBytes, 'x');
  Reader reader({dir.file("a.json", "[1,\n " + element + "]"), dir.file("b", kB + "\n" + big + "\n" + kC)},
                {});
  const auto reading = drain(reader);
  Originals originals(reader);
  BOOST_TEST(originals.text(reading.rows[1].row).value() == element);
  BOOST_TEST(originals.text(reading.rows[3].row).value() == big.substr(0, kMaxRecordBytes));
  BOOST_TEST(originals.text(reading.rows[4].row).value() == kC);
}

BOOST_AUTO_TEST_CASE(rows_that_nobody_reads_again_are_the_same_but_for_their_check) {
  for (const std::string& text :
       {kA + "\n\n# x\n" + kB, "Session ID;User\n" + kA + ";\"a\nb\"\n" + kB + ";c\n",
        "{\"session_id\":\"" + kA + "\"}\nno JSON\n"}) {
    Options options;
    options.checks = false;
    Reading without = read_text(text, options);
    const Reading with = read_text(text);
    BOOST_REQUIRE(without.rows.size() == with.rows.size());
    for (std::size_t i = 0; i < with.rows.size(); ++i) {
      BOOST_TEST(with.rows[i].row.check != 0U);
      BOOST_TEST(without.rows[i].row.check == 0U);
      without.rows[i].row.check = with.rows[i].row.check;
    }
    require_same(with, without);
  }
}

BOOST_AUTO_TEST_SUITE_END()
