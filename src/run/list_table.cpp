#include "bulkdrop/run/list_table.hpp"

#include <array>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::run {
namespace {

struct Column {
  std::string_view name;
  std::string pam::ListedSession::*member;
};

constexpr std::array kColumns = {
    Column{"session_id", &pam::ListedSession::session_id},
    Column{"user", &pam::ListedSession::user},
    Column{"credential", &pam::ListedSession::credential},
    Column{"device", &pam::ListedSession::device},
    Column{"origin_ip", &pam::ListedSession::origin_ip},
    Column{"protocol", &pam::ListedSession::protocol},
    Column{"proxy", &pam::ListedSession::proxy},
    Column{"start", &pam::ListedSession::start},
    Column{"end", &pam::ListedSession::end},
    Column{"time", &pam::ListedSession::time},
    Column{"id", &pam::ListedSession::id},
};

}  // namespace

std::optional<ListFormat> list_format_from_name(std::string_view name) {
  if (name == "csv") return ListFormat::csv;
  if (name == "jsonl") return ListFormat::jsonl;
  return std::nullopt;
}

void append_list_heading(std::string& out, ListFormat format) {
  if (format == ListFormat::jsonl) return;
  for (const Column& column : kColumns) {
    if (&column != kColumns.data()) out += ',';
    out += column.name;
  }
  out += "\r\n";
}

void append_listed(std::string& out, ListFormat format, const pam::ListedSession& session,
                   bool for_terminal) {
  const bool json = format == ListFormat::jsonl;
  std::string shown;
  for (const Column& column : kColumns) {
    const bool first = &column == kColumns.data();
    std::string_view text = session.*column.member;
    if (for_terminal) text = shown = printable(text);
    if (json) {
      out += first ? "{\"" : ",\"";
      out += column.name;
      out += "\":";
      append_json_string(out, text);
    } else {
      if (!first) out += ',';
      append_csv_field(out, text);
    }
  }
  out += json ? "}\n" : "\r\n";
}

}  // namespace bulkdrop::run
