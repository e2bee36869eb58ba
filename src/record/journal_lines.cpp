#include "bulkdrop/record/journal_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include <simdjson.h>

#include "bulkdrop/core/json_scanner.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/record/crc32c.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kTimeBytes = 24;
constexpr std::size_t kDigestBytes = 64;

bool take_text(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

template <typename Integer>
std::optional<Integer> take_number(std::string_view& text) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// Up to the next quotation mark, which goes, too.
std::optional<std::string_view> take_word(std::string_view& text) {
  const std::size_t end = text.find('"');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end + 1);
  return word;
}

using simdjson::dom::object;

// Kinds of which a run has few are parsed whole.
template <typename Read>
auto parsed(std::string_view line, Read&& read) -> decltype(read(object())) {
  simdjson::dom::parser parser;
  object json;
  if (parser.parse(line.data(), line.size()).get(json) != simdjson::SUCCESS) return std::nullopt;
  try {
    return read(json);
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
}

std::string text(const object& json, std::string_view key) {
  return std::string(json[key].get_string().value());
}

std::uint64_t number_if_known(const object& json, std::string_view key) {
  std::uint64_t number = 0;
  const auto error = json[key].get(number);
  if (error != simdjson::NO_SUCH_FIELD && error != simdjson::SUCCESS) throw simdjson::simdjson_error(error);
  return number;
}

WallTime time(const object& json, std::string_view key) {
  const auto time = parse_rfc3339(json[key].get_string().value());
  if (!time) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
  return *time;
}

int small_number(const object& json, std::string_view key) {
  const std::int64_t number = json[key].get_int64().value();
  if (!std::in_range<int>(number)) throw simdjson::simdjson_error(simdjson::NUMBER_OUT_OF_RANGE);
  return static_cast<int>(number);
}

}  // namespace

bool is_intact(std::string_view line) {
  if (line.size() < kCheckBytes) return false;
  const std::string_view checked = line.substr(0, line.size() - kCheckBytes);
  std::string_view check = line.substr(checked.size());
  if (!check.starts_with(kCheckStart) || !check.ends_with(kCheckEnd)) return false;
  check = check.substr(kCheckStart.size(), kCheckDigits);
  const auto expected = crc32c_hex(checked);
  return check == std::string_view(expected.data(), expected.size());
}

std::optional<std::uint64_t> header_version(std::string_view line) {
  if (!take_text(line, kHeaderStart)) return std::nullopt;
  return take_number<std::uint64_t>(line);
}

std::optional<Header> header_of(std::string_view line) {
  if (!line.starts_with(kHeaderStart)) return std::nullopt;
  return parsed(line, [](const object& json) -> std::optional<Header> {
    Header header{
        text(json, "run_id"), {}, number_if_known(json, "rows"), time(json, "started_at"), text(json, "url")};
    const simdjson::dom::array sources = json["sources"].get_array().value();
    for (const auto element : sources) {
      const object source = element.get_object().value();
      SourceRecord record;
      record.name = text(source, "name");
      record.bytes = number_if_known(source, "bytes");
      record.rows = number_if_known(source, "rows");
      if (source["sha256"].error() == simdjson::SUCCESS) record.sha256 = text(source, "sha256");
      header.sources.push_back(std::move(record));
    }
    return header;
  });
}

std::optional<Part> part_of(std::string_view line) {
  if (!line.starts_with(kPartStart)) return std::nullopt;
  return parsed(line, [](const object& json) -> std::optional<Part> {
    Part part;
    part.by = text(json, "by");
    part.t = time(json, "t");
    simdjson::dom::array retry;
    if (json["retry"].get(retry) == simdjson::SUCCESS) {
      for (const auto word : retry) {
        const auto status = status_from_name(word.get_string().value());
        if (!status) return std::nullopt;
        part.retry.push_back(*status);
      }
    }
    if (json["begun"].error() == simdjson::SUCCESS) part.begun_before = json["begun"].get_uint64().value();
    return part;
  });
}

