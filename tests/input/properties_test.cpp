// What holds for every input, not only for those that somebody thought of.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "input/reading.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/csv_record.hpp"
#include "bulkdrop/input/lines.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/input/seen_ids.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::holds;
using bulkdrop::test::TempDir;

namespace {

// Text made of what the parsers care about, and some that they don't.
std::string awkward_text(std::size_t most, const std::vector<std::string>& parts) {
  std::string text;
  const auto size = *rc::gen::inRange<std::size_t>(0, most);
  for (std::size_t i = 0; i < size; ++i) text += *rc::gen::elementOf(parts);
  return text;
}

std::vector<std::string> in_pieces(const std::string& text) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < text.size();) {
    const auto size = *rc::gen::inRange<std::size_t>(1, 40);
    pieces.push_back(text.substr(i, size));
    i += size;
  }
  return pieces;
}

// Reads `text` from a file or, cut at random, from a pipe.
Reading read_somehow(const std::string& text, const Options& options) {
  if (*rc::gen::arbitrary<bool>()) return read_text(text, options);
  const Fifo fifo(in_pieces(text));
  Reader reader({fifo.path()}, options);
  return *rc::gen::arbitrary<bool>() ? drain(reader)
                                     : drain_together(reader, *rc::gen::inRange<std::size_t>(1, 40));
}

std::string utf16_of(const std::string& utf8, bool big) {
  std::string out = big ? "\xFE\xFF" : "\xFF\xFE";
  const auto put = [&](std::uint32_t unit) {
    const char high = static_cast<char>(unit >> 8U);
    const char low = static_cast<char>(unit & 0xFFU);
    out += big ? high : low;
    out += big ? low : high;
  };
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t code = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t k = 1; k < size; ++k)
      code = (code << 6U) | (static_cast<unsigned char>(utf8[i + k]) & 0x3FU);
    i += size;
    if (code < 0x10000) {
      put(code);
    } else {
      put(0xD800 + ((code - 0x10000) >> 10U));
      put(0xDC00 + ((code - 0x10000) & 0x3FFU));
    }
  }
  return out;
}

const std::vector<std::string> kCellParts = {"a", "Z9", " ",    ",", ";", "\t", "|", "\"", "\n", "\r\n",
                                             "é", "会", "🙂", "=", "'", "#",  "{", "[",  "\\", "…"};

struct Table {
  char delimiter;
  std::size_t id_column;
  std::vector<std::vector<std::string>> rows;
};

struct Written {
  std::string text;
  std::vector<std::uint64_t> lines;  // on which each row starts
  std::vector<std::string> originals;
};

// Writes the table in some dialect.
Written write_table(const Table& table, bool mark) {
  Written written;
  const bool mixed_ends = *rc::gen::arbitrary<bool>();
  const auto any_end = rc::gen::element<std::string>("\n", "\r\n", "\r");
  const std::string one_end = *any_end;
  const bool quote_all = *rc::gen::arbitrary<bool>();
  const bool gaps = *rc::gen::arbitrary<bool>();
  auto& text = written.text;
  // A LF right behind a CR would be no end of its own.
  const auto end = [&] {
    const std::string next = mixed_ends ? *any_end : one_end;
    return next == "\n" && text.ends_with('\r') ? std::string("\r\n") : next;
  };
  if (*rc::gen::arbitrary<bool>()) text += std::string("sep=") + table.delimiter + end();
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (gaps && *rc::gen::arbitrary<bool>()) text += end();
    const auto begin = text.size();
    written.lines.push_back(1 + count_line_ends(text));
    for (std::size_t c = 0; c < table.rows[r].size(); ++c) {
      if (c > 0) text += table.delimiter;
      const auto& cell = table.rows[r][c];
      const bool must = cell.find_first_of("\"\r\n") != std::string::npos ||
                        cell.find(table.delimiter) != std::string::npos;
      if (!must && !quote_all) {
        text += cell;
        continue;
      }
      text += '"';
      for (const char ch : cell) text.append(ch == '"' ? 2 : 1, ch);
      text += '"';
      if (*rc::gen::inRange(0, 10) == 0) text += " ";
    }
    written.originals.push_back(text.substr(begin));
    if (r + 1 < table.rows.size() || *rc::gen::arbitrary<bool>()) text += end();
  }
  if (mark) text.insert(0, "\xEF\xBB\xBF");
  return written;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(properties)

