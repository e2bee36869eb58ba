#include "bulkdrop/record/journal_format.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/crc32c.hpp"

namespace bulkdrop::record {
namespace {

static_assert(ResultDecoder::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::string_view kHeaderStart = R"({"k":"header","v":)";
constexpr std::string_view kLeaseStart = R"({"k":"lease","a":)";
constexpr std::string_view kLeaseMiddle = R"(,"b":)";
constexpr std::string_view kResultStart = R"({"k":"result","row":)";
constexpr std::string_view kEndStart = R"({"k":"end")";
constexpr std::string_view kCheckStart = R"(,"crc":")";
constexpr std::string_view kCheckEnd = R"("})";
constexpr std::size_t kCheckDigits = 8;
constexpr std::size_t kCheckBytes = kCheckStart.size() + kCheckDigits + kCheckEnd.size();

std::array<char, kCheckDigits> hex8(std::uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, kCheckDigits> text{};
  for (std::size_t i = 0; i < kCheckDigits; ++i) text[i] = kDigits[(value >> (28 - 4 * i)) & 0xF];
  return text;
}

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

void seal_line(std::string& out, std::size_t line_start) {
  const auto check = hex8(crc32c(std::string_view(out).substr(line_start)));
  out += kCheckStart;
  out.append(check.data(), check.size());
  out += kCheckEnd;
  out += '\n';
}

// Takes a number off the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Reads an optional member into `target`; false if it is there with another type.
bool read_string(const simdjson::dom::object& object, std::string_view key, std::string& target) {
  std::string_view text;
  const auto error = object[key].get(text);
  if (error == simdjson::NO_SUCH_FIELD) return true;
  if (error != simdjson::SUCCESS) return false;
  target.assign(text);
  return true;
}

template <typename Integer, typename Target>
bool read_integer(const simdjson::dom::object& object, std::string_view key, Target& target) {
  std::int64_t value = 0;
  const auto error = object[key].get(value);
  if (error == simdjson::NO_SUCH_FIELD) return true;
  if (error != simdjson::SUCCESS || !std::in_range<Integer>(value)) return false;
  target = static_cast<Integer>(value);
  return true;
}

bool read_time(const simdjson::dom::object& object, std::string_view key, std::optional<WallTime>& target) {
  std::string_view text;
  const auto error = object[key].get(text);
  if (error == simdjson::NO_SUCH_FIELD) return true;
  if (error != simdjson::SUCCESS) return false;
  target = parse_rfc3339(text);
  return target.has_value();
}

}  // namespace

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

void append_lease_line(std::string& out, std::uint64_t begin, std::uint64_t end) {
  const std::size_t start = out.size();
  out += kLeaseStart;
  append_number(out, begin);
  out += kLeaseMiddle;
  append_number(out, end);
  seal_line(out, start);
}

void append_result_line(std::string& out, const Result& result, WallTime now) {
  const std::size_t start = out.size();
  out += kResultStart;
  append_number(out, result.row);
  append_text(out, "id", result.session_id, kMaxRecordedIdBytes);
  out += R"(,"status":")";
  out += name(result.status);
  out += R"(","reason":")";
  out += name(result.reason);
  out += '"';
  if (result.http_status != 0) append_integer(out, "http", result.http_status);
  if (result.error_code) append_integer(out, "code", *result.error_code);
  if (!result.message.empty()) append_text(out, "msg", result.message, kMaxRecordedMessageBytes);
  if (!result.request_id.empty()) append_text(out, "rid", result.request_id, kMaxRecordedRequestIdBytes);
  append_integer(out, "n", result.attempts);
  if (result.first_sent_at) append_time(out, "sent", *result.first_sent_at);
  if (result.finished_at) append_time(out, "done", *result.finished_at);
  if (result.duration_ms) append_integer(out, "ms", *result.duration_ms);
  if (result.finished_at != now) append_time(out, "t", now);
  seal_line(out, start);
}

void append_event_line(std::string& out, std::string_view kind, std::string_view text, WallTime now) {
  const std::size_t start = out.size();
  out += R"({"k":"event")";
  append_text(out, "kind", kind, kMaxRecordedEventBytes);
  append_text(out, "text", text, kMaxRecordedEventBytes);
  append_time(out, "t", now);
  seal_line(out, start);
}

