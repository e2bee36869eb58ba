#include "bulkdrop/input/row_parser.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

std::string Input::place(std::uint64_t line) const {
  return fmt::format("{}:{}: ", source().label(), line);
}

std::uint32_t text_check(std::string_view text) {
  return static_cast<std::uint32_t>(XXH3_64bits(text.data(), text.size()) & 0xFFFFFFFFU);
}

void RowParser::place(Row& row, std::uint64_t offset, std::uint64_t line, std::string_view text) {
  row.offset = offset;
  row.line = line;
  row.length = static_cast<std::uint32_t>(text.size());
  row.check = text_check(text);
  row.session_id = {};
  row.text = text;
}

void RowParser::identify(Row& row, std::string_view id) {
  id = trimmed(id);
  if (id.empty()) return refuse(row, Reason::missing_field, "the ID is empty");
  if (input_.rules.accept(id)) [[likely]] {
    row.session_id = id;
    row.admission = Admission::to_drop;
    row.reason = Reason::not_started;
    row.message = {};
    return;
  }
  refuse(row, Reason::bad_id, input_.rules.explain(id));
  // It goes into reports: as text, and not by the megabyte.
  found_ = shortened(to_utf8(id.substr(0, 4 * kMaxSessionIdBytes)), kMaxSessionIdBytes);
  row.session_id = found_;
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
