#include "bulkdrop/record/result_decoder.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

static_assert(ResultDecoder::kPadding >= simdjson::SIMDJSON_PADDING);

using Value = simdjson::dom::element;

bool read(const Value& value, std::string& target) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  target.assign(text);
  return true;
}

template <std::integral Integer>
requires(!std::same_as<Integer, bool>) bool read(const Value& value, Integer& target) {
  std::int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || !std::in_range<Integer>(number)) return false;
  target = static_cast<Integer>(number);
  return true;
}

bool read(const Value& value, bool& target) {
  return value.get(target) == simdjson::SUCCESS;
}

bool read(const Value& value, std::optional<std::int64_t>& target) {
  return read(value, target.emplace());
}

bool read(const Value& value, std::optional<WallTime>& target) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  target = parse_rfc3339(text);
  return target.has_value();
}

bool read(const Value& value, Status& target) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  const auto status = status_from_name(text);
  if (status) target = *status;
  return status.has_value();
}

bool read(const Value& value, Reason& target) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  const auto reason = reason_from_name(text);
  if (reason) target = *reason;
  return reason.has_value();
}

// False if a member that is known holds something else than it should; others are passed over.
bool read_member(std::string_view key, const Value& value, Result& result) {
  if (key == "row") return read(value, result.row);
  if (key == "id") return read(value, result.session_id);
  if (key == "status") return read(value, result.status);
  if (key == "cut") return read(value, result.cut_short);
  if (key == "reason") return read(value, result.reason);
  if (key == "http") return read(value, result.http_status);
  if (key == "code") return read(value, result.error_code);
  if (key == "msg") return read(value, result.message);
  if (key == "rid") return read(value, result.request_id);
  if (key == "n") return read(value, result.attempts);
  if (key == "thr") return read(value, result.throttled);
  if (key == "sent") return read(value, result.first_sent_at);
  if (key == "done") return read(value, result.finished_at);
  if (key == "ms") return read(value, result.duration_ms);
  if (key == "us") return read(value, result.answer_us);
  return true;
}

}  // namespace

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
  bool has_row = false;
  bool has_status = false;
  bool has_reason = false;
  for (const auto [key, value] : object) {  // once over them: looking each one up takes twice as long
    if (!read_member(key, value, result)) return std::nullopt;
    has_row = has_row || key == "row";
    has_status = has_status || key == "status";
    has_reason = has_reason || key == "reason";
  }
  if (!has_row || !has_status || !has_reason) return std::nullopt;
  return result;
}

}  // namespace bulkdrop::record
