#include "bulkdrop/cli/log_line.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::cli {
namespace {

// systemd says so: JOURNAL_STREAM is `DEVICE:INODE` of the stream that it gave us.
bool is_the_journal(int fd) {
  const char* stream = ::getenv("JOURNAL_STREAM");
  struct stat status {};
  return stream != nullptr && ::fstat(fd, &status) == 0 &&
         stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

std::string_view name(run::Level level) {
  switch (level) {
    case run::Level::debug:
      return "debug";
    case run::Level::info:
      return "info";
    case run::Level::warning:
    case run::Level::alert:
      return "warning";
    case run::Level::error:
      break;
  }
  return "error";
}

std::string json_start(run::Level level, std::string_view text, WallTime now) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","type":"log","message":)", rfc3339(now), name(level));
  append_json_string(line, text);
  return line;
}

// As the messages of bad rows show an ID, and as the record keeps it.
constexpr std::size_t kShownIdBytes = 80;
constexpr std::size_t kRecordedIdBytes = 300;

std::string short_id(std::string_view id, std::size_t limit) {
  return shortened(to_utf8(id.substr(0, 4 * limit)), limit);
}

std::string text_of(const run::BadRow& row) {
  const Result& result = row.result;
  const std::string id = printable(short_id(result.session_id, kShownIdBytes));
  std::string text = fmt::format("{}:{}", row.source, row.line);
  // What is wrong with an ID is said of the ID.
  if (!id.empty() && result.message.find(id) == std::string::npos) text += ", " + id;
  return fmt::format("{}: {}, {}", text, name(result.status), labelled(name(result.reason), result.message));
}

}  // namespace

LogFormat text_format() {
  return ::isatty(STDERR_FILENO) == 1 || is_the_journal(STDERR_FILENO) ? LogFormat::text
                                                                       : LogFormat::dated_text;
}

LogFormat log_format(const Arguments& arguments) {
  const std::string format = arguments.text("log-format");
  if (format.empty() || format == "text") return text_format();
  if (format == "json") return LogFormat::json;
  throw Error(ExitCode::usage, fmt::format("{}: '{}' is neither text nor json",
                                           arguments.origin("log-format"), printable(format)));
}

LogFormat log_format(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool json_follows = words[i] == "--log-format" && i + 1 < words.size() && words[i + 1] == "json";
    if (json_follows || words[i] == "--log-format=json") return LogFormat::json;
  }
  return text_format();
}

std::string line_start(LogFormat format, WallTime now) {
  constexpr std::size_t kToTheSecond = 19;
  return format == LogFormat::dated_text ? rfc3339(now).substr(0, kToTheSecond) + "Z " : "";
}

std::string log_line(LogFormat format, run::Level level, std::string_view text, WallTime now) {
  if (format != LogFormat::json) {
    const bool plain = level == run::Level::info || level == run::Level::debug;
    return fmt::format("{}bulkdrop: {}{}{}\n", line_start(format, now), plain ? "" : name(level),
                       plain ? "" : ": ", printable(text));
  }
  return json_start(level, text, now) + "}\n";
}

std::string bad_row_line(LogFormat format, const run::BadRow& row, WallTime now) {
  const std::string text = text_of(row);
  if (format != LogFormat::json) return log_line(format, run::Level::error, text, now);
  const Result& result = row.result;
  std::string line = json_start(run::Level::error, text, now);
  line += R"(,"source":)";
  append_json_string(line, row.source);
  line += fmt::format(R"(,"line":{},"session_id":)", row.line);
  append_json_string(line, short_id(result.session_id, kRecordedIdBytes));
  line += fmt::format(R"(,"status":"{}","reason":"{}","http_status":{},"error_code":{},"row_message":)",
                      name(result.status), name(result.reason),
                      result.http_status == 0 ? "null" : std::to_string(result.http_status),
                      result.error_code ? std::to_string(*result.error_code) : "null");
  append_json_string(line, result.message);
  return line + "}\n";
}

}  // namespace bulkdrop::cli