BOOST_AUTO_TEST_CASE(a_table_comes_back_from_any_dialect) {
  holds("the same IDs stand at the same lines, and the originals are the rows' text", [] {
    Table table;
    table.delimiter = *rc::gen::element(',', ';', '\t', '|');
    const auto columns = *rc::gen::inRange<std::size_t>(1, 6);
    table.id_column = *rc::gen::inRange<std::size_t>(0, columns);
    std::vector<std::string> header;
    for (std::size_t c = 0; c < columns; ++c)
      header.push_back(c == table.id_column
                           ? *rc::gen::element<std::string>("session_id", "Session ID", "ID da sessão")
                           : "c" + std::to_string(c));
    table.rows.push_back(header);
    const auto rows = *rc::gen::inRange<std::size_t>(0, 30);
    for (std::size_t r = 0; r < rows; ++r) {
      std::vector<std::string> row;
      for (std::size_t c = 0; c < columns; ++c)
        row.push_back(c == table.id_column ? id_of(r) : awkward_text(8, kCellParts));
      table.rows.push_back(row);
    }
    const bool utf16 = *rc::gen::arbitrary<bool>();
    auto written = write_table(table, !utf16 && *rc::gen::arbitrary<bool>());
    const auto bytes = utf16 ? utf16_of(written.text, *rc::gen::arbitrary<bool>()) : written.text;

    const TempDir dir;
    Options options;
    options.scratch_directory = dir.path();
    const bool through_pipe = *rc::gen::arbitrary<bool>();
    std::optional<Fifo> fifo;
    if (through_pipe) fifo.emplace(in_pieces(bytes));
    Reader reader({through_pipe ? fifo->path() : dir.file("export", bytes)}, options);
    const auto reading = drain(reader);

    RC_ASSERT(reading.rows.size() == rows);
    RC_ASSERT(reading.sources[0].columns == header);
    Originals originals(reader);
    for (std::size_t r = 0; r < rows; ++r) {
      RC_ASSERT(reading.rows[r].usable());
      RC_ASSERT(reading.rows[r].id == id_of(r));
      RC_ASSERT(reading.rows[r].row.line == written.lines[r + 1]);
      const auto fields = originals.fields(reading.rows[r].row);
      RC_ASSERT(fields.has_value());
      RC_ASSERT(*fields == table.rows[r + 1]);
    }
  });
}

BOOST_AUTO_TEST_CASE(what_a_source_is_read_through_makes_no_difference) {
  const std::vector<std::string> parts = {"\"",
                                          "\"",
                                          ",",
                                          ";",
                                          "\n",
                                          "\n",
                                          "\r\n",
                                          "\r",
                                          " ",
                                          "x",
                                          kA,
                                          kB,
                                          "session_id",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          ":",
                                          "\\",
                                          "\t",
                                          "#",
                                          "null",
                                          "\"session_id\":\"",
                                          "remote_sessions",
                                          "\xE9",
                                          "\xEF\xBB\xBF"};
  holds("a file and a pipe in pieces give the same rows or the same error", [&parts] {
    const auto text = *rc::gen::element<std::string>("", "session_id,x\n", "[", "{\"remote_sessions\":[") +
                      awkward_text(60, parts);
    Options options;
    options.format =
        *rc::gen::element(Format::automatic, Format::csv, Format::jsonl, Format::json, Format::text);
    options.stream = *rc::gen::arbitrary<bool>();
    const TempDir dir;
    const auto outcome = [&](const std::string& path) {
      std::string all;
      all = error_of([&] {
        const auto reading = read_files({path}, options);
        for (const auto& got : reading.rows)
          all += fmt::format("{}+{}+{} {} {}\n", got.row.line, got.row.offset, got.row.length, got.id,
                             got.message);
        all += reading.sources[0].sha256;
        throw Error(ExitCode::usage, all);
      });
      for (std::size_t at = 0; (at = all.find(path)) != std::string::npos;)
        all.replace(at, path.size(), "PATH");
      return all;
    };
    const auto from_file = outcome(dir.file("export", text));
    const Fifo fifo(in_pieces(text));
    RC_ASSERT(outcome(fifo.path()) == from_file);
  });
}

