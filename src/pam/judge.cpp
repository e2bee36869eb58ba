#include "bulkdrop/pam/judge.hpp"

#include <chrono>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/message.hpp"
#include "bulkdrop/pam/pause.hpp"

namespace bulkdrop::pam {
namespace {

constexpr std::size_t kMaxMessageBytes = 500;  // as a Result may hold

bool is_success(const Answer& answer, const Envelope& body) {
  return answer.http_status == 200 && answer.wire_sends == 1 && answer.body.size() <= kMaxBodyBytes &&
         body.shape == Shape::envelope && body.clean && body.status == 200 && body.error == false &&
         body.error_code == 0 && body.code.value_or(200) == 200;
}

// What the body begins with, for a person who has to find out where it came from.
std::string excerpt(std::string_view body) {
  if (body.empty()) return "an empty body";
  return "a body that begins with: " + shortened(printable(body.substr(0, 160)), 120);
}

std::string status_text(const Answer& answer) {
  std::string text = fmt::format("HTTP {} with {}", answer.http_status, excerpt(answer.body));
  const std::string location = answer.headers == nullptr ? "" : answer.headers->value("Location");
  if (!location.empty()) text += fmt::format("; it points to {}", shortened(printable(location), 120));
  return text;
}

void retry_in_doubt(Judgement& out, Verdict verdict, Reason reason) {
  out.verdict = verdict;
  out.reason = reason;
  out.doubt = true;
}

void run_wide(Judgement& out, Reason reason, StopKind stop) {
  out.verdict = Verdict::run_wide;
  out.reason = reason;
  out.stop = stop;
  out.advice = info(reason).action;
}

void credentials_refused(Judgement& out, Reason reason) {
  out.verdict = Verdict::auth;
  out.reason = reason;
  out.stop = StopKind::auth;
  out.advice = info(reason).action;
}

std::optional<Duration> pause_of(const Answer& answer) {
  if (answer.headers == nullptr) return std::nullopt;
  return requested_pause(*answer.headers, std::chrono::time_point_cast<std::chrono::milliseconds>(
                                              std::chrono::system_clock::now()));
}

// A signature is refused for its time, too.
std::optional<std::int64_t> server_time(const Judgement& judgement, const Answer& answer) {
  const bool blames_login =
      judgement.verdict == Verdict::auth || judgement.reason == Reason::invalid_signature;
  if (!blames_login || answer.headers == nullptr) return std::nullopt;
  return parse_http_date(answer.headers->value("Date"));
}

}  // namespace

const Judgement& Judge::judge(const Answer& answer) {
  Judgement& out = judgement_;
  out.verdict = Verdict::untrusted;
  out.reason = Reason::bad_response;
  out.doubt = false;
  out.documented = false;
  out.http_status = answer.http_status;
  out.error_code.reset();
  out.message.clear();
  out.request_id.clear();
  out.pause.reset();
  out.stop = StopKind::config;
  out.advice.clear();
  if (answer.error != TransportError::none) {
    judge_transport(answer);
  } else {
    judge_answer(answer);
  }
  out.server_time = server_time(out, answer);
  if (out.message.size() > kMaxMessageBytes) out.message = shortened(out.message, kMaxMessageBytes);
  if (out.verdict != Verdict::dropped && answer.headers != nullptr)
    out.request_id = shortened(printable(answer.headers->value("X-Request-Id")), 120);
  return out;
}

void Judge::judge_transport(const Answer& answer) {
  Judgement& out = judgement_;
  out.message = shortened(printable(answer.error_text), 300);
  if (answer.wire_sends == 0) {
    switch (answer.error) {
      case TransportError::tls_untrusted:
      case TransportError::tls_failed:
        run_wide(out, Reason::tls_error, StopKind::config);
        return;
      case TransportError::cancelled:
        out.verdict = Verdict::not_sent;
        out.reason = Reason::not_started;
        return;
      default:
        out.verdict = Verdict::not_sent;
        out.reason = Reason::connect_failed;
        return;
    }
  }
  switch (answer.error) {
    case TransportError::timed_out:
      retry_in_doubt(out, Verdict::overload, Reason::timeout);
      return;
    case TransportError::too_large:
      retry_in_doubt(out, Verdict::untrusted, Reason::bad_response);
      out.message = fmt::format("the answer is larger than {} bytes", kMaxBodyBytes);
      return;
    case TransportError::unusable:
      retry_in_doubt(out, Verdict::untrusted, Reason::bad_response);
      return;
    default:
      retry_in_doubt(out, Verdict::overload, Reason::connection_lost);
      return;
  }
}

void Judge::judge_answer(const Answer& answer) {
  Judgement& out = judgement_;
  const Envelope& body = reader_.read(answer.body);
  out.error_code = body.error_code;
  if (is_success(answer, body)) {
    out.verdict = Verdict::dropped;
    out.reason = Reason::ok;
    out.documented = true;
    out.message.assign(body.message);
    return;
  }
  const bool known = judge_meaning(answer, body);
  if (!known) judge_status(answer, body);
  // A refusal proves that nothing was executed only if it does not contradict itself, and if there was no
  // other request that could have been.
  const bool without_code = !known && body.shape == Shape::envelope && body.error_code == 0;
  if (answer.wire_sends != 1 || body.contradicts_itself() || without_code) {
    out.doubt = true;
    out.documented = false;
  }
  if (known) {
    out.message = printable(body.message);
    return;
  }
  out.message = body.message.empty() || out.reason == Reason::bad_response
                    ? status_text(answer)
                    : fmt::format("HTTP {}: {}", answer.http_status, printable(body.message));
}

// Answers whose sentence is known, in a shape in which that sentence may be believed.
bool Judge::judge_meaning(const Answer& answer, const Envelope& body) {
  Judgement& out = judgement_;
  const bool refusal = body.shape == Shape::envelope
                           ? body.error == true
                           : body.shape == Shape::message && answer.http_status >= 400;
  if (!refusal) return false;
  // An OAuth 2.0 server names its errors by a word (RFC 6749 §5.2), whatever the sentence beside it.
  if (body.oauth_error == "invalid_client" || body.oauth_error == "access_denied" ||
      body.oauth_error == "invalid_token") {
    credentials_refused(out, Reason::client_auth_failed);
    return true;
  }
  switch (meaning_of(body.message)) {
    case Meaning::none:
      return false;
    case Meaning::session_not_found:
      if (body.shape != Shape::envelope) return false;
      [[fallthrough]];
    case Meaning::drop_error:
      if (body.contradicts_itself() || body.error_code == 0) return false;
      out.verdict = Verdict::drop_error;
      out.reason = Reason::drop_error;
      out.documented = true;
      return true;
    case Meaning::unexpected_error:
      retry_in_doubt(out, Verdict::untrusted, Reason::unexpected_error);
      return true;
    case Meaning::not_authorized:
      run_wide(out, Reason::not_authorized, StopKind::auth);
      return true;
    case Meaning::resource_not_found:
      run_wide(out, Reason::resource_not_found, StopKind::config);
      return true;
    case Meaning::client_auth_failed:
      credentials_refused(out, Reason::client_auth_failed);
      return true;
    case Meaning::invalid_signature:
      run_wide(out, Reason::invalid_signature, StopKind::auth);
      return true;
    case Meaning::no_route:
      credentials_refused(out, Reason::no_route);
      return true;
    case Meaning::timed_out:
      retry_in_doubt(out, Verdict::overload, Reason::timeout);
      return true;
    case Meaning::rate_limited:
      out.verdict = Verdict::throttled;
      out.reason = Reason::throttled;
      out.pause = pause_of(answer);
      return true;
  }
  return false;
}

// Everything else falls back on the flags and the HTTP status.
void Judge::judge_status(const Answer& answer, const Envelope& body) {
  Judgement& out = judgement_;
  const int status = answer.http_status;
  switch (status) {
    case 401:
      credentials_refused(out, Reason::client_auth_failed);
      return;
    case 403:
      run_wide(out, Reason::not_authorized, StopKind::auth);
      return;
    case 404:
      run_wide(out, Reason::resource_not_found, StopKind::config);
      return;
    case 405:
    case 407:
    case 410:
      run_wide(out, Reason::http_error, StopKind::config);
      return;
    case 408:
      retry_in_doubt(out, Verdict::overload, Reason::timeout);
      return;
    case 429:
      out.verdict = Verdict::throttled;
      out.reason = Reason::throttled;
      out.pause = pause_of(answer);
      return;
    case 500:
      // An error envelope in words that nobody here knows. `error_code` 1 is what the documented drop error
      // has.
      if (body.shape == Shape::envelope && body.error == true && body.status == 500 && body.error_code == 1) {
        out.verdict = Verdict::drop_error;
        out.reason = Reason::drop_error;
        out.documented = true;
        return;
      }
      retry_in_doubt(out, Verdict::untrusted,
                     body.shape == Shape::envelope && body.error == true ? Reason::unexpected_error
                     : body.shape == Shape::contradictory                ? Reason::bad_response
                                                                         : Reason::http_error);
      return;
    case 502:
    case 503:
    case 504:
      retry_in_doubt(out, Verdict::overload, Reason::gateway_error);
      out.pause = pause_of(answer);
      return;
    default:
      break;
  }
  if (body.contradicts_itself() && status < 500) {
    retry_in_doubt(out, Verdict::untrusted, Reason::bad_response);
  } else if (status >= 300 && status < 400) {
    run_wide(out, Reason::http_error, StopKind::config);
    out.advice = "Redirects are never followed: give the address it points to as --url, if you trust it.";
  } else if (status >= 400 && status < 500) {
    out.verdict = Verdict::refused;
    out.reason = Reason::http_error;
  } else if (status >= 500) {
    retry_in_doubt(out, Verdict::overload, Reason::gateway_error);
  } else {
    retry_in_doubt(out, Verdict::untrusted, Reason::bad_response);
  }
}

}  // namespace bulkdrop::pam
