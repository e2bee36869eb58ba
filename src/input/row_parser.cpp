#include "bulkdrop/input/row_parser.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::size_t kShownBytes = 80;

}  // namespace

std::string Input::place(std::uint64_t line) const {
  return fmt::format("{}:{}: ", source().label(), line);
}

std::string Input::advice(std::string for_input) const {
  return options.protect_list ? "write one ID a line, or a table with a column session_id"
                              : std::move(for_input);
}

std::uint32_t text_check(std::string_view text) {
  return static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()) & 0xFFFFFFFFU);
}

void RowParser::place(Row& row, std::uint64_t offset, std::uint64_t line, std::string_view text) const {
  row.offset = offset;
  row.line = line;
  row.length = static_cast<std::uint32_t>(text.size());
  row.check = input_.options.checks ? text_check(text) : 0;
  row.session_id = {};
  row.text = text;
  row.members = {};
}

void RowParser::identify(Row& row, std::string_view id, std::span<const std::string_view> members) {
  id = trimmed(id);
  if (id.empty()) return refuse(row, Reason::missing_field, "the ID is empty");
  if (input_.rules.accept(id)) [[likely]] {
    if (id.size() == id_bytes_) [[likely]]
      ++ids_alike_;
    else if (is_cut(row, id))
      return;
    row.session_id = id;
    row.admission = Admission::to_drop;
    row.reason = Reason::not_started;
    row.message = {};
    row.members = members;
    return;
  }
  look_for_torn_id(row, id);
  refuse(row, Reason::bad_id, input_.rules.explain(id, input_.advice("take the other column (--field)")));
  // It goes into reports: as text, and not by the megabyte.
  found_ = shortened(to_utf8(id.substr(0, 4 * kMaxSessionIdBytes)), kMaxSessionIdBytes);
  row.session_id = found_;
}

// An ID of another length than those before it. In a stream it is only told of: there, rows are what they are
// wherever the stream is cut.
bool RowParser::is_cut(Row& row, std::string_view id) {
  if (ids_alike_ == 0) {
    id_bytes_ = id.size();
    ids_alike_ = 1;
    alike_at_ = row.line;
    return false;
  }
  const bool cut = !ids_differ_ && ids_alike_ >= kIdsToTell && id.size() < id_bytes_ &&
                   id.data() + id.size() == row.text.data() + row.text.size() && ends_without_line_end(row);
  ids_differ_ = true;
  if (!cut) {
    count_odd(row, id.size());
    return false;
  }
  note_cut_off(row,
               fmt::format("the last ID has {} characters, all before it have {}, and no line end follows",
                           id.size(), id_bytes_));
  if (input_.options.stream) return false;
  refuse(
      row, Reason::bad_id,
      fmt::format("cut off, as it seems: {} has {} characters, all IDs before it have {}, and the input ends "
                  "with it, without a line end; export again, or end the line if the ID is whole",
                  printable(shortened(id, kShownBytes)), id.size(), id_bytes_));
  found_.assign(id);
  row.session_id = found_;
  return true;
}

void RowParser::count_odd(const Row& row, std::size_t bytes) {
  if (odd_.ids++ == 0) {
    odd_.bytes = bytes;
    odd_.line = row.line;
  }
  if (bytes != odd_.bytes || ++odd_.alike <= ids_alike_) return;
  // More are as long as this one: those that came first were the odd ones.
  odd_.ids -= odd_.alike;
  odd_.ids += ids_alike_;
  std::swap(odd_.bytes, id_bytes_);
  std::swap(odd_.line, alike_at_);
  std::swap(odd_.alike, ids_alike_);
}

void RowParser::note_odd_ids() const {
  static constexpr std::uint64_t kFewestAlike = 20;
  static constexpr std::uint64_t kMostOdd = 20;  // one in so many
  if (input_.options.stream || odd_.ids == 0 || ids_alike_ < kFewestAlike ||
      odd_.ids > (ids_alike_ + odd_.ids) / kMostOdd)
    return;
  input_.info.odd_ids = fmt::format(
      "{}{} {} another length than the others ({} characters, the others {}): {} whole?",
      input_.place(odd_.line), odd_.ids == 1 ? "1 ID" : grouped(odd_.ids) + " IDs, this one the first,",
      odd_.ids == 1 ? "has" : "have", odd_.bytes, id_bytes_, odd_.ids == 1 ? "is it" : "are they");
}

// What is left of an ID may be too short to be one.
void RowParser::look_for_torn_id(const Row& row, std::string_view id) {
  if (ids_differ_ || ids_alike_ < kIdsToTell || id.size() >= id_bytes_ ||
      id.data() + id.size() != row.text.data() + row.text.size() || !ends_without_line_end(row))
    return;
  const bool alike = input_.options.id_pattern.empty()
                         ? id.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos
                         : is_sendable(id);
  if (alike)
    note_cut_off(row,
                 fmt::format("the last ID has {} characters, all before it have {}, and no line end follows",
                             id.size(), id_bytes_));
}

bool RowParser::ends_without_line_end(const Row& row) const {
  const Source& source = input_.source();
  return source.rest().empty() && source.ended() && source.offset() == row.offset + row.length;
}

void RowParser::note_cut_off(const Row& row, std::string_view how) {
  if (input_.info.cut_off.empty())
    input_.info.cut_off = fmt::format("{}{}: was the export cut off?", input_.place(row.line), how);
}

void RowParser::refuse(Row& row, Reason reason, std::string message) {
  message_ = std::move(message);
  row.admission = Admission::invalid;
  row.reason = reason;
  row.message = message_;
  row.text = {};
}

void RowParser::refuse_too_long(Row& row, std::string_view what) {
  refuse(row, Reason::malformed_row, fmt::format("the {} is longer than 1 MiB and was skipped", what));
}

std::string quoted_list(const std::vector<std::string>& names) {
  static constexpr std::size_t kMostNames = 30;
  static constexpr std::size_t kNameBytes = 60;
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", printable(shortened(to_utf8(names[i]), kNameBytes)));
  if (names.size() > kMostNames) list += fmt::format(", … ({} more)", names.size() - kMostNames);
  return list.empty() ? "none" : list;
}

}  // namespace bulkdrop::input