BOOST_AUTO_TEST_CASE(every_line_of_text_is_accounted_for) {
  const std::vector<std::string> parts = {"\n", "\r", "\r\n", " ",    "x",  kA, kB,
                                          "#",  "\t", "sid=", "\xFF", "\"", "{"};
  holds("rows, ignored and blank lines are all lines", [&parts] {
    const auto text = awkward_text(80, parts);
    Options options;
    options.format = Format::text;
    if (*rc::gen::arbitrary<bool>()) options.match = "sid=([0-9a-f]*)";
    const auto reading = read_somehow(text, options);
    std::uint64_t expected = 0;
    std::size_t begin = 0;
    while (begin < text.size()) {
      const auto end = std::min(text.find_first_of("\r\n", begin), text.size());
      if (!trimmed(std::string_view(text).substr(begin, end - begin)).empty()) ++expected;
      begin = end + 1;
    }
    RC_ASSERT(reading.rows.size() + reading.sources[0].ignored_lines == expected);
  });
}

BOOST_AUTO_TEST_CASE(every_line_of_csv_is_accounted_for) {
  const std::vector<std::string> parts = {"\"", "\"", "\"\"", ",", ",", "\n", "\r", "\r\n", " ", "x", kA, kB};
  holds("rows cover every line that is not blank, in order, and never overlap", [&parts] {
    const std::string header = "a,session_id\n";
    const auto text = header + awkward_text(80, parts);
    const auto reading = read_somehow(text, {});
    std::size_t covered = header.size();
    std::uint64_t rows = 0;
    for (const auto& got : reading.rows) {
      const auto between = std::string_view(text).substr(covered, got.row.offset - covered);
      RC_ASSERT(got.row.offset >= covered);
      RC_ASSERT(between.find_first_not_of(" \r\n") == std::string_view::npos);
      RC_ASSERT(got.row.line == 1 + count_line_ends(std::string_view(text).substr(0, got.row.offset)));
      covered = got.row.offset + got.row.length;
      ++rows;
      // A row that could not be read takes one line and no more.
      if (got.row.reason == Reason::malformed_row)
        RC_ASSERT(text.substr(got.row.offset, got.row.length).find_first_of("\r\n") == std::string::npos);
    }
    RC_ASSERT(text.substr(covered).find_first_not_of(" \r\n") == std::string::npos);
    RC_ASSERT(reading.sources[0].rows == rows);
  });
}

BOOST_AUTO_TEST_CASE(what_a_csv_record_is_cut_into_joins_to_the_same) {
  holds("cells written and split again are the same cells", [] {
    std::vector<std::string> cells;
    const auto size = *rc::gen::inRange<std::size_t>(1, 6);
    for (std::size_t i = 0; i < size; ++i) cells.push_back(awkward_text(10, kCellParts));
    std::string text;
    for (const auto& cell : cells) {
      if (!text.empty() || &cell != &cells.front()) text += ',';
      append_csv_field(text, cell, ',', false);
    }
    RC_ASSERT(split_csv(text, ',') == cells);
  });
}

BOOST_AUTO_TEST_CASE(random_bytes_are_read_to_their_end_or_refused) {
  holds("no bytes crash, hang or vanish", [] {
    const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    Options options;
    options.format =
        *rc::gen::element(Format::automatic, Format::csv, Format::jsonl, Format::json, Format::text);
    options.stream = *rc::gen::arbitrary<bool>();
    const TempDir dir;
    const auto path = dir.file("export", bytes);
    const auto error = error_of([&] {
      const auto reading = read_files({path}, options);
      RC_ASSERT(reading.sources[0].bytes == bytes.size());
    });
    RC_ASSERT(error.empty() || error.starts_with("3: "));
  });
}

