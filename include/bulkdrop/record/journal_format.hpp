// Writes the lines of journal.jsonl. The format itself is documented in journal.hpp; journal_lines.hpp reads
// them back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {

inline constexpr int kJournalVersion = 1;

// What one line may hold of text that came from outside; longer text is cut with `…`.
inline constexpr std::size_t kMaxRecordedIdBytes = 300;
inline constexpr std::size_t kMaxRecordedMessageBytes = 500;
inline constexpr std::size_t kMaxRecordedRequestIdBytes = 200;
inline constexpr std::size_t kMaxRecordedEventBytes = 2000;
inline constexpr std::size_t kMaxNoteBytes = std::size_t{1} << 20;

// Check value and line end, for the line that starts at `line_start`.
void seal_line(std::string& out, std::size_t line_start);

// Each appends one whole line, check value and line end included.
void append_header_line(std::string& out, const RunRecord& run);
void append_part_line(std::string& out, std::string_view by, const std::vector<Status>& retry, WallTime now,
                      std::optional<std::uint64_t> begun = {});
void append_lease_line(std::string& out, std::uint64_t begin, std::uint64_t end);
void append_result_line(std::string& out, const Result& result, WallTime now);
void append_doubt_line(std::string& out, std::uint64_t row, bool settled);
void append_event_line(std::string& out, std::string_view kind, std::string_view text, WallTime now);
// std::invalid_argument if `kind` or `json` is not what Journal::note() asks for.
void append_note_line(std::string& out, std::string_view kind, std::string_view json, WallTime now);
void append_end_line(std::string& out, const std::optional<Stop>& stop, int exit_code, WallTime now);
void append_commit_line(std::string& out, std::uint64_t bytes, std::string_view sha256);

// `2026-11-21T03:04:05.678Z` and nothing else.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace bulkdrop::record
