#include "bulkdrop/record/journal_format.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/crc32c.hpp"
#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::record {
namespace {

template <typename Integer>
void append_number(std::string& out, Integer value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

// Members are written with their comma; each line starts with a member of its own, so none comes first.
void append_key(std::string& out, std::string_view key) {
  out += ",\"";
  out += key;
  out += "\":";
}

void append_text(std::string& out, std::string_view key, std::string_view text, std::size_t limit) {
  append_key(out, key);
  if (text.size() > limit) {
    append_json_string(out, shortened(text, limit));
  } else {
    append_json_string(out, text);
  }
}

template <typename Integer>
void append_integer(std::string& out, std::string_view key, Integer value) {
  append_key(out, key);
  append_number(out, value);
}

void append_time(std::string& out, std::string_view key, WallTime time) {
  append_key(out, key);
  std::array<char, 24> text{};
  rfc3339_to(time, text.data());
  out += '"';
  out.append(text.data(), text.size());
  out += '"';
}

void require_word(std::string_view kind) {
  constexpr std::size_t kMostLetters = 64;
  bool fine = !kind.empty() && kind.size() <= kMostLetters;
  for (const char c : kind) fine = fine && ((c >= 'a' && c <= 'z') || c == '_');
  if (!fine) throw std::invalid_argument("the kind of a note must be a word");
}

// Without white space: a line end would end the record, too.
std::string one_line_object(std::string_view json) {
  if (json.size() > kMaxNoteBytes) throw std::invalid_argument("a note must not exceed 1 MiB");
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
    throw std::invalid_argument("the data of a note must be a JSON object");
  std::string data(json.size(), '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), data.data(), size) != simdjson::SUCCESS)
    throw std::invalid_argument("the data of a note can't be written in one line");
  data.resize(size);
  return data;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

void seal_line(std::string& out, std::size_t line_start) {
  const auto check = crc32c_hex(std::string_view(out).substr(line_start));
  out += kCheckStart;
  out.append(check.data(), check.size());
  out += kCheckEnd;
  out += '\n';
}

void append_header_line(std::string& out, const RunRecord& run) {
  const std::size_t start = out.size();
  out += kHeaderStart;
  append_number(out, kJournalVersion);
  append_key(out, "run_id");
  append_json_string(out, run.run_id);
  append_key(out, "version");
  append_json_string(out, run.version);
  append_key(out, "url");
  append_json_string(out, run.url);
  if (run.reason) {
    append_key(out, "reason");
    append_json_string(out, *run.reason);
  }
  append_time(out, "started_at", run.started_at);
  if (run.stream) {
    out += R"(,"stream":true)";
  } else {
    append_integer(out, "rows", run.rows);
    append_integer(out, "to_drop", run.to_drop);
  }
  append_key(out, "sources");
  out += '[';
  for (const SourceRecord& source : run.sources) {
    if (out.back() != '[') out += ',';
    out += R"({"name":)";
    append_json_string(out, source.name);
    if (!source.sha256.empty()) {
      append_integer(out, "bytes", source.bytes);
      append_integer(out, "rows", source.rows);
      append_key(out, "sha256");
      append_json_string(out, source.sha256);
    }
    out += '}';
  }
  out += ']';
  seal_line(out, start);
}

void append_part_line(std::string& out, std::string_view by, const std::vector<Status>& retry, WallTime now,
                      std::optional<std::uint64_t> begun) {
  const std::size_t start = out.size();
  out += kPartStart;
  append_json_string(out, by);
  if (!retry.empty()) {
    append_key(out, "retry");
    char before = '[';
    for (const Status status : retry) {
      out += before;
      append_json_string(out, name(status));
      before = ',';
    }
    out += ']';
  }
  if (begun) append_integer(out, "begun", *begun);
  append_time(out, "t", now);
  seal_line(out, start);
}

void append_lease_line(std::string& out, std::uint64_t begin, std::uint64_t end) {
  const std::size_t start = out.size();
  out += kLeaseStart;
  append_number(out, begin);
  append_integer(out, "b", end);
  seal_line(out, start);
}

void append_result_line(std::string& out, const Result& result, WallTime now) {
  const std::size_t start = out.size();
  out += kResultStart;
  append_number(out, result.row);
  append_text(out, "id", result.session_id, kMaxRecordedIdBytes);
  out += R"(,"status":")";
  out += name(result.status);
  out += result.cut_short ? R"(","cut":true,"reason":")" : R"(","reason":")";
  out += name(result.reason);
  out += '"';
  if (result.http_status != 0) append_integer(out, "http", result.http_status);
  if (result.error_code) append_integer(out, "code", *result.error_code);
  if (!result.message.empty()) append_text(out, "msg", result.message, kMaxRecordedMessageBytes);
  if (!result.request_id.empty()) append_text(out, "rid", result.request_id, kMaxRecordedRequestIdBytes);
  append_integer(out, "n", result.attempts);
  if (result.throttled > 0) append_integer(out, "thr", result.throttled);
  if (result.first_sent_at) append_time(out, "sent", *result.first_sent_at);
  if (result.finished_at) append_time(out, "done", *result.finished_at);
  if (result.duration_ms) append_integer(out, "ms", *result.duration_ms);
  if (result.answer_us) append_integer(out, "us", *result.answer_us);
  if (result.finished_at != now) append_time(out, "t", now);
  seal_line(out, start);
}

void append_doubt_line(std::string& out, std::uint64_t row, bool settled) {
  const std::size_t start = out.size();
  out += kDoubtStart;
  append_number(out, row);
  out += settled ? R"(,"settled":true)" : R"(,"settled":false)";
  seal_line(out, start);
}

void append_event_line(std::string& out, std::string_view kind, std::string_view text, WallTime now) {
  const std::size_t start = out.size();
  out += kEventStart;
  append_json_string(out, kind);
  append_text(out, "text", text, kMaxRecordedEventBytes);
  append_time(out, "t", now);
  seal_line(out, start);
}

void append_note_line(std::string& out, std::string_view kind, std::string_view json, WallTime now) {
  require_word(kind);
  const std::string data = one_line_object(json);
  const std::size_t start = out.size();
  out += kNoteStart;
  out += kind;
  out += R"(","data":)";
  out += data;
  append_time(out, "t", now);
  seal_line(out, start);
}

void append_end_line(std::string& out, const std::optional<Stop>& stop, int exit_code, WallTime now) {
  const std::size_t start = out.size();
  out += kEndStart;
  append_number(out, exit_code);
  if (stop) {
    append_key(out, "stop");
    append_json_string(out, name(stop->kind));
    append_integer(out, "exit", static_cast<int>(stop->exit_code));
    append_text(out, "text", stop->message, kMaxRecordedEventBytes);
  }
  append_time(out, "t", now);
  seal_line(out, start);
}

void append_commit_line(std::string& out, std::uint64_t bytes, std::string_view sha256) {
  const std::size_t start = out.size();
  out += kCommitStart;
  append_number(out, bytes);
  append_key(out, "sha256");
  out += '"';
  out += sha256;
  out += '"';
  seal_line(out, start);
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  if (text.size() != 24 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text[19] != '.' || text[23] != 'Z') {
    return std::nullopt;
  }
  const auto year = whole_number(text.substr(0, 4));
  const auto month = whole_number(text.substr(5, 2));
  const auto day = whole_number(text.substr(8, 2));
  const auto hour = whole_number(text.substr(11, 2));
  const auto minute = whole_number(text.substr(14, 2));
  const auto second = whole_number(text.substr(17, 2));
  const auto milli = whole_number(text.substr(20, 3));
  if (!year || !month || !day || !hour || !minute || !second || !milli) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                  std::chrono::seconds{*second} + std::chrono::milliseconds{*milli});
}

}  // namespace bulkdrop::record
