// CSV in the dialects that exports come in.
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

Options csv() {
  Options options;
  options.format = Format::csv;
  return options;
}

Options with_field(std::string field) {
  Options options;
  options.field = std::move(field);
  return options;
}

Options with_delimiter(char delimiter) {
  Options options;
  options.delimiter = delimiter;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_input)

BOOST_AUTO_TEST_CASE(every_dialect_of_the_same_table_gives_the_same_ids) {
  struct Dialect {
    const char* what;
    std::string text;
    char delimiter;
  };
  const std::vector<Dialect> dialects = {
      {"comma", fmt::format("ID,Session ID,User\n1,{},x\n2,{},y\n", kA, kB), ','},
      {"semicolon", fmt::format("ID;Session ID;User\n1;{};x\n2;{};y\n", kA, kB), ';'},
      {"tab", fmt::format("ID\tSession ID\tUser\n1\t{}\tx\n2\t{}\ty\n", kA, kB), '\t'},
      {"bar", fmt::format("ID|Session ID|User\n1|{}|x\n2|{}|y\n", kA, kB), '|'},
      {"CRLF", fmt::format("ID,Session ID\r\n1,{}\r\n2,{}\r\n", kA, kB), ','},
      {"byte order mark", fmt::format("\xEF\xBB\xBFsession_id,ID\n{},1\n{},2\n", kA, kB), ','},
      {"mark before a quoted header", fmt::format("\xEF\xBB\xBF\"session_id\",ID\n{},1\n{},2\n", kA, kB),
       ','},
      {"no newline at the end", fmt::format("ID,Session ID\n1,{}\n2,{}", kA, kB), ','},
      {"CR alone at the end", fmt::format("ID,Session ID\n1,{}\n2,{}\r", kA, kB), ','},
      {"CR", fmt::format("ID,Session ID\r1,{}\r2,{}\r", kA, kB), ','},
      {"CR, no end", fmt::format("ID,Session ID\r1,{}\r2,{}", kA, kB), ','},
      {"LF header, CR rows", fmt::format("ID,Session ID\n1,{},x\r2,{},y\r", kA, kB), ','},
      {"CR header, LF and CRLF rows", fmt::format("ID,Session ID\r1,{},x\n2,{},y\r\n", kA, kB), ','},
      {"CR CR LF", fmt::format("ID,Session ID\r\r\n1,{}\r\r\n2,{}\r\r\n", kA, kB), ','},
      {"quoted, CR", fmt::format("\"ID\",\"Session ID\"\r\"1\",\"{}\"\r\"2\",\"{}\"\r", kA, kB), ','},
      {"sep= line, CR", fmt::format("sep=;\rID;Session ID\r1;{}\r2;{}\r", kA, kB), ';'},
      {"gaps of all kinds", fmt::format("\r\n\r\rID,Session ID\n\r1,{}\r\r\n\n \r2,{}\r\r", kA, kB), ','},
      {"the header again", fmt::format("ID,Session ID\n1,{}\nID,Session ID\n2,{}\n", kA, kB), ','},
      {"all quoted", fmt::format("\"ID\",\"Session ID\"\n\"1\",\"{}\"\n\"2\",\"{}\"\n", kA, kB), ','},
      {"quoted, CRLF, no end", fmt::format("\"ID\",\"Session ID\"\r\n\"1\",\"{}\"\r\n\"2\",\"{}\"\r", kA, kB),
       ','},
      {"spaces after quotes", fmt::format("\"ID\" ,\"Session ID\" \n\"1\" ,\"{}\" \n\"2\",\"{}\"  ", kA, kB),
       ','},
      {"padded cells", fmt::format("ID , Session ID , User\n1 , {} , x\n2 ,\xC2\xA0{}\t, y\n", kA, kB), ','},
      {"empty lines", fmt::format("\n\r\nID,Session ID\n\n1,{}\n\r\n  \n2,{}\n\n", kA, kB), ','},
      {"one column", fmt::format("session_id\n{}\n{}\n", kA, kB), ','},
      {"sep= line", fmt::format("sep=;\nID;Session ID\n1;{}\n2;{}\n", kA, kB), ';'},
      {"sep= line, CRLF", fmt::format("SEP=;\r\nID;Session ID\r\n1;{}\r\n2;{}\r\n", kA, kB), ';'},
      {"sep= with another delimiter", fmt::format("sep=^\nID^Session ID\n1^{}\n2^{}\n", kA, kB), '^'},
      {"sep= tab", fmt::format("sep=\t\nID\tSession ID\n1\t{}\n2\t{}\n", kA, kB), '\t'},
      {"quoted sep= line and a gap", fmt::format("\"sep=;\"\n\nID;Session ID\n1;{}\n2;{}\n", kA, kB), ';'},
      {"quoted delimiter in the header", fmt::format("\"ID, short\";Session ID\n1;{}\n2;{}\n", kA, kB), ';'},
      {"newline in the header", fmt::format("\"ID\nshort\";Session ID\n1;{}\n2;{}\n", kA, kB), ';'},
  };
  for (const auto& dialect : dialects) {
    BOOST_TEST_CONTEXT(dialect.what) {
      const auto reading = read_text(dialect.text);
      BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
      BOOST_TEST(reading.rows.size() == 2U);
      BOOST_TEST((reading.sources[0].format == Format::csv));
      BOOST_TEST(reading.sources[0].delimiter == dialect.delimiter);
      BOOST_TEST(reading.sources[0].rows == 2U);
      BOOST_TEST(reading.sources[0].bytes == dialect.text.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_usual_names_of_the_id_column_are_known_in_three_languages) {
  for (const std::string name :
       {"session_id", "Session ID", "SESSION ID", "sessionId", "SessionID", "session-id", "session.id",
        " session  id ", "ID da sessão", "ID DA SESSÃO", "id_da_sessao", "ID da sessa\xCC\x83o",
        "ID da sess\xE3o", "ID DA SESS\xC3O", "ID de sesión", "ID DE SESIÓN", "id de sesion",
        "ID\xC2\xA0"
        "de sesi\xF3n"}) {
    BOOST_TEST_CONTEXT(name) {
      const auto reading = read_text(fmt::format("ID;{};Nome\n7;{};x\n", name, kA));
      BOOST_TEST(reading.ids() == Ids{kA}, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_german_names_of_the_id_column_are_known_too) {
  for (const std::string name : {"Sitzungs-ID", "SitzungsID", "SITZUNGS-ID", "Sitzungskennung"}) {
    const auto reading = read_text(fmt::format("ID;{};Benutzer\n7;{};x\n", name, kA));
    BOOST_TEST(reading.ids() == Ids{kA}, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_header_and_the_field_are_reported_as_utf8) {
  const auto reading =
      read_text(fmt::format("C\xF3"
                            "digo;ID da sess\xE3o\n1;{}\n",
                            kA));
  BOOST_TEST(reading.sources[0].columns == (std::vector<std::string>{"Código", "ID da sessão"}),
             boost::test_tools::per_element());
  BOOST_TEST(reading.sources[0].field == "ID da sessão");
}

BOOST_AUTO_TEST_CASE(a_plain_id_column_is_never_taken) {
  const auto error = error_reading(fmt::format("ID,User,Device\n1,{},y\n", kA));
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, "export:1: "));
  BOOST_TEST(contains(error, R"("ID", "User", "Device")"));
  BOOST_TEST(contains(error, "--field"));
}

BOOST_AUTO_TEST_CASE(two_id_columns_are_an_error_that_names_the_fields) {
  const auto error = error_reading(fmt::format("session_id,User,Session ID\n{},x,{}\n", kA, kB));
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, R"("session_id", "User", "Session ID")"));
  BOOST_TEST(contains(error, "--field 1"));
}

BOOST_AUTO_TEST_CASE(header_errors_hold_in_a_stream_too) {
  Options options;
  options.stream = true;
  BOOST_TEST(error_reading("ID,User\n1,x\n", options).starts_with("3: "));
}

BOOST_AUTO_TEST_CASE(a_header_error_names_the_headers_own_line) {
  BOOST_TEST(contains(error_reading("sep=;\n\n\nID;User\n1;2\n"), "export:4: "));
}

BOOST_AUTO_TEST_CASE(names_in_an_error_are_printable_and_bounded) {
  std::string header = "a\x1b[31m";
  for (int i = 0; i < 500; ++i) header += ",column" + std::to_string(i) + std::string(200, 'x');
  const auto error = error_reading(header + "\n");
  BOOST_TEST(!contains(error, "\x1b"));
  BOOST_TEST(error.size() < 4000U);
  BOOST_TEST(contains(error, "more)"));
}

BOOST_AUTO_TEST_CASE(field_takes_a_column_by_name) {
  const std::string text = fmt::format("Sitzungs-ID;session_id;Größe\n{};{};{}\n", kA, kB, kC);
  BOOST_TEST(read_text(text, with_field("sitzungs-id")).ids() == Ids{kA}, boost::test_tools::per_element());
  BOOST_TEST(read_text(text, with_field("SITZUNGS ID")).ids() == Ids{kA}, boost::test_tools::per_element());
  BOOST_TEST(read_text(text, with_field("GRÖßE")).ids() == Ids{kC}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(field_may_name_the_plain_id_column) {
  BOOST_TEST(read_text(fmt::format("ID,x\n{},1\n", kA), with_field("id")).ids() == Ids{kA},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_field_that_is_missing_or_stands_twice_is_an_error) {
  const auto missing = error_reading("ID,Session ID\n1,2\n", with_field("sid"));
  BOOST_TEST(missing.starts_with("3: "));
  BOOST_TEST(contains(missing, "\"sid\""));
  BOOST_TEST(contains(missing, R"("ID", "Session ID")"));
  const auto twice = error_reading("sid;x;sid\n1;2;3\n", with_field("sid"));
  BOOST_TEST(twice.starts_with("3: "));
  BOOST_TEST(contains(twice, "2 columns"));
}

BOOST_AUTO_TEST_CASE(field_takes_a_column_by_number_below_a_header) {
  const auto reading = read_text(fmt::format("ID,Hash,User\n1,{},x\n2,{},y\n", kA, kB), with_field("2"));
  BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
  BOOST_TEST(reading.sources[0].columns.size() == 3U);
  BOOST_TEST(reading.sources[0].field == "column 2");
}

BOOST_AUTO_TEST_CASE(field_takes_a_column_by_number_where_there_is_no_header) {
  const auto reading = read_text(fmt::format("1;x, y;{}\n2;z;{}\n", kA, kB), with_field("3"));
  BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "1 2");
  BOOST_TEST(reading.sources[0].columns.empty());
  BOOST_TEST(reading.sources[0].delimiter == ';');
}

BOOST_AUTO_TEST_CASE(a_list_of_ids_is_a_table_of_one_column) {
  BOOST_TEST(read_text(kA + "\n" + kB + "\n", with_field("1")).ids() == (Ids{kA, kB}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_column_number_out_of_range_is_an_error) {
  BOOST_TEST(error_reading("a,b\n1,2\n", with_field("0")).starts_with("2: "));
  const auto error = error_reading("a,b\n1,2\n", with_field("3"));
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, R"("a", "b")"));
}

BOOST_AUTO_TEST_CASE(a_given_delimiter_beats_the_sep_line) {
  const auto reading = read_text(fmt::format("sep=;\na;b^session_id\nx;y^{}\n", kA), with_delimiter('^'));
  BOOST_TEST(reading.ids() == Ids{kA}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_quote_or_line_end_is_no_delimiter) {
  for (const char bad : {'"', '\n', '\r'})
    BOOST_TEST(error_reading("session_id\n", with_delimiter(bad)).starts_with("2: "));
}

BOOST_AUTO_TEST_CASE(a_quoted_field_may_hold_newlines_delimiters_and_quotes) {
  const auto reading = read_text(
      fmt::format("Reason,session_id\n\"first,\nsecond \"\"third\"\"\r\n\r\n\",{}\nplain,{}\n", kA, kB));
  BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "2 6");
}

BOOST_AUTO_TEST_CASE(a_carriage_return_ends_a_record_but_not_within_quotes) {
  const auto reading = read_text(fmt::format(
      "Reason,session_id\r\"first,\rsecond\r\n\r\",{}\rx\ry,{}\r\"open,{}\rz,{}", kA, kB, kC, kC));
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "2 6:missing_field 7 8:malformed_row 9");
}

BOOST_AUTO_TEST_CASE(a_million_lines_of_carriage_returns_are_read_in_linear_time) {
  std::string text = "session_id,x\n";
  for (int i = 0; i < 200000; ++i) text += kA + ",\r";
  BOOST_TEST(read_text(text).ids().size() == 200000U);
}

BOOST_AUTO_TEST_CASE(a_header_that_stands_again_is_no_row) {
  const auto reading = read_text(fmt::format(
      "ID;Session ID;\"User; name\"\n1;{0};x\n\xEF\xBB\xBFID;Session ID;\"User; name\"\r\n"
      "\"ID\"; Session ID ;\"User; name\"\n2;{1};y\nID;Session ID;User\nID;session id;\"User; name\"\n"
      "ID;Session ID;\"User; name\";\n;Session ID;\n",
      kA, kB));
  BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
  // Almost the header is not the header.
  BOOST_TEST(reading.lines() == "2 5 6:bad_id 7:bad_id 8:bad_id 9:bad_id");
  BOOST_TEST(reading.sources[0].ignored_lines == 2U);
  BOOST_TEST(reading.sources[0].rows == 6U);
}

BOOST_AUTO_TEST_CASE(a_header_that_stands_again_is_no_row_whatever_an_id_is) {
  Options options;
  options.id_pattern = ".*";
  const auto marked = read_text("\xEF\xBB\xBF\"session_id\"\na\n\xEF\xBB\xBF\"session_id\"\nb\n", options);
  BOOST_TEST(marked.ids() == (Ids{"a", "b"}), boost::test_tools::per_element());
  // Where there is no header, no row repeats it.
  options.field = "1";
  BOOST_TEST(read_text("a,x\na,x\n", options).rows.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_table_without_the_field_says_which_line_was_taken_for_its_header) {
  const auto error = error_reading("Report of the night\n\n1 of 3, pages\nID,Session ID\n1,2\n", csv());
  BOOST_TEST(contains(error, "export:1: "), error);
  BOOST_TEST(contains(error, "line 1 was taken as the header"), error);
  BOOST_TEST(contains(error, "take out what stands above the header"), error);
}

BOOST_AUTO_TEST_CASE(a_table_without_a_header_says_where_its_first_line_has_an_id) {
  const auto table = error_reading("a," + kA + "\nb," + kB + "\n");
  BOOST_TEST(contains(table, "there stands an ID in column 2: if there is no header, say --field 2"), table);
  const auto list = error_reading(kA + "   operator1\n" + kB + "   operator2\n");
  BOOST_TEST(contains(list, "it begins with an ID: if every line does, say --match '^(\\S+)'"), list);
  BOOST_TEST(!contains(error_reading("user,when\nb," + kB + "\n"), "an ID"));
}

BOOST_AUTO_TEST_CASE(a_quote_inside_an_unquoted_field_is_literal) {
  const auto reading = read_text(fmt::format("Device,session_id\n19\" rack,{}\n5\"x\"y,{}\n", kA, kB));
  BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(doubled_quotes_in_the_id_cell_are_undone) {
  Options options;
  options.id_pattern = ".*";
  const auto reading = read_text("session_id\n\"a\"\"b\"\n", options);
  BOOST_TEST(reading.rows.at(0).id == "a\"b");
  BOOST_TEST(!reading.rows.at(0).usable());  // never sendable
}

BOOST_AUTO_TEST_CASE(ragged_rows_are_read_as_far_as_they_go) {
  const auto reading =
      read_text(fmt::format("ID,Session ID,User\n1\n2,{},x,more,and more\n\"3\"\n4,\n5,{}\n,,\n", kA, kB));
  BOOST_TEST(reading.lines() == "2:missing_field 3 4:missing_field 5:missing_field 6 7:missing_field");
  BOOST_TEST(contains(reading.rows[0].message, "1 column; the ID stands in column 2"));
  BOOST_TEST(contains(reading.rows[3].message, "empty"));
}

BOOST_AUTO_TEST_CASE(a_stray_quote_costs_its_own_line_only) {
  const auto reading =
      read_text(fmt::format("Reason,session_id\n\"open,{0}\nfine,{0}\n\"x\"y,{1}\nfine,{2}\n", kA, kB, kC));
  BOOST_TEST(reading.lines() == "2:malformed_row 3 4:malformed_row 5");
  BOOST_TEST(reading.ids() == (Ids{kA, kC}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_quote_that_stays_open_to_the_end_costs_its_own_line_only) {
  const auto reading =
      read_text(fmt::format("Reason,session_id\nx,{}\n\"open,{}\nx,{}\ny,{}", kA, kA, kB, kC));
  BOOST_TEST(reading.lines() == "2 3:malformed_row 4 5");
  BOOST_TEST(contains(reading.rows[1].message, "not closed"));
}

BOOST_AUTO_TEST_CASE(a_record_longer_than_a_mebibyte_costs_its_first_line_only) {
  const auto reading = read_text(fmt::format("Reason,session_id\n\"{}\n\",{}\nx,{}\n",
                                             std::string(kMaxRecordBytes, 'x') + "\ny", kA, kB));
  // Line 2 is too long, line 3 is what followed it, line 4 has a stray quote.
  BOOST_TEST(reading.lines() == "2:malformed_row 3:missing_field 4:malformed_row 5");
}

BOOST_AUTO_TEST_CASE(a_record_of_exactly_a_mebibyte_is_read) {
  const std::string tail = "\"," + kA;
  const std::string inside(kMaxRecordBytes - tail.size() - 1, '\n');
  const auto fits = read_text("Reason,session_id\n\"" + inside + tail + "\nx," + kB + "\n");
  BOOST_TEST(fits.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
  const auto over = read_text("Reason,session_id\n\"\n" + inside + tail + "\nx," + kB + "\n");
  BOOST_TEST((over.rows.front().row.reason == Reason::malformed_row));
  BOOST_TEST(over.ids() == Ids{kB}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_a_mebibyte_is_one_invalid_row) {
  const auto reading =
      read_text(fmt::format("session_id,x\n{},{}\n{},y\n", kA, std::string(3 * kMaxRecordBytes, 'x'), kB));
  BOOST_TEST(reading.lines() == "2:malformed_row 3");
  BOOST_TEST(reading.rows[0].row.length == kMaxRecordBytes);
  BOOST_TEST(contains(reading.rows[0].message, "1 MiB"));
}

BOOST_AUTO_TEST_CASE(an_input_made_of_open_quotes_is_read_in_linear_time) {
  // Each line closes the quote of the line before and opens another.
  std::string text = "a,session_id\n\"x\n";
  for (int i = 0; i < 100000; ++i) text += "a\" ,\"c\n";
  const auto reading = read_text(text);
  BOOST_TEST(reading.rows.size() == 100001U);
}

BOOST_AUTO_TEST_CASE(an_apostrophe_against_formulas_is_taken_off) {
  Options options;
  options.id_pattern = "[-a-z]+";
  const auto reading = read_text("session_id\n'-abc\n\"'-def\"\n'abc\n", options);
  BOOST_TEST(reading.ids() == (Ids{"-abc", "-def"}), boost::test_tools::per_element());
  BOOST_TEST(reading.rows[2].id == "'abc");
}

BOOST_AUTO_TEST_CASE(a_broken_header_is_an_error) {
  const auto error = error_reading("\"session_id,User\n1,2\n", csv());
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, "quote"));
}

BOOST_AUTO_TEST_CASE(a_header_or_a_sep_line_alone_is_no_error) {
  BOOST_TEST(read_text("ID,Session ID\n").rows.empty());
  BOOST_TEST(read_text("sep=;\n", csv()).rows.empty());
  BOOST_TEST(read_text("\n\n", csv()).rows.empty());
}

BOOST_AUTO_TEST_CASE(a_headers_line_end_is_whole_also_where_it_arrives_in_two_pieces) {
  const Packets standard_input({"User,Session ID\r", "\nx," + kA + "\r\n"});
  const auto reading = read_files({"-"});
  BOOST_TEST(reading.sources.front().header == "User,Session ID\r\n");
  BOOST_TEST(reading.lines() == "2");
}

BOOST_AUTO_TEST_CASE(a_tie_between_delimiters_goes_to_the_one_that_makes_a_table) {
  const auto reading = read_text(fmt::format("{};a,b\n{};c\n{};d,e,f\n", kA, kB, kC), with_field("1"));
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(offsets_and_lengths_cover_each_rows_text) {
  const std::string text = fmt::format("\xEF\xBB\xBFsession_id,x\r\n{},\"1\n2\"\r\n{},3", kA, kB);
  const auto reading = read_text(text);
  const auto decoded = text.substr(3);
  BOOST_TEST(decoded.substr(reading.rows[0].row.offset, reading.rows[0].row.length) == kA + ",\"1\n2\"");
  BOOST_TEST(decoded.substr(reading.rows[1].row.offset, reading.rows[1].row.length) == kB + ",3");
}

BOOST_AUTO_TEST_SUITE_END()
