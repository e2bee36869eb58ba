// A stream that is cut between two rows: the readers of its pieces give what one reader would have given.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "input/reading.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/sha256.hpp"
#include "bulkdrop/input/limits.hpp"
#include "bulkdrop/input/standard_input.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::holds;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

// What a row is, wherever it stands.
std::string told(const Got& got) {
  return got.id + "/" + std::string(name(got.row.reason)) + "/" + std::to_string(got.row.check);
}

std::string told(const std::vector<Got>& rows, bool with_messages = true) {
  std::string all;
  for (const Got& row : rows) all += told(row) + (with_messages ? "/" + row.message : "") + "\n";
  return all;
}

Options stream_options(Format format = Format::automatic) {
  Options options;
  options.stream = true;
  options.format = format;
  return options;
}

// The options of the reader behind `cut`.
Options after(const Continuation& cut, Options options) {
  if (options.match.empty()) options.format = cut.format;
  if (cut.delimiter != 0) options.delimiter = cut.delimiter;
  options.carried = cut.header + cut.rest;
  options.continued = true;
  return options;
}

// Standard input whose bytes come in pieces.
class Feeding {
 public:
  explicit Feeding(std::vector<std::string> pieces)
      : standard_input_(pipe_.read_end.get()),
        writer_([this, pieces = std::move(pieces), end = std::move(pipe_.write_end)]() mutable {
          for (const auto& piece : pieces) write_all(end.get(), piece, "pipe");
          end = Fd();
        }) {}
  Feeding(const Feeding&) = delete;
  Feeding& operator=(const Feeding&) = delete;
  ~Feeding() { writer_.join(); }

 private:
  Pipe pipe_;
  StandardInput standard_input_;
  std::thread writer_;
};

struct Pieces {
  std::vector<Got> rows;  // of all of them
  std::uint64_t ignored = 0;
  std::size_t count = 0;
};

// Reads standard input, cut where `wants_cut` says so after a row. Each piece is held against its copy, read
// again by itself.
template <typename Wants>
Pieces read_in_pieces(const Options& options, Wants&& wants_cut) {
  const TempDir dir;
  Pieces pieces;
  Options of_piece = options;
  for (bool more = true; more;) {
    const std::string copy = dir.path("copy" + std::to_string(pieces.count++));
    of_piece.stdin_copy = copy;
    Reader reader({"-"}, of_piece);
    std::vector<Got> rows;
    std::optional<Continuation> cut;
    Row row;
    while (!cut && reader.next(row)) {
      rows.push_back({row, std::string(row.session_id), std::string(row.message)});
      if (!wants_cut()) continue;
      reader.interrupt();
      BOOST_TEST(!reader.next(row));
      cut = reader.cut();
      if (!cut) reader.resume();
    }
    more = cut.has_value();
    const SourceInfo& source = reader.sources().front();
    pieces.ignored += source.ignored_lines;
    const std::string text = slurp(copy);
    BOOST_TEST(source.bytes == text.size());
    Sha256 digest;
    digest.add(text);
    BOOST_TEST(source.sha256 == digest.finish());

    Options alone = of_piece;
    alone.carried.clear();
    alone.stdin_copy.clear();
    alone.stdin_file = copy;
    Reader again({"-"}, alone);
    const Reading reading = drain(again);
    // How a broken record goes on may stand behind the cut: only its message can tell.
    BOOST_TEST(told(reading.rows, false) == told(rows, false));
    for (std::size_t i = 0; i < std::min(rows.size(), reading.rows.size()); ++i) {
      BOOST_TEST(reading.rows[i].row.line == rows[i].row.line);
      BOOST_TEST(reading.rows[i].row.offset == rows[i].row.offset);
    }
    pieces.rows.insert(pieces.rows.end(), rows.begin(), rows.end());
    if (cut) of_piece = after(*cut, options);
  }
  return pieces;
}

std::vector<std::string> at_random(const std::string& text, std::size_t most) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < text.size();) {
    pieces.push_back(text.substr(i, *rc::gen::inRange<std::size_t>(1, most)));
    i += pieces.back().size();
  }
  return pieces;
}

struct Kind {
  const char* what;
  std::string start;               // a line that says what it is
  std::vector<std::string> parts;  // what its rows are made of
  Options options;
};