BOOST_AUTO_TEST_CASE(a_json_document_is_what_simdjson_says_it_is) {
  const std::vector<std::string> parts = {"{",
                                          "}",
                                          "[",
                                          "]",
                                          ",",
                                          ",",
                                          ":",
                                          "\"a\"",
                                          "\"a\":",
                                          "\"]\\\"\"",
                                          "1",
                                          " ",
                                          "\n",
                                          "null",
                                          "{\"session_id\":\"" + kA + "\"}",
                                          "\"" + kB + "\"",
                                          "tru"};
  holds("valid arrays give one row an element, and invalid ones never pass for valid", [&parts] {
    // Mostly well-formed: elements joined by commas, at times damaged.
    std::string text = "[";
    const auto size = *rc::gen::inRange<std::size_t>(0, 8);
    for (std::size_t i = 0; i < size; ++i) {
      if (i > 0) text += ",";
      text += *rc::gen::arbitrary<bool>() ? awkward_text(4, parts) : *rc::gen::elementOf(parts);
    }
    text += "]";
    if (*rc::gen::inRange(0, 4) == 0) text += *rc::gen::elementOf(parts);

    simdjson::dom::parser parser;
    simdjson::dom::array array;
    const bool valid = parser.parse(text).get(array) == simdjson::SUCCESS;
    Options options;
    options.format = Format::json;
    options.field = "session_id";
    Reading reading;
    // A list without any ID is refused as a whole: give it one.
    const auto with_id = "[\"" + kC + "\"" + (size == 0 && valid ? "" : ",") + text.substr(1);
    const bool with_id_valid = parser.parse(with_id).get(array) == simdjson::SUCCESS;
    const auto error = error_of([&] { reading = read_somehow(with_id, options); });
    if (with_id_valid) {
      RC_ASSERT(error.empty() || contains(error, "could be the session ID"));
      if (error.empty()) {
        RC_ASSERT(reading.rows.size() == array.size());
        for (const auto& got : reading.rows) RC_ASSERT(got.row.reason != Reason::malformed_row);
      }
    } else if (error.empty()) {
      // The structure was whole: then the damage is inside an element and shows as its row.
      RC_ASSERT(std::any_of(reading.rows.begin(), reading.rows.end(),
                            [](const Got& got) { return got.row.reason == Reason::malformed_row; }));
    }
  });
}

BOOST_AUTO_TEST_CASE(the_screen_agrees_with_an_ordered_set) {
  holds("the first of each ID passes, protected ones never do", [] {
    const TempDir dir;
    const auto ids = *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 300));
    const auto kept = *rc::gen::nonEmpty(
        rc::gen::container<std::set<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 300)));
    std::string list;
    for (const auto id : kept) list += id_of(id) + "\n";
    Screen screen({dir.file("keep", list)}, "");
    std::map<std::uint64_t, std::size_t> first;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto id = id_of(ids[i]);
      Row row;
      row.number = i;
      row.line = i + 1;
      row.session_id = id;
      screen.admit(row);
      screen.expect_rest(*rc::gen::elementOf(std::vector{0.0, 0.001, 0.5, 1.0}));
      if (kept.contains(ids[i])) {
        RC_ASSERT(row.admission == Admission::protected_);
      } else if (const auto [known, fresh] = first.emplace(ids[i], i + 1); fresh) {
        RC_ASSERT(row.admission == Admission::to_drop);
      } else {
        RC_ASSERT(row.admission == Admission::duplicate);
        RC_ASSERT(row.message == fmt::format("the same ID stands in standard input:{}", known->second));
      }
    }
    RC_ASSERT(screen.distinct() == first.size());
  });
}

BOOST_AUTO_TEST_SUITE_END()
