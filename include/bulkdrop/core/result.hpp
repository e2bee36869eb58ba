// The outcome of one row, as the journal records it and the reports print it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/status.hpp"

namespace bulkdrop {

struct Result {
  std::uint64_t row = 0;  // the row's number, from 0, over all sources in input order
  std::string session_id;
  Status status = Status::unsent;
  Reason reason = Reason::not_started;
  int http_status = 0;  // of the last answer; 0 = none
  std::optional<std::int64_t> error_code;
  std::string message;     // the server's own words, or ours; UTF-8, at most 500 bytes
  std::string request_id;  // the server's X-Request-Id, where it sent one; support asks for it
  bool cut_short = false;  // the run was stopped before the row had all its attempts: `resume` sends it again
  int attempts = 0;        // requests that went out on the wire
  int throttled = 0;       // of them, turned away for being too many
  std::optional<WallTime> first_sent_at;
  std::optional<WallTime> finished_at;
  std::optional<std::int64_t>
      duration_ms;  // from the first request to the end, waits between attempts included
  std::optional<std::int64_t> answer_us;  // how long its last answered request took

  bool operator==(const Result&) const = default;
};

}  // namespace bulkdrop
