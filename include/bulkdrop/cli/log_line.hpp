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

enum class LogFormat : std::uint8_t { text, json };

// What --log-format asks for. Throws Error(usage).
LogFormat log_format(const Arguments& arguments);

// Of what is said before the arguments could be read, or because they could not.
LogFormat log_format(const std::vector<std::string>& words);

// With its line end. As text, `bulkdrop: warning: …`, made printable. As JSON, one object with `time`,
// `level`
// (`debug`, `info`, `warning`, `error`), `type` `log` and `message`.
std::string log_line(LogFormat format, run::Level level, std::string_view text, WallTime now);

}  // namespace bulkdrop::cli