void append_end_line(std::string& out, const std::optional<Stop>& stop, WallTime now) {
  const std::size_t start = out.size();
  out += kEndStart;
  if (stop) {
    append_key(out, "stop");
    append_json_string(out, name(stop->kind));
    append_integer(out, "exit", static_cast<int>(stop->exit_code));
    append_text(out, "text", stop->message, kMaxRecordedEventBytes);
  }
  append_time(out, "t", now);
  seal_line(out, start);
}

bool is_intact(std::string_view line) {
  if (line.size() < kCheckBytes) return false;
  const std::string_view checked = line.substr(0, line.size() - kCheckBytes);
  std::string_view check = line.substr(checked.size());
  if (!check.starts_with(kCheckStart) || !check.ends_with(kCheckEnd)) return false;
  check = check.substr(kCheckStart.size(), kCheckDigits);
  const auto expected = hex8(crc32c(checked));
  return check == std::string_view(expected.data(), expected.size());
}

std::optional<std::uint64_t> header_version(std::string_view line) {
  if (!line.starts_with(kHeaderStart)) return std::nullopt;
  line.remove_prefix(kHeaderStart.size());
  return take_number(line);
}

bool is_result_line(std::string_view line) {
  return line.starts_with(kResultStart);
}

std::optional<std::uint64_t> result_row(std::string_view line) {
  if (!is_result_line(line)) return std::nullopt;
  line.remove_prefix(kResultStart.size());
  return take_number(line);
}

bool is_lease_line(std::string_view line) {
  return line.starts_with(kLeaseStart);
}

std::optional<LeaseRange> lease_range(std::string_view line) {
  if (!is_lease_line(line)) return std::nullopt;
  line.remove_prefix(kLeaseStart.size());
  const auto begin = take_number(line);
  if (!begin || !line.starts_with(kLeaseMiddle)) return std::nullopt;
  line.remove_prefix(kLeaseMiddle.size());
  const auto end = take_number(line);
  if (!end || *end < *begin) return std::nullopt;
  return LeaseRange{*begin, *end};
}

bool is_end_line(std::string_view line) {
  return line.starts_with(kEndStart);
}

std::optional<Stop> stop_of_end_line(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  std::string_view word;
  std::int64_t exit_code = 0;
  if (parser.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS ||
      object["stop"].get(word) != simdjson::SUCCESS || object["exit"].get(exit_code) != simdjson::SUCCESS)
    return std::nullopt;
  const auto kind = stop_kind_from_name(word);
  std::string text;
  if (!kind || !std::in_range<int>(exit_code) || !read_string(object, "text", text)) return std::nullopt;
  return Stop{*kind, static_cast<ExitCode>(exit_code), text};
}

struct ResultDecoder::Impl {
  simdjson::dom::parser parser;
};

ResultDecoder::ResultDecoder() : impl_(std::make_unique<Impl>()) {}
ResultDecoder::~ResultDecoder() = default;

std::optional<Result> ResultDecoder::decode(std::string_view line) {
  constexpr bool kCopyForPadding = false;
  simdjson::dom::object object;
  if (impl_->parser.parse(line.data(), line.size(), kCopyForPadding).get(object) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  Result result;
  std::string_view status;
  std::string_view reason;
  if (object["row"].get(result.row) != simdjson::SUCCESS ||
      object["status"].get(status) != simdjson::SUCCESS ||
      object["reason"].get(reason) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  const auto known_status = status_from_name(status);
  const auto known_reason = reason_from_name(reason);
  if (!known_status || !known_reason) return std::nullopt;
  result.status = *known_status;
  result.reason = *known_reason;
  const bool readable =
      read_string(object, "id", result.session_id) && read_integer<int>(object, "http", result.http_status) &&
      read_integer<std::int64_t>(object, "code", result.error_code) &&
      read_string(object, "msg", result.message) && read_string(object, "rid", result.request_id) &&
      read_integer<int>(object, "n", result.attempts) && read_time(object, "sent", result.first_sent_at) &&
      read_time(object, "done", result.finished_at) &&
      read_integer<std::int64_t>(object, "ms", result.duration_ms);
  if (!readable) return std::nullopt;
  return result;
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