std::vector<Kind> kinds() {
  const std::vector<std::string> ends = {"\n", "\r\n", "\r", "\n\n"};
  const auto with_ends = [&](std::vector<std::string> parts) {
    parts.insert(parts.end(), ends.begin(), ends.end());
    return parts;
  };
  Options numbered = stream_options();
  numbered.field = "2";
  Options matched = stream_options();
  matched.match = "id=([0-9a-f]+)";
  const std::string mark = "\xEF\xBB\xBF";
  return {
      {"text", kA + "\n", with_ends({kA, kB, " ", "#", "x,y", "PK\x03\x04", mark, "sep=;", "\xFF\xFE"}),
       stream_options()},
      {"csv", mark + "User;Session ID\r\n",
       with_ends({kA, kB, ";", ";", "\"", "\"a\n" + kC + "\";", "\"\"", " ", "User;Session ID\n", mark,
                  "sep=,\n", "," + kC}),
       stream_options()},
      {"csv without a header", "u|" + kA + "\n", with_ends({kA, "|", "|", "\"", "u|" + kB, "x|y"}), numbered},
      {"jsonl", "{\"session_id\":\"" + kA + "\"}\n",
       with_ends({"{\"session_id\":\"" + kB + "\"}", "\"" + kC + "\"", "[", "{", "nonsense", "%PDF-"}),
       stream_options()},
      {"match", "id=" + kA + "\n", with_ends({"id=" + kB, "id=" + kC + " id=1", "other", " "}), matched},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cut)

BOOST_AUTO_TEST_CASE(however_it_is_cut_the_rows_are_those_of_one_reader) {
  for (const Kind& kind : kinds()) {
    holds(kind.what, [&kind] {
      std::string text = kind.start;
      const auto size = *rc::gen::inRange<std::size_t>(0, 60);
      for (std::size_t i = 0; i < size; ++i) text += *rc::gen::elementOf(kind.parts);
      Reading whole;
      {
        const Feeding feeding({text});
        Reader reader({"-"}, kind.options);
        whole = drain(reader);
      }
      const auto cuts = *rc::gen::container<std::vector<bool>>(100, rc::gen::arbitrary<bool>());
      std::size_t row = 0;
      const Feeding feeding(*rc::gen::arbitrary<bool>() ? std::vector<std::string>{text}
                                                        : at_random(text, 40));
      const Pieces pieces = read_in_pieces(kind.options, [&] { return cuts[row++ % cuts.size()]; });
      RC_TAG(pieces.count > 3 ? "many pieces" : "few");
      if (told(pieces.rows) != told(whole.rows))
        RC_FAIL(text + "\n--\n" + told(pieces.rows) + "--\n" + told(whole.rows));
      RC_ASSERT(pieces.ignored == whole.sources.front().ignored_lines);
    });
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_waits_for_the_rest_of_a_line_is_cut_before_it) {
  const TempDir dir;
  const Pipe pipe;
  const StandardInput standard_input(pipe.read_end.get());
  pipe.write("Session ID\n" + kA + "\n" + kB.substr(0, 7));
  Options options = stream_options();
  options.stdin_copy = dir.path("first");
  Reader reader({"-"}, options);
  Row row;
  BOOST_TEST_REQUIRE(reader.next(row));
  std::thread cutter([&reader] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    reader.interrupt();
  });
  BOOST_TEST(!reader.next(row));
  cutter.join();
  BOOST_TEST(!reader.ended());
  const auto cut = reader.cut();
  BOOST_TEST_REQUIRE(cut.has_value());
  BOOST_TEST(reader.ended());
  BOOST_TEST(!reader.next(row));
  BOOST_TEST(cut->header == "Session ID\n");
  BOOST_TEST(cut->rest == kB.substr(0, 7));
  BOOST_TEST(slurp(dir.path("first")) == "Session ID\n" + kA + "\n");

  pipe.write(kB.substr(7) + "\n");
  options = after(*cut, stream_options());
  options.stdin_copy = dir.path("second");
  Reader next({"-"}, options);
  BOOST_TEST_REQUIRE(next.next(row));
  BOOST_TEST(row.session_id == kB);
  BOOST_TEST(row.line == 2U);
  BOOST_TEST(slurp(dir.path("second")) == "Session ID\n" + kB + "\n");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_not_cut_through) {
  const Pipe pipe;
  const StandardInput standard_input(pipe.read_end.get());
  std::thread writer([&pipe] { pipe.write(kA + "\n" + std::string(kMaxRecordBytes + 100, 'x')); });
  Reader reader({"-"}, stream_options(Format::text));
  Row row;
  BOOST_TEST_REQUIRE(reader.next(row));
  BOOST_TEST_REQUIRE(reader.next(row));
  writer.join();
  BOOST_TEST((row.reason == Reason::malformed_row));
  reader.interrupt();
  BOOST_TEST(!reader.next(row));
  BOOST_TEST(!reader.cut().has_value());
  reader.resume();
  pipe.write(kC + "\n" + kB + "\n");
  BOOST_TEST_REQUIRE(reader.next(row));
  BOOST_TEST(row.session_id == kB);
  reader.interrupt();
  const auto cut = reader.cut();
  BOOST_TEST_REQUIRE(cut.has_value());
  BOOST_TEST(cut->rest.empty());
}

BOOST_AUTO_TEST_CASE(standard_input_is_awaited_without_being_read) {
  Interrupt interrupt;
  {
    Pipe pipe;
    const StandardInput standard_input(pipe.read_end.get());
    pipe.write("x");
    BOOST_TEST((await_standard_input(interrupt) == Arrival::bytes));
    BOOST_TEST((await_standard_input(interrupt) == Arrival::bytes));
    char byte = 0;
    BOOST_TEST(::read(STDIN_FILENO, &byte, 1) == 1);
    pipe.write_end = Fd();
    BOOST_TEST((await_standard_input(interrupt) == Arrival::end));
  }
  const TempDir dir;
  const Fd file(::open(dir.file("file", "ab").c_str(), O_RDONLY | O_CLOEXEC));
  const StandardInput standard_input(file.get());
  BOOST_TEST((await_standard_input(interrupt) == Arrival::bytes));
  ::lseek(STDIN_FILENO, 2, SEEK_SET);
  BOOST_TEST((await_standard_input(interrupt) == Arrival::end));
  interrupt.raise();
  BOOST_TEST((await_standard_input(interrupt) == Arrival::interrupted));
}

BOOST_AUTO_TEST_SUITE_END()
