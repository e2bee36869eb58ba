// A session as the product writes it: a record of the session list, a row of the Remote sessions export.
#pragma once

#include <cstdint>
#include <string>

#include "bulkdrop/sandbox/options.hpp"
#include "bulkdrop/sandbox/session_table.hpp"

namespace bulkdrop::sandbox {

// One object of `remote_sessions`. How a session that is alive looks in it says `style`; its `time` is how
// long it has been alive. Times are local and carry no zone, as the product's. `now` in Unix seconds.
void append_record(std::string& out, const SessionTable& table, std::uint32_t index, std::int64_t now,
                   const RecordStyle& style = {});

// The columns ID, Session ID, Credential, Device, User, Origin IP, Protocol, Proxy, Start, End, Time, Reason,
// Justification; RFC 4180, lines end in CRLF.
void append_csv_heading(std::string& out);
void append_csv_row(std::string& out, const SessionTable& table, std::uint32_t index, std::int64_t now);

// All sessions, as JSON lines if `path` ends in .jsonl, .ndjson or .json, else as CSV. The file appears whole
// or not at all. Error(run_directory) if it can't be written.
void write_export(const SessionTable& table, const std::string& path, std::int64_t now);

}  // namespace bulkdrop::sandbox
