#include "bulkdrop/pam/judge.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/pause.hpp"

namespace bulkdrop::pam {
namespace {

constexpr std::size_t kMaxMessageBytes = 500;  // as a Result may hold
constexpr std::size_t kMaxTransportWords = 300;
constexpr std::size_t kMaxHeaderWords = 120;

// In an old code page, too, most of a text is ASCII.
bool is_text(std::string_view beginning) {
  const auto is_white = [](char c) { return c == '\n' || c == '\r' || c == '\t'; };
  const auto count = [&](const auto& is_it) {
    return std::count_if(beginning.begin(), beginning.end(), is_it);
  };
  const auto size = static_cast<std::ptrdiff_t>(beginning.size());
  const auto plain = count([&](char c) { return (c >= ' ' && c <= '~') || is_white(c); });
  const auto controls =
      count([&](char c) { return (static_cast<unsigned char>(c) < ' ' && !is_white(c)) || c == '\x7F'; });
  return controls * 8 <= size && (is_valid_utf8(beginning) || plain * 4 >= size * 3);
}

// What the body begins with, for a person who has to find out where it came from.
std::string excerpt(std::string_view body) {
  if (body.empty()) return "an empty body";
  if (!is_text(shortened(body, 160))) return "a body that is neither JSON nor text";
  return "a body that begins with: " + shortened(printable(body.substr(0, 160)), 120);
}

std::string status_text(const Answer& answer) {
  std::string text = fmt::format("HTTP {} with {}", answer.http_status, excerpt(answer.body));
  const std::string location = answer.headers == nullptr ? "" : answer.headers->value("Location");
  if (!location.empty())
    text += fmt::format("; it points to {}", shortened(printable(location), kMaxHeaderWords));
  return text;
}

bool broke_before_connecting_again(const Answer& answer, const Signs& signs) {
  return signs.sends != Sends::none &&
         (answer.error == TransportError::connect_failed || answer.error == TransportError::resolve_failed ||
          answer.error == TransportError::proxy_refused);
}

std::string words_of(const Answer& answer, const Envelope& envelope, const Signs& signs, Reason reason) {
  if (answer.error == TransportError::too_large && signs.sends != Sends::none)
    return fmt::format("the answer is larger than {} bytes", kMaxBodyBytes);
  if (answer.error != TransportError::none) {
    const std::string words = shortened(printable(answer.error_text), kMaxTransportWords);
    // libcurl connected once more when the connection broke, and tells of that alone.
    return broke_before_connecting_again(answer, signs)
               ? "the connection broke behind the request; then: " + words
               : words;
  }
  if (envelope.message.empty() || reason == Reason::bad_response) return status_text(answer);
  const bool known = signs.meaning != Meaning::none;
  return known ? printable(envelope.message)
               : fmt::format("HTTP {}: {}", answer.http_status, printable(envelope.message));
}

std::optional<Duration> pause_of(const Answer& answer, WallTime now) {
  if (answer.headers == nullptr) return std::nullopt;
  return requested_pause(*answer.headers, now);
}

// A signature is refused for its time, too.
std::optional<std::int64_t> server_time(const Judgement& judgement, const Answer& answer) {
  const bool blames_login =
      judgement.verdict == Verdict::auth || judgement.reason == Reason::invalid_signature;
  if (!blames_login || answer.headers == nullptr) return std::nullopt;
  return parse_http_date(answer.headers->value("Date"));
}

}  // namespace

// Looking costs as much as reading the body: a gateway that said nothing so far is asked now and then.
std::optional<Quota> Judge::quota_of(const Answer& answer, WallTime now) {
  constexpr unsigned kAlways = 16;
  constexpr unsigned kNowAndThen = 32;
  if (answer.headers == nullptr) return std::nullopt;
  if (answers_without_quota_++ >= kAlways && answers_without_quota_ % kNowAndThen != 0) return std::nullopt;
  auto quota = announced_quota(*answer.headers, now);
  if (quota) answers_without_quota_ = 0;
  return quota;
}

const Judgement& Judge::judge(const Answer& answer, WallTime now) {
  const bool complete = answer.error == TransportError::none;
  const Envelope& envelope = reader_.read(complete ? answer.body : std::string_view());
  const Signs signs = signs_of(answer, envelope);
  const Rule& rule = rule_for(signs, rules_);

  Judgement& out = judgement_;
  out.verdict = rule.verdict;
  out.reason = rule.reason;
  out.doubt = rule.doubt;
  out.documented = rule.documented;
  if (rule.verdict != Verdict::dropped && signs.doubtful()) {
    out.doubt = true;
    out.documented = false;
  }
  out.http_status = answer.http_status;
  out.error_code = envelope.error_code;
  out.stop = rule.stop;
  out.server_time = server_time(out, answer);
  out.pause = rule.asks_for_pause ? pause_of(answer, now) : std::nullopt;
  out.quota = quota_of(answer, now);
  if (rule.verdict == Verdict::dropped) {
    out.message.assign(envelope.message);
    out.advice.clear();
    out.request_id.clear();
    return out;
  }
  out.message = words_of(answer, envelope, signs, rule.reason);
  if (out.message.size() > kMaxMessageBytes) out.message = shortened(out.message, kMaxMessageBytes);
  const bool concerns_all = rule.verdict == Verdict::run_wide || rule.verdict == Verdict::auth;
  out.advice = !concerns_all ? "" : rule.advice.empty() ? info(rule.reason).action : rule.advice;
  out.request_id = answer.headers == nullptr
                       ? ""
                       : shortened(printable(answer.headers->value("X-Request-Id")), kMaxHeaderWords);
  return out;
}

}  // namespace bulkdrop::pam
