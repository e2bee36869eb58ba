#include "bulkdrop/record/result_decoder.hpp"

#include <cstdint>
#include <string>
#include <utility>

#include <simdjson.h>

#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

static_assert(ResultDecoder::kPadding >= simdjson::SIMDJSON_PADDING);

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
      read_integer<int>(object, "n", result.attempts) && read_integer<int>(object, "thr", result.throttled) &&
      read_time(object, "sent", result.first_sent_at) && read_time(object, "done", result.finished_at) &&
      read_integer<std::int64_t>(object, "ms", result.duration_ms) &&
      read_integer<std::int64_t>(object, "us", result.answer_us);
  if (!readable) return std::nullopt;
  return result;
}

}  // namespace bulkdrop::record
