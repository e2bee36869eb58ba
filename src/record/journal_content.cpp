#include "bulkdrop/record/journal_content.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

// A row need not leave anything in the journal (it may be a duplicate), but so many in a row do not happen.
constexpr std::uint64_t kMostSilentRows = 16'777'216;
// No record of a row is shorter than that.
constexpr std::uint64_t kLeastResultBytes = 64;

}  // namespace

JournalContent::JournalContent(std::string path, std::uint64_t file_bytes, OnEvent on_event)
    : path_(std::move(path)), file_bytes_(file_bytes), on_event_(std::move(on_event)) {}

void JournalContent::take(std::string_view line, const LinePlace& place) {
  // The time of the line that begins a part is none of the part before it.
  if (line.starts_with(kPartStart) && !parts_.empty()) part_over();
  if (const std::string_view time = time_of(line); time > last_time_) last_time_ = time;
  if (place.offset == 0) {
    take_header(line, place);
  } else if (line.starts_with(kResultStart)) {
    take_result(line, place);
  } else if (line.starts_with(kLeaseStart)) {
    take_lease(line, place);
  } else if (line.starts_with(kDoubtStart)) {
    const auto doubt = doubt_of(line);
    if (!doubt) refuse_journal(path_, place, "an unreadable doubt");
    // Without a result there is nothing to doubt yet.
    if (outcomes_.place(doubt->row)) doubts_[doubt->row] |= doubt->settled;
  } else if (line.starts_with(kPartStart)) {
    auto part = part_of(line);
    if (!part) refuse_journal(path_, place, "a part that this version cannot read");
    begin_part(*std::move(part), place.offset);
  } else if (line.starts_with(kNoteStart)) {
    const auto note = note_of(line);
    if (!note) refuse_journal(path_, place, "an unreadable note");
    notes_.insert_or_assign(std::string(note->kind), std::string(note->data));
  } else if (line.starts_with(kEndStart)) {
    take_end(line, place);
  } else if (on_event_ && line.starts_with(kEventStart)) {
    take_event(line);
  }
}

void JournalContent::take_header(std::string_view line, const LinePlace& place) {
  const auto version = header_version(line);
  if (!version) refuse_journal(path_, place, "no header");
  if (*version > kJournalVersion) {
    throw Error(
        ExitCode::run_directory,
        fmt::format("{} was written by a newer bulkdrop (journal format {}, this one reads {}): use that one",
                    path_, *version, kJournalVersion));
  }
  auto header = header_of(line);
  if (!header) refuse_journal(path_, place, "an unreadable header");
  header_ = *std::move(header);
  last_time_ = rfc3339(header_.started_at);
  outcomes_.reserve(std::min(header_.rows, file_bytes_ / kLeastResultBytes));
  Part first;
  first.by = "drop";
  first.t = header_.started_at;
  begin_part(std::move(first), 0);
}

void JournalContent::check_row(std::uint64_t row, const LinePlace& place) const {
  if (row > kMostSilentRows + file_bytes_)
    refuse_journal(path_, place,
                   fmt::format("row {}, which a file of {} bytes cannot have,", row, file_bytes_));
}

void JournalContent::take_result(std::string_view line, const LinePlace& place) {
  const auto mark = result_mark(line);
  if (!mark) refuse_journal(path_, place, "a result that this version cannot read");
  check_row(mark->row, place);
  outcomes_.result(*mark, place.offset);
  if (mark->status != Status::unsent) parts_.back().settled_any = true;
  if (!doubts_.empty()) doubts_.erase(mark->row);
}

void JournalContent::take_lease(std::string_view line, const LinePlace& place) {
  const auto lease = lease_range(line);
  if (!lease) refuse_journal(path_, place, "an unreadable lease");
  check_row(lease->end, place);
  outcomes_.lease(*lease);
  leased_ = std::max(leased_, lease->end);
  // Whoever leases behind an end has not come to it.
  parts_.back().ended = false;
}

// People and reports read them; no row depends on one.
void JournalContent::take_event(std::string_view line) {
  if (const auto event = event_of(line)) on_event_({event->kind, event->text, event->t});
}

void JournalContent::part_over() {
  parts_.back().last = last_time();
  if (on_event_) on_event_({kPartOver, {}, parts_.back().last});
}

void JournalContent::begin_part(Part part, std::uint64_t offset) {
  if (!parts_.empty() && !parts_.back().ended) outcomes_.cut_off(kAllTaken, part.begun_before);
  outcomes_.begin_part(part.retry, offset);
  parts_.push_back(std::move(part));
}

void JournalContent::take_end(std::string_view line, const LinePlace& place) {
  auto end = end_of(line);
  if (!end) refuse_journal(path_, place, "an end that this version cannot read");
  Part& part = parts_.back();
  part.ended = true;
  part.stop = std::move(end->stop);
  part.exit_code = end->exit_code;
  part.ended_at = end->t;
}

void JournalContent::finish(std::uint64_t taken, std::optional<std::uint64_t> begun) {
  part_over();
  if (parts_.back().ended) return;
  if (begun && outcomes_.can_be(*begun)) begun_ = begun;
  outcomes_.cut_off(taken, begun_);
}

WallTime JournalContent::last_time() const {
  return parse_rfc3339(last_time_).value_or(header_.started_at);
}

}  // namespace bulkdrop::record
