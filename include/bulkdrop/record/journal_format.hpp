// The lines of journal.jsonl, written and read back. The format itself is documented in journal.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/record/journal.hpp"

namespace bulkdrop::record {

inline constexpr int kJournalVersion = 1;

// What one line may hold of text that came from outside; longer text is cut with `…`.
inline constexpr std::size_t kMaxRecordedIdBytes = 300;
inline constexpr std::size_t kMaxRecordedMessageBytes = 500;
inline constexpr std::size_t kMaxRecordedRequestIdBytes = 200;
inline constexpr std::size_t kMaxRecordedEventBytes = 2000;

// Each appends one whole line, check value and line end included.
void append_header_line(std::string& out, const RunRecord& run);
void append_lease_line(std::string& out, std::uint64_t begin, std::uint64_t end);
void append_result_line(std::string& out, const Result& result, WallTime now);
void append_event_line(std::string& out, std::string_view kind, std::string_view text, WallTime now);
void append_end_line(std::string& out, const std::optional<Stop>& stop, WallTime now);

// True if `line` (without its line end) ends in the check value of what stands before it.
bool is_intact(std::string_view line);

// The members that a scan needs, found by their fixed place, without parsing the line. Empty if it is of
// another kind or they do not stand there.
std::optional<std::uint64_t> header_version(std::string_view line);
std::optional<std::uint64_t> result_row(std::string_view line);
struct LeaseRange {
  std::uint64_t begin;
  std::uint64_t end;
};
std::optional<LeaseRange> lease_range(std::string_view line);
bool is_result_line(std::string_view line);
bool is_lease_line(std::string_view line);
bool is_end_line(std::string_view line);

// What stopped the run, as its end line says; empty if nothing did.
std::optional<Stop> stop_of_end_line(std::string_view line);

// Reads result lines back whole. Keeps its parser's memory from line to line.
class ResultDecoder {
 public:
  // Readable bytes that must follow the line in memory (simdjson reads in blocks).
  static constexpr std::size_t kPadding = 64;

  ResultDecoder();
  ResultDecoder(const ResultDecoder&) = delete;
  ResultDecoder& operator=(const ResultDecoder&) = delete;
  ~ResultDecoder();
  // Empty if the line is no result that this version knows how to read.
  std::optional<Result> decode(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `2026-11-21T03:04:05.678Z` and nothing else.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace bulkdrop::record
