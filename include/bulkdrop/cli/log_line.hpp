// A line of the log on standard error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/run/console.hpp"

namespace bulkdrop::cli {

enum class LogFormat : std::uint8_t {
  text,        // for who watches
  dated_text,  // for who reads it later: each line begins with its time
  json,
};

// Of text: dated, unless standard error is a terminal or systemd's journal, which keeps the time itself.
LogFormat text_format();

// What --log-format asks for. Throws Error(usage).
LogFormat log_format(const Arguments& arguments);

// Of what is said before the arguments could be read, or because they could not.
LogFormat log_format(const std::vector<std::string>& words);

// With its line end. As text, `bulkdrop: warning: …`, made printable; dated, `2026-11-21T03:04:05Z bulkdrop:
// …`. As JSON, one object with `time`, `level` (`debug`, `info`, `warning`, `error`), `type` `log` and
// `message`.
std::string log_line(LogFormat format, run::Level level, std::string_view text, WallTime now);

// What such a line begins with in that format: its time, or nothing.
std::string line_start(LogFormat format, WallTime now);

// Of a row that ended badly: `bulkdrop: error: alerts.jsonl:3, ID: failed, drop_error: …`. As JSON with the
// same `message` and, beside it, `source`, `line`, `session_id`, `status`, `reason`, `http_status`,
// `error_code` and `row_message` as sessions.jsonl has them.
std::string bad_row_line(LogFormat format, const run::BadRow& row, WallTime now);

}  // namespace bulkdrop::cli