std::optional<LeaseRange> lease_range(std::string_view line) {
  if (!take_text(line, kLeaseStart)) return std::nullopt;
  const auto begin = take_number<std::uint64_t>(line);
  if (!begin || !take_text(line, R"(,"b":)")) return std::nullopt;
  const auto end = take_number<std::uint64_t>(line);
  if (!end || *end < *begin) return std::nullopt;
  return LeaseRange{*begin, *end};
}

std::optional<ResultMark> result_mark(std::string_view line) {
  constexpr std::string_view kStatus = R"(,"status":")";
  if (!take_text(line, kResultStart)) return std::nullopt;
  const auto row = take_number<std::uint64_t>(line);
  const std::size_t at = line.find(kStatus);
  if (!row || at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + kStatus.size());
  const auto word = take_word(line);
  const auto status = word ? status_from_name(*word) : std::nullopt;
  if (!status) return std::nullopt;
  return ResultMark{*row, *status, line.starts_with(R"(,"cut":true)")};
}

std::optional<Doubt> doubt_of(std::string_view line) {
  if (!take_text(line, kDoubtStart)) return std::nullopt;
  const auto row = take_number<std::uint64_t>(line);
  if (!row || !take_text(line, R"(,"settled":)")) return std::nullopt;
  const bool settled = take_text(line, "true");
  if (!settled && !take_text(line, "false")) return std::nullopt;
  return Doubt{*row, settled};
}

std::optional<Note> note_of(std::string_view line) {
  if (!take_text(line, kNoteStart)) return std::nullopt;
  const auto kind = take_word(line);
  if (!kind || !take_text(line, R"(,"data":)")) return std::nullopt;
  JsonScanner scanner;
  std::size_t end = 0;
  if (scanner.scan(line, end) != JsonScanner::Step::done || !line.substr(end).starts_with(R"(,"t":")"))
    return std::nullopt;
  return Note{*kind, line.substr(0, end)};
}

std::optional<End> end_of(std::string_view line) {
  if (!line.starts_with(kEndStart)) return std::nullopt;
  return parsed(line, [](const object& json) -> std::optional<End> {
    End end{std::nullopt, small_number(json, "rc"), time(json, "t")};
    if (json["stop"].error() == simdjson::NO_SUCH_FIELD) return end;
    const auto kind = stop_kind_from_name(json["stop"].get_string().value());
    if (!kind) return std::nullopt;
    end.stop = Stop{*kind, static_cast<ExitCode>(small_number(json, "exit")), text(json, "text")};
    return end;
  });
}

std::optional<EventLine> event_of(std::string_view line) {
  if (!line.starts_with(kEventStart)) return std::nullopt;
  return parsed(line, [](const object& json) -> std::optional<EventLine> {
    return EventLine{text(json, "kind"), text(json, "text"), time(json, "t")};
  });
}

std::optional<Commit> commit_of(std::string_view line) {
  if (!take_text(line, kCommitStart)) return std::nullopt;
  const auto bytes = take_number<std::uint64_t>(line);
  if (!bytes || !take_text(line, R"(,"sha256":")")) return std::nullopt;
  const auto digest = take_word(line);
  if (!digest || digest->size() != kDigestBytes) return std::nullopt;
  return Commit{*bytes, *digest};
}

std::optional<std::uint64_t> number_before_check(std::string_view text) {
  const auto number = take_number<std::uint64_t>(text);
  if (!number || text.size() != kCheckBytes) return std::nullopt;
  return number;
}

std::string_view time_of(std::string_view line) {
  constexpr std::string_view kRecorded = R"(,"t":")";
  constexpr std::string_view kDone = R"(,"done":")";
  constexpr std::size_t kRecordedBytes = kRecorded.size() + kTimeBytes + 1;
  if (line.size() < kCheckBytes + kRecordedBytes) return {};
  line.remove_suffix(kCheckBytes);
  const std::string_view last = line.substr(line.size() - kRecordedBytes);
  if (last.starts_with(kRecorded) && last.ends_with('"')) return last.substr(kRecorded.size(), kTimeBytes);
  const std::size_t done = line.rfind(kDone);
  if (done == std::string_view::npos) return {};
  const std::string_view time = line.substr(done + kDone.size(), kTimeBytes);
  return time.size() == kTimeBytes ? time : std::string_view{};
}

}  // namespace bulkdrop::record
