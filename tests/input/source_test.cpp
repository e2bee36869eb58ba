// Files, pipes, encodings, digests, copies, and reading rows again.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/input/signature.hpp"
#include "bulkdrop/input/utf16.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;
using namespace std::string_literals;

namespace {

using Ids = std::vector<std::string>;

std::string ascii_to_utf16(std::string_view text, bool big) {
  std::string out = big ? "\xFE\xFF"s : "\xFF\xFE"s;
  for (const char c : text) {
    if (big) out += '\0';
    out += c;
    if (!big) out += '\0';
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(source)

BOOST_AUTO_TEST_CASE(all_files_are_opened_before_any_is_read) {
  const TempDir dir;
  const auto good = dir.file("good", kA + "\n");
  const auto missing = error_of([&] { Reader reader({good, dir.path("missing")}, {}); });
  BOOST_TEST(missing.starts_with("3: "));
  BOOST_TEST(contains(missing, dir.path("missing")));
  BOOST_TEST(contains(missing, "No such file"));
  const auto folder = error_of([&] { Reader reader({good, dir.path()}, {}); });
  BOOST_TEST(folder.starts_with("3: "));
  BOOST_TEST(contains(folder, "directory"));
}

BOOST_AUTO_TEST_CASE(a_file_without_permission_is_named) {
  const TempDir dir;
  const auto file = dir.file("secret", kA);
  std::filesystem::permissions(file, std::filesystem::perms::none);
  if (::access(file.c_str(), R_OK) == 0) return;  // root may read anything
  BOOST_TEST(contains(error_of([&] { Reader reader({file}, {}); }), file));
}

BOOST_AUTO_TEST_CASE(standard_input_can_be_named_once) {
  BOOST_TEST(error_of([] { Reader reader({"-", "x", "-"}, {}); }).starts_with("2: "));
}

BOOST_AUTO_TEST_CASE(rows_are_numbered_over_all_sources_and_lines_within_each) {
  const TempDir dir;
  const auto reading = read_files({dir.file("a.csv", "Session ID\n" + kA + "\n\n" + kB + "\n"),
                                   dir.file("b", ""), dir.file("c.txt", "#\n" + kC)});
  BOOST_TEST(reading.lines() == "2 4 2");
  BOOST_TEST(reading.rows[2].row.number == 2U);
  BOOST_TEST(reading.rows[2].row.source == 2U);
  BOOST_TEST(reading.sources[0].rows == 2U);
  BOOST_TEST(reading.sources[1].rows == 0U);
  BOOST_TEST(reading.sources[2].rows == 1U);
  BOOST_TEST((reading.sources[0].format == Format::csv));
  BOOST_TEST((reading.sources[2].format == Format::text));
}

BOOST_AUTO_TEST_CASE(an_empty_source_has_no_rows_and_is_no_error) {
  for (const auto& empty : {""s, "\n\n \n"s, "\xEF\xBB\xBF"s, "\xFF\xFE"s}) {
    const auto reading = read_text(empty);
    BOOST_TEST(reading.rows.empty());
    BOOST_TEST(reading.sources[0].bytes == empty.size());
  }
  BOOST_TEST(read_files({"/dev/null"}).rows.empty());
}

BOOST_AUTO_TEST_CASE(the_digest_is_of_the_raw_bytes) {
  BOOST_TEST(read_text("").sources[0].sha256 ==
             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // Of BOM, "a", LF, by sha256sum.
  BOOST_TEST(read_text("\xEF\xBB\xBF"
                       "a\n")
                 .sources[0]
                 .sha256 == "be4fccb045869c7ad387b9081a44cfd495b37efc020da4b44542de0d980c747f");
  Options options;
  options.digest = false;
  BOOST_TEST(read_text("a\n", options).sources[0].sha256.empty());
}

BOOST_AUTO_TEST_CASE(utf16_is_read_in_both_byte_orders) {
  const TempDir dir;
  const std::string text = "ID;Session ID\r\n1;" + kA + "\r\n2;" + kB + "\r\n";
  for (const bool big : {false, true}) {
    const auto raw = ascii_to_utf16(text, big);
    Options options;
    options.scratch_directory = dir.path();
    Reader reader({dir.file("export", raw)}, options);
    const auto reading = drain(reader);
    BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
    BOOST_TEST(reading.sources[0].encoding == (big ? "utf-16be" : "utf-16le"));
    BOOST_TEST(reading.sources[0].bytes == raw.size());
    BOOST_TEST(reading.rows[0].row.offset == 15U);
    Originals originals(reader);
    BOOST_TEST(originals.text(reading.rows[1].row).value() == "2;" + kB);
  }
}

BOOST_AUTO_TEST_CASE(an_odd_last_byte_of_utf16_becomes_a_replacement_character) {
  const auto reading = read_text(ascii_to_utf16("session_id\n" + kA + "\n", false) + "x");
  BOOST_TEST(reading.lines() == "2 3:bad_id");
  BOOST_TEST(reading.rows[1].id == "\xEF\xBF\xBD");
  // Shorter than any byte order mark and another character.
  BOOST_TEST(read_text("\xFF\xFEz"s).rows.at(0).id == "\xEF\xBF\xBD");
  BOOST_TEST(read_text("\xFF\xFE\0"s).rows.at(0).id == "\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(utf16_units_survive_any_cut) {
  const std::string raw =
      "a\0\xE9\0\xAC\x20\x3D\xD8\x42\xDE\x3D\xD8z\0\x42\xDE\x3D\xD8"s;  // a é € 🙂 lone z lone lone
  const std::string expected = "aé€🙂\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD";
  for (std::size_t piece = 1; piece <= raw.size(); ++piece) {
    Utf16Decoder decoder(ByteOrder::little);
    std::string text;
    std::string out(Utf16Decoder::room_for(raw.size()), '\0');
    for (std::size_t i = 0; i < raw.size(); i += piece) {
      const auto bytes = std::string_view(raw).substr(i, piece);
      const auto got = decoder.decode(bytes, out.data());
      BOOST_TEST_REQUIRE(got <= Utf16Decoder::room_for(bytes.size()));
      text.append(out, 0, got);
    }
    text.append(out, 0, decoder.finish(out.data()));
    BOOST_TEST(text == expected);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_text_is_refused_with_what_it_is) {
  struct Case {
    std::string start;
    const char* says;
  };
  for (const auto& [start, says] :
       {Case{"PK\x03\x04rest", "spreadsheet"}, Case{"\x1F\x8Brest", "compressed"},
        Case{"\xFD"
             "7zXZ\0rest"s,
             "compressed"},
        Case{"(\xB5/\xFDrest", "compressed"}, Case{"%PDF-1.7", "PDF"},
        Case{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1rest", "xls"}, Case{"\xFF\xFE\0\0a\0\0\0"s, "UTF-32"},
        Case{"\0\0\xFE\xFF\0\0\0a"s, "UTF-32"}, Case{"s\0e\0s\0s\0i\0o\0n\0"s, "UTF-16"},
        Case{std::string(1000, '\0'), "NUL"}}) {
    BOOST_TEST_CONTEXT(says) {
      const auto error = error_reading(start);
      BOOST_TEST(error.starts_with("3: "));
      BOOST_TEST(contains(error, "export"));
      BOOST_TEST(contains(error, says));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_signature_is_awaited_only_while_it_is_possible) {
  BOOST_TEST(!read_signature("", false).has_value());
  BOOST_TEST(!read_signature("\xEF\xBB", false).has_value());
  BOOST_TEST(!read_signature("\xFF\xFE", false).has_value());
  BOOST_TEST(!read_signature("P", false).has_value());
  BOOST_TEST(read_signature("a", false).has_value());
  BOOST_TEST(read_signature("PX", false).has_value());
  BOOST_TEST(read_signature("\xEF\xBB", true).value().mark == 0U);
}

BOOST_AUTO_TEST_CASE(a_pipe_may_be_cut_anywhere) {
  const std::string text = "\xEF\xBB\xBFsep=;\r\nID;Session ID\r\n1;\"" + kA + "\"\r\n\"2\n\";" + kB + "\r\n";
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, text.size()}) {
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < text.size(); i += piece) pieces.push_back(text.substr(i, piece));
    const Fifo fifo(pieces);
    const auto reading = read_files({fifo.path()});
    BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
    BOOST_TEST(reading.lines() == "3 4");
  }
}

BOOST_AUTO_TEST_CASE(a_row_comes_as_soon_as_its_newline_is_there) {
  struct Case {
    const char* what;
    std::string header;
    std::function<std::string(const std::string&)> row;
  };
  const std::vector<Case> cases = {
      {"csv", "Session ID,User\n", [](const std::string& id) { return id + ",x\n"; }},
      {"csv with CR", "Session ID,User\r", [](const std::string& id) { return id + ",x\r"; }},
      {"csv with CR at times", "Session ID,User\n", [](const std::string& id) { return id + ",x\r"; }},
      {"quoted csv with CR", "\"Session ID\",User\r",
       [](const std::string& id) { return "\"" + id + "\",\"x\"\r"; }},
      {"jsonl with CR", "", [](const std::string& id) { return "{\"session_id\":\"" + id + "\"}\r"; }},
      {"text with CR", "", [](const std::string& id) { return id + "\r"; }},
      {"quoted csv", "Session ID,User\n", [](const std::string& id) { return "\"" + id + "\",\"x\"\n"; }},
      {"jsonl", "", [](const std::string& id) { return "{\"session_id\":\"" + id + "\"}\n"; }},
      {"text", "", [](const std::string& id) { return id + "\n"; }},
      {"json", "[", [](const std::string& id) { return "\"" + id + "\"\n,"; }},
  };
  for (const bool stream : {true, false}) {
    for (const auto& format : cases) {
      BOOST_TEST_CONTEXT(format.what) {
        const Pipe pipe;
        const StandardInput in_place(pipe.read_end.get());
        Options options;
        options.stream = stream;
        Reader reader({}, options);
        Row row;
        pipe.write(format.header + format.row(kA));
        // The writer keeps the pipe open and silent: this would hang if the reader wanted more.
        BOOST_TEST_REQUIRE(reader.next(row));
        BOOST_TEST(row.session_id == kA);
        pipe.write(format.row(kB));
        BOOST_TEST_REQUIRE(reader.next(row));
        BOOST_TEST(row.session_id == kB);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_feed_that_arrives_behind_its_carriage_return_ends_no_further_line) {
  for (const std::string header : {"session_id,x\r", "\"session_id\",x\r", ""}) {
    const Pipe pipe;
    const StandardInput in_place(pipe.read_end.get());
    Options options;
    options.stream = true;
    Reader reader({}, options);
    Row row;
    std::uint64_t line = 1;
    if (!header.empty()) {
      pipe.write(header);
      ++line;
    }
    pipe.write(kA + (header.empty() ? "\r" : ",\"1\"\r"));
    BOOST_TEST_REQUIRE(reader.next(row));
    BOOST_TEST(row.line == line);
    pipe.write("\n");
    pipe.write(kB + "\r");
    BOOST_TEST_REQUIRE(reader.next(row));
    BOOST_TEST(row.session_id == kB);
    BOOST_TEST(row.line == line + 1);
    pipe.write("\n\r\n" + kC + "\n");
    BOOST_TEST_REQUIRE(reader.next(row));
    BOOST_TEST(row.session_id == kC);
    BOOST_TEST(row.line == line + 3);
  }
}

BOOST_AUTO_TEST_CASE(a_silent_pipe_can_be_interrupted) {
  const Pipe pipe;
  const StandardInput in_place(pipe.read_end.get());
  Reader reader({"-"}, {});
  auto ended = std::async(std::launch::async, [&] {
    Row row;
    return reader.next(row);
  });
  BOOST_TEST((ended.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout));
  reader.interrupt();
  BOOST_TEST(!ended.get());
  Row row;
  BOOST_TEST(!reader.next(row));
}

BOOST_AUTO_TEST_CASE(an_interrupt_never_makes_half_a_line_a_row) {
  const Pipe pipe;
  const StandardInput in_place(pipe.read_end.get());
  Reader reader({"-"}, {});
  pipe.write(kA + "\n" + std::string(35, 'b'));
  Row row;
  BOOST_TEST_REQUIRE(reader.next(row));
  auto ended = std::async(std::launch::async, [&] { return reader.next(row); });
  BOOST_TEST((ended.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout));
  reader.interrupt();
  BOOST_TEST(!ended.get());
}

BOOST_AUTO_TEST_CASE(a_named_pipe_without_a_writer_can_be_interrupted) {
  const TempDir dir;
  BOOST_TEST_REQUIRE(::mkfifo(dir.path("fifo").c_str(), 0600) == 0);
  Reader reader({dir.path("fifo")}, {});
  auto ended = std::async(std::launch::async, [&] {
    Row row;
    return reader.next(row);
  });
  BOOST_TEST((ended.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout));
  reader.interrupt();
  BOOST_TEST(!ended.get());
}

BOOST_AUTO_TEST_CASE(a_file_is_interrupted_too) {
  const TempDir dir;
  std::string text;
  for (std::uint64_t i = 0; i < 1000; ++i) text += id_of(i) + "\n";
  Reader reader({dir.file("ids", text)}, {});
  Row row;
  BOOST_TEST_REQUIRE(reader.next(row));
  reader.interrupt();
  BOOST_TEST(!reader.next(row));
}

BOOST_AUTO_TEST_CASE(standard_input_is_copied_byte_for_byte) {
  const TempDir dir;
  const std::string text = "\xEF\xBB\xBFSession ID;x\r\n" + kA + ";1\r\n" + kB + ";2";
  Options options;
  options.stdin_copy = dir.path("input");
  const Pipe pipe;
  const StandardInput in_place(pipe.read_end.get());
  Reader reader({}, options);
  pipe.write(text);
  const_cast<Pipe&>(pipe).write_end.reset();
  const auto reading = drain(reader);
  BOOST_TEST(reading.sources[0].name == "-");
  BOOST_TEST(slurp(dir.path("input")) == text);
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(dir.path("input").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777U) == 0600U);
  Originals originals(reader);
  BOOST_TEST(originals.text(reading.rows[0].row).value() == kA + ";1");
  BOOST_TEST(originals.text(reading.rows[1].row).value() == kB + ";2");
  // Read again from its copy, as resume does, it is the same input.
  const auto again = read_files({dir.path("input")});
  BOOST_TEST(again.sources[0].sha256 == reading.sources[0].sha256);
  BOOST_TEST(again.rows[1].row.offset == reading.rows[1].row.offset);
}

BOOST_AUTO_TEST_CASE(a_copy_is_read_in_the_place_of_standard_input) {
  const TempDir dir;
  Options options;
  options.stdin_file = dir.file("input", "Session ID;x\r\n" + kA + ";1\r\n");
  Reader reader({}, options);
  const auto reading = drain(reader);
  BOOST_TEST(reading.sources[0].name == "-");
  BOOST_REQUIRE(reading.rows.size() == 1U);
  options.stdin_file = dir.path("nothing");
  BOOST_TEST(error_of([&] { Reader none({"-"}, options); }).starts_with("3: standard input: "));
}

BOOST_AUTO_TEST_CASE(a_delimiter_is_one_character_or_tab) {
  BOOST_TEST((delimiter_from_name(";") == ';'));
  BOOST_TEST((delimiter_from_name("tab") == '\t'));
  BOOST_TEST((delimiter_from_name("\\t") == '\t'));
  for (const char* name : {"", "\"", "\n", "\r", ";;", "space"}) BOOST_TEST(!delimiter_from_name(name), name);
}

BOOST_AUTO_TEST_CASE(a_copy_is_never_written_over_another_file) {
  const TempDir dir;
  Options options;
  options.stdin_copy = dir.file("input", "precious");
  BOOST_TEST(error_of([&] { Reader reader({}, options); }).starts_with("7: "));
  BOOST_TEST(slurp(options.stdin_copy) == "precious");
}

BOOST_AUTO_TEST_CASE(a_copy_that_cannot_be_written_stops_the_run) {
  // /dev/full accepts no byte; as scratch it is no directory.
  Options options;
  options.scratch_directory = "/dev/full";
  const Fifo fifo({kA + "\n"});
  BOOST_TEST(error_of([&] { read_files({fifo.path()}, options); }).starts_with("7: "));
}

BOOST_AUTO_TEST_CASE(standard_input_from_a_file_starts_where_its_position_stands) {
  const TempDir dir;
  const Fd file(::open(dir.file("ids", "skipped\n" + kA + "\n" + kB + "\n").c_str(), O_RDONLY | O_CLOEXEC));
  BOOST_TEST_REQUIRE(::lseek(file.get(), 8, SEEK_SET) == 8);
  const StandardInput in_place(file.get());
  Reader reader({"-"}, {});
  const auto reading = drain(reader);
  BOOST_TEST(reading.lines() == "1 2");
  Originals originals(reader);
  BOOST_TEST(originals.text(reading.rows[1].row).value() == kB);
}

BOOST_AUTO_TEST_SUITE_END()
