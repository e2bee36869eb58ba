// What an answer means: the word of `pam`, on which `policy` acts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/quota.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/stop.hpp"

namespace bulkdrop {

enum class Verdict : std::uint8_t {
  dropped,     // a complete, valid, unambiguous success of exactly one request
  refused,     // about this session alone, and final
  drop_error,  // about this session alone; worth one more try
  not_sent,    // the request never left; try again at no cost
  throttled,   // turned away before it was executed; try again after `pause`
  overload,    // the server or what stands in front of it is suffering; try again, in doubt
  untrusted,   // an answer that proves nothing; try again, in doubt
  auth,        // the credentials were refused; try again with newer ones
  run_wide,    // true for every session alike: the run should stop
};

struct Judgement {
  Verdict verdict = Verdict::untrusted;
  Reason reason = Reason::bad_response;
  bool doubt = false;       // the drop may have been executed although no trustworthy answer says so
  bool documented = false;  // an answer that the API's documentation knows: the server is what we think it is
  int http_status = 0;
  std::optional<std::int64_t> error_code;
  std::string message;            // the server's words, or the transport's
  std::string request_id;         // X-Request-Id
  std::optional<Duration> pause;  // how long the server asked everybody to wait
  std::optional<Quota> quota;     // what it says that it will still let through
  // When the server says it is (its Date), in Unix seconds: only of answers that blame the login.
  std::optional<std::int64_t> server_time;
  StopKind stop = StopKind::config;  // for run_wide and auth: as what the run stops
  std::string advice;                // for run_wide and auth: what to do, one sentence
};

}  // namespace bulkdrop
