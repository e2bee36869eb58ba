// Results and summaries for the tests of the reports.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include <rapidcheck.h>

#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {

inline constexpr WallTime kStart{std::chrono::milliseconds{1'795'230'245'678}};  // 2026-11-21T03:04:05.678Z

// Text from a hostile server or file: commas, quotes, formulas, controls, other encodings.
inline rc::Gen<std::string> hostile_text() {
  return rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::arbitrary<char>(), rc::gen::element('"', ',', '\r', '\n', '=', '\'', ' ', '\\', '\0')));
}

inline Result any_result() {
  Result result;
  result.session_id = *hostile_text();
  result.status = *rc::gen::elementOf(kAllStatuses);
  result.reason = static_cast<Reason>(*rc::gen::inRange<std::size_t>(0, all_reasons().size()));
  result.http_status = *rc::gen::inRange(0, 1000);
  result.message = *hostile_text();
  result.attempts = *rc::gen::inRange(0, 100);
  if (*rc::gen::arbitrary<bool>()) result.error_code = *rc::gen::arbitrary<std::int64_t>();
  if (*rc::gen::arbitrary<bool>()) result.first_sent_at = kStart;
  if (*rc::gen::arbitrary<bool>()) result.finished_at = kStart + std::chrono::milliseconds{41};
  if (*rc::gen::arbitrary<bool>()) result.duration_ms = *rc::gen::arbitrary<std::int64_t>();
  return result;
}

// The run of the contract's example.
inline Summary sample_summary() {
  Summary summary;
  summary.run_id = "5e884898";
  summary.version = "0.1.0";
  summary.url = "https://pam.example";
  summary.started_at = kStart;
  summary.finished_at = kStart + std::chrono::milliseconds{12'300};
  summary.exit_code = 1;
  summary.counts.add(Status::dropped, 11'800);
  summary.counts.add(Status::failed, 150);
  summary.counts.add(Status::invalid, 12);
  summary.counts.add(Status::duplicate, 38);
  summary.requests_sent = 12'105;
  summary.requests_retries = 155;
  summary.requests_throttled = 40;
  Histogram latency_us;
  Histogram contained_ms;
  for (const std::uint64_t ms : {10U, 20U, 30U, 40U, 41U, 42U, 43U, 44U, 66U, 950U})
    latency_us.add(ms * 1000);
  for (const std::uint64_t ms : {300U, 5900U, 12100U}) contained_ms.add(ms);
  summary.latency_us = latency_us;
  summary.contained_ms = contained_ms;
  summary.errors = {{Reason::drop_error, "An error occurred while droping session", 150},
                    {Reason::missing_field, "", 12}};
  summary.run_directory = "bulkdrop-20261121T030405Z-5e884898";
  return summary;
}

inline std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// Of a run that ended so many rows so.
inline Summary with_counts(std::initializer_list<std::pair<Status, std::uint64_t>> counts) {
  Summary summary;
  summary.url = "https://pam.example";
  summary.run_directory = "out";
  for (const auto& [status, count] : counts) summary.counts.add(status, count);
  return summary;
}

}  // namespace bulkdrop::report
