// Results and runs for the tests of the record.
#pragma once

#include <chrono>
#include <string>

#include <rapidcheck.h>

#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/record/journal.hpp"

namespace bulkdrop::record {

inline constexpr WallTime kNow{std::chrono::milliseconds{1'795'230'245'678}};  // 2026-11-21T03:04:05.678Z

inline RunRecord sample_run(std::uint64_t rows) {
  RunRecord run;
  run.run_id = "5e884898";
  run.version = "0.1.0";
  run.url = "https://pam.example";
  run.started_at = kNow;
  run.rows = rows;
  run.to_drop = rows;
  run.sources = {{"export.csv", "csv", "utf-8", "Session ID", 112, rows, "ab12"}};
  return run;
}

inline Result dropped(std::uint64_t row) {
  Result result;
  result.row = row;
  result.session_id = "3fcf1e4a16104e328d6794e1b9693cfc457871d2";
  result.status = Status::dropped;
  result.reason = Reason::ok;
  result.http_status = 200;
  result.error_code = 0;
  result.message = "Sessão interrompida com sucesso";
  result.attempts = 1;
  result.first_sent_at = kNow;
  result.finished_at = kNow + std::chrono::milliseconds{41};
  result.duration_ms = 41;
  return result;
}

inline Result with_status(std::uint64_t row, Status status, Reason reason) {
  Result result = dropped(row);
  result.status = status;
  result.reason = reason;
  return result;
}

// Any text that the journal keeps whole.
inline rc::Gen<std::string> any_text(std::size_t limit) {
  return rc::gen::map(rc::gen::arbitrary<std::string>(),
                      [limit](const std::string& text) { return shortened(to_utf8(text), limit); });
}

inline Result any_result(std::uint64_t row) {
  const auto maybe_time =
      rc::gen::maybe(rc::gen::map(rc::gen::inRange<std::int64_t>(-62'000'000'000'000, 253'000'000'000'000),
                                  [](std::int64_t ms) { return WallTime(std::chrono::milliseconds{ms}); }));
  const auto maybe_number = rc::gen::maybe(rc::gen::arbitrary<std::int64_t>());
  Result result;
  result.row = row;
  result.session_id = *any_text(300);
  result.status = *rc::gen::elementOf(kAllStatuses);
  result.reason = static_cast<Reason>(*rc::gen::inRange<std::size_t>(0, all_reasons().size()));
  result.cut_short = *rc::gen::arbitrary<bool>();
  result.http_status = *rc::gen::inRange(0, 1000);
  const auto code = *maybe_number;
  if (code) result.error_code = *code;
  result.message = *any_text(500);
  result.request_id = *any_text(200);
  result.attempts = *rc::gen::inRange(0, 100);
  result.throttled = *rc::gen::inRange(0, 3);
  if (const auto time = *maybe_time) result.first_sent_at = *time;
  if (const auto time = *maybe_time) result.finished_at = *time;
  if (const auto number = *maybe_number) result.duration_ms = *number;
  if (const auto number = *maybe_number) result.answer_us = *number;
  return result;
}

}  // namespace bulkdrop::record
