#include "bulkdrop/cli/log_line.hpp"

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::cli {
namespace {

std::string_view name(run::Level level) {
  switch (level) {
    case run::Level::debug:
      return "debug";
    case run::Level::info:
      return "info";
    case run::Level::warning:
      return "warning";
    case run::Level::error:
      break;
  }
  return "error";
}

}  // namespace

LogFormat log_format(const Arguments& arguments) {
  const std::string format = arguments.text("log-format");
  if (format.empty() || format == "text") return LogFormat::text;
  if (format == "json") return LogFormat::json;
  throw Error(ExitCode::usage, fmt::format("{}: '{}' is neither text nor json",
                                           arguments.origin("log-format"), printable(format)));
}

LogFormat log_format(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool json_follows = words[i] == "--log-format" && i + 1 < words.size() && words[i + 1] == "json";
    if (json_follows || words[i] == "--log-format=json") return LogFormat::json;
  }
  return LogFormat::text;
}

std::string log_line(LogFormat format, run::Level level, std::string_view text, WallTime now) {
  if (format == LogFormat::text) {
    const bool plain = level == run::Level::info || level == run::Level::debug;
    return fmt::format("bulkdrop: {}{}{}\n", plain ? "" : name(level), plain ? "" : ": ", printable(text));
  }
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","type":"log","message":)", rfc3339(now), name(level));
  append_json_string(line, text);
  return line + "}\n";
}

}  // namespace bulkdrop::cli
