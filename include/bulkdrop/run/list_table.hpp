// Listed sessions as `bulkdrop list` prints them and `bulkdrop drop` reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/pam/listed_session.hpp"

namespace bulkdrop::run {

enum class ListFormat : std::uint8_t { csv, jsonl };

std::optional<ListFormat> list_format_from_name(std::string_view name);

// The columns, part of the contract: session_id, user, credential, device, origin_ip, protocol, proxy, start,
// end, time, id. Nothing for JSON lines.
void append_list_heading(std::string& out, ListFormat format);

// One line. CSV is RFC 4180 and safe to open in a spreadsheet. `for_terminal`: with control characters and
// the like made visible.
void append_listed(std::string& out, ListFormat format, const pam::ListedSession& session, bool for_terminal);

}  // namespace bulkdrop::run
