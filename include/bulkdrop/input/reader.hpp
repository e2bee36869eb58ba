// Exports in, rows out: opens every source, finds its encoding, format and ID field, and hands out one Row
// per input row, in order, in bounded memory.
//
// One thread uses a Reader. Nothing is lost: whatever stands in a source is a row (an invalid one, if need
// be), a header, or counted in SourceInfo::ignored_lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/row.hpp"
#include "bulkdrop/input/shard.hpp"
#include "bulkdrop/input/wanted_members.hpp"

namespace bulkdrop::input {

enum class Format : std::uint8_t { automatic, csv, jsonl, json, text, match };

std::string_view name(Format format);
std::optional<Format> format_from_name(std::string_view name);  // the values of --format

// The values of --delimiter: one character (no quote, no line end), or `tab`.
std::optional<char> delimiter_from_name(std::string_view name);

struct Options {
  Format format = Format::automatic;
  std::string field;  // --field: column name or 1-based number, JSON key or pointer; empty = find it
  std::string match;  // --match: a regular expression with a capture group; not empty = Format::match
  std::optional<char> delimiter;  // --delimiter
  std::string id_pattern;         // --id-pattern; empty = 32 to 128 hexadecimal digits
  Shard shard;                    // --shard: hand out the rows of this part only
  bool protect_list = false;      // it is one: --field, --format and --match are not for it
  bool stream = false;            // --stream: hand out each row as soon as its line is complete
  bool digest = true;             // compute SHA-256 of every source
  bool checks = true;             // compute Row::check: the rows will be read again
  std::string stdin_copy;         // where a copy of standard input goes (a new file, 0600); empty = no copy
  std::string pipe_copies;  // the same of other sources that can't be read twice, `…-N` of the Nth of all
  std::string directory;    // where relative names of files start; empty = the current directory
  std::string stdin_file;   // is read where standard input is named; empty = standard input itself
  std::vector<std::string> copies;  // by source: is read in its place; empty = itself
  bool stdin_whole = true;  // if not, a last line of such a file without its end is not looked at: it was
                            // still coming when the copy broke off
  bool continued = false;   // standard input goes on where another reader was cut (Reader::cut): what it
                            // begins with is text in UTF-8 or an 8-bit code, whatever it looks like
  std::string carried;      // of standard input, read before and not used: stands in front of what comes now
  WantedMembers members;    // of JSON records, for Row::members
  std::string scratch_directory;  // where anonymous copies of other sources that can't be read twice go
                                  // (FIFOs, UTF-16); empty = no copies: then Originals can't read those
};

// A file's name as seen from `directory`: unchanged if that is empty, or the name is absolute or `-`.
std::string resolved(const std::string& name, const std::string& directory);

// What is known of a source; complete once its last row was handed out.
struct SourceInfo {
  std::string name;  // as given; "-" for standard input
  std::string copy;  // where one was made of it; empty = none
  Format format = Format::automatic;
  std::string encoding = "utf-8";    // utf-8, utf-16le, utf-16be
  char delimiter = 0;                // CSV
  std::string field;                 // what was taken as the ID: a column name, a pointer, "column 3", …
  std::vector<std::string> columns;  // CSV header, UTF-8; empty if there is none
  std::string header;                // … as it stands in the source, with its line end
  std::string first_record;          // JSON lines: the beginning of the first record, as it stands there
  std::uint64_t bytes = 0;           // raw bytes read
  std::uint64_t rows = 0;            // also those of other shards
  // --match: lines that did not match; text: comments; CSV: repetitions of the header. Blank lines don't
  // count.
  std::uint64_t ignored_lines = 0;
  std::string
      cut_off;  // what looks as if the source broke off in its last row, with the place; empty: nothing
  // What is to be said of IDs of another length than all others, with the place of the first; empty: nothing.
  std::string odd_ids;
  // CSV: lines within quoted cells that look like rows of their own, and where the first of these cells
  // begins, as a message has it.
  std::uint64_t quoted_rows = 0;
  std::string quoted_rows_at;
  std::string sha256;  // of the raw bytes, lower-case hex; empty if not asked for
};

// What is to be said of SourceInfo::quoted_rows; empty if there are none.
std::string quoted_rows(const SourceInfo& source);

// What the next reader must know where one was cut: `header` and `rest` are its Options::carried.
struct Continuation {
  Format format = Format::automatic;  // what was found
  char delimiter = 0;                 // likewise; CSV
  std::string header;                 // what must stand in front for the rest to be read alone; may be empty
  std::string rest;                   // bytes that were read and are in no row
};

class Reader {
 public:
  // Opens all files before reading any, so that a mistyped name costs nothing. No name = standard input.
  // Throws Error(usage) for a bad option, Error(bad_input) for a file that can't be read.
  Reader(std::vector<std::string> names, Options options);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader();

  // Options::members, for somebody who got a reader that was made already; before the first row.
  void want(WantedMembers members);

  // The next row; false at the end of the last source. The row's views live until the next call. `admission`
  // is to_drop or invalid; `number` counts the rows of all shards. Blocks while a pipe is silent. Throws
  // Error(bad_input) if a source as a whole can't be used: no ID field or two of them (the message lists the
  // fields found), not text, unreadable.
  bool next(Row& row);

  // The next rows, at most `most` (not 0) and at most kMostAtOnce; none at the end of the last source, and
  // once interrupted. The views of all of them live until the next call. Otherwise as next(), which may be
  // called in turns with it; rows before a source that can't be used are lost with it. Waits for more than
  // one row where a pipe does: for inputs that are read whole.
  static constexpr std::size_t kMostAtOnce = 32;
  std::span<Row> next_rows(std::size_t most = kMostAtOnce);

  // How much of all sources was handed out, in bytes, from 0 to 1; nothing where nobody knows how much comes.
  [[nodiscard]] std::optional<double> share_read() const;

  // Makes a blocked or future next() return false soon; safe from another thread and from a signal handler.
  void interrupt();

  // Takes an interrupt back: next() goes on where it was. Not while another thread may interrupt.
  void resume();
  // True once next() has come to the end of the last source.
  [[nodiscard]] bool ended() const;

  // Ends an interrupted reader of standard input between two rows, as if its end stood there, and cuts the
  // copy to fit: the rest is another reader's, which gets the same rows from it as this one would have. Only
  // after a row was handed out, in UTF-8 or an 8-bit code, and not of a JSON document, whose rows do not
  // stand alone. Nothing if no line begins there: the reader is still looking for the end of one that is too
  // long. Resume it then. Throws Error(run_directory).
  std::optional<Continuation> cut();

  [[nodiscard]] const std::vector<SourceInfo>& sources() const;
  [[nodiscard]] const Shard& shard() const;

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::input
