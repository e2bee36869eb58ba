// Reads the lines of journal.jsonl. Those that are there in great numbers are not parsed: their members stand
// at fixed places, and inside a string every quotation mark has a backslash before it, so that `,"name":` can
// only be a member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {

// How each kind of line begins.
inline constexpr std::string_view kHeaderStart = R"({"k":"header","v":)";
inline constexpr std::string_view kPartStart = R"({"k":"part","by":)";
inline constexpr std::string_view kLeaseStart = R"({"k":"lease","a":)";
inline constexpr std::string_view kResultStart = R"({"k":"result","row":)";
inline constexpr std::string_view kDoubtStart = R"({"k":"doubt","row":)";
inline constexpr std::string_view kEventStart = R"({"k":"event","kind":)";
inline constexpr std::string_view kNoteStart = R"({"k":"note","kind":")";
inline constexpr std::string_view kEndStart = R"({"k":"end","rc":)";
inline constexpr std::string_view kCommitStart = R"({"k":"commit","bytes":)";

// How each line ends: the check value.
inline constexpr std::string_view kCheckStart = R"(,"crc":")";
inline constexpr std::string_view kCheckEnd = R"("})";
inline constexpr std::size_t kCheckDigits = 8;
inline constexpr std::size_t kCheckBytes = kCheckStart.size() + kCheckDigits + kCheckEnd.size();

// True if `line` (like all below, without its line end) ends in the check value of what stands before it.
bool is_intact(std::string_view line);

// Each is empty for a line of another kind, or one that does not say what its kind says.
struct Header {
  std::string run_id;
  std::vector<SourceRecord> sources;
  std::uint64_t rows;  // 0 if the run did not know
  WallTime started_at;
  std::string url;
};
std::optional<std::uint64_t> header_version(std::string_view line);
std::optional<Header> header_of(std::string_view line);
std::optional<Part> part_of(std::string_view line);
struct LeaseRange {
  std::uint64_t begin;
  std::uint64_t end;
};
std::optional<LeaseRange> lease_range(std::string_view line);
struct ResultMark {
  std::uint64_t row;
  Status status;
  bool cut_short = false;
};
std::optional<ResultMark> result_mark(std::string_view line);
std::optional<Doubt> doubt_of(std::string_view line);
struct Note {
  std::string_view kind;
  std::string_view data;
};
std::optional<Note> note_of(std::string_view line);
struct End {
  std::optional<Stop> stop;
  int exit_code;
  WallTime t;
};
std::optional<End> end_of(std::string_view line);
// Its own copies: the text stands escaped in the line.
struct EventLine {
  std::string kind;
  std::string text;
  WallTime t;
};
std::optional<EventLine> event_of(std::string_view line);
struct Commit {
  std::uint64_t bytes;
  std::string_view sha256;
};
std::optional<Commit> commit_of(std::string_view line);

// Of a line that ends with a number and its check value, from the number on.
std::optional<std::uint64_t> number_before_check(std::string_view text);

// When the line was written, as 24 characters that compare as the times do; empty if it does not say.
std::string_view time_of(std::string_view line);

}  // namespace bulkdrop::record
