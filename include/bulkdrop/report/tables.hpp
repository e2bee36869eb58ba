// The per-session files. Each is written under a temporary name and appears whole at commit().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/row.hpp"

namespace bulkdrop::report {

// sessions.csv and sessions.jsonl: one row per input row, in input order. The columns of the CSV file and the
// members of each JSON object are source, line, session_id, status, reason, http_status, error_code, message,
// attempts, first_sent_at, finished_at, duration_ms, in this order; what there is not is an empty cell, or
// null. CSV is RFC 4180 (lines end in CRLF), UTF-8; a text cell that a spreadsheet would run as a formula
// gets a leading apostrophe. Error(run_directory) from all members.
class SessionTables {
 public:
  explicit SessionTables(const std::string& directory);
  SessionTables(const SessionTables&) = delete;
  SessionTables& operator=(const SessionTables&) = delete;
  ~SessionTables();
  // `result` is the row's outcome; where it says nothing, session_id and message are those of `row`.
  void add(const Row& row, std::string_view source_name, const Result& result);
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// True if these are the columns of sessions.csv.
bool is_session_table(const std::vector<std::string>& columns);

// True if a line of sessions.jsonl begins so.
bool is_session_line(std::string_view beginning);

// failed.csv and failed.jsonl: the original rows of every session that may still be alive, fit to be fed to
// `drop` again. Rows from CSV go to failed.csv with their columns, rows from JSON to failed.jsonl as they
// were; rows from text and log lines go to failed.csv under `session_id` and `original`. A file is made if a
// source of its kind was read, rows or not. Errors as for SessionTables.
//
// failed.csv is comma-separated, whatever its sources were. Files with other columns share one header: the
// union, in order of appearance. Columns are the same if their names are, case, accents, spaces, `_` and `-`
// apart; the second column of a name is another one than the first. All ID columns are one column, under its
// first name, or `drop` would find two. A short row is filled up with empty cells; the surplus cells of a
// long one stand after the last column. If no source has a header there is none; beside sources that have
// one, a row without header has its ID in the ID column and all of its cells after the last column.
//
// Fed back as it stands, a row that was invalid is invalid again. So a malformed CSV row (a stray or open
// quote, too long), whose quotes would take in the rows behind it and whose cells nobody can tell, has empty
// cells, the ID's among them, and its text as it was in one cell after the last column.
class FailedTables {
 public:
  // `csv_headers`: the header of every CSV source (empty inner vector: a CSV source without header); `json`:
  // a JSON source was read; `text`: a text source was read. `id_columns`: what was taken as the ID of every
  // CSV source, as SourceInfo::field says it: the column's name, or its number from 1 as the last word (`3`,
  // `column 3`); empty where it isn't known.
  FailedTables(const std::string& directory, const std::vector<std::vector<std::string>>& csv_headers,
               bool json, bool text, const std::vector<std::string>& id_columns = {});
  FailedTables(const FailedTables&) = delete;
  FailedTables& operator=(const FailedTables&) = delete;
  ~FailedTables();
  // `header` is one of csv_headers.
  void add_csv(const std::vector<std::string>& header, const std::vector<std::string>& fields);
  // The row's original is lost: its ID in the ID column, all other cells empty.
  void add_csv_id(const std::vector<std::string>& header, std::string_view session_id);
  void add_csv_malformed(const std::vector<std::string>& header, std::string_view original);
  void add_json(std::string_view object);  // one value, any white space; written on one line
  void add_text(std::string_view session_id, std::string_view original);
  void commit();
  // Names of the files that there are: failed.csv, failed.jsonl or both.
  [[nodiscard]] std::vector<std::string> files() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bulkdrop::report
