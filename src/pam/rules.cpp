#include "bulkdrop/pam/rules.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::pam {
namespace {

using Transports = OneOf<TransportError>;
using Bodies = OneOf<Body>;
using Meanings = OneOf<Meaning>;

constexpr auto kUnsent = OneOf<Sends>::of(Sends::none);
constexpr auto kSent = OneOf<Sends>::of(Sends::once, Sends::several);
constexpr auto kOnce = OneOf<Sends>::of(Sends::once);
constexpr auto kErrors = Bodies::of(Body::drop_error, Body::error);
constexpr auto kErrorsOrMessage = Bodies::of(Body::drop_error, Body::error, Body::message);
constexpr auto kPage = Bodies::of(Body::other);
constexpr auto kAnyRefusal = Bodies::of(Body::drop_error, Body::error, Body::odd_error, Body::message);

constexpr std::string_view kGiveCertificate =
    "Give the client certificate that the server wants, and its key: --cert and --key.";

// Certificates and permissions are the same for every session; so is a wrong path. What may have been
// executed without a trustworthy word about it is in doubt.
constexpr std::array kRules = {
    // ---- No complete answer.
    Rule{.seen = "the TLS handshake failed or the certificate is not trusted",
         .transport = Transports::of(TransportError::tls_failed, TransportError::tls_untrusted),
         .sends = kUnsent,
         .verdict = Verdict::run_wide,
         .reason = Reason::tls_error},
    Rule{.seen = "the proxy in between refused the connection",
         .transport = Transports::of(TransportError::proxy_refused),
         .sends = kUnsent,
         .verdict = Verdict::run_wide,
         .reason = Reason::connect_failed,
         .advice = "Check --proxy, its user and password, and what it lets through."},
    Rule{.seen = "cut by us before it was sent",
         .transport = Transports::of(TransportError::cancelled),
         .sends = kUnsent,
         .verdict = Verdict::not_sent,
         .reason = Reason::not_started},
    Rule{.seen = "no connection: name resolution, TCP, or a kept connection that had died",
         .transport = Transports::of(TransportError::resolve_failed, TransportError::connect_failed,
                                     TransportError::timed_out, TransportError::connection_lost,
                                     TransportError::too_large, TransportError::sent_twice,
                                     TransportError::out_of_step, TransportError::unusable),
         .sends = kUnsent,
         .verdict = Verdict::not_sent,
         .reason = Reason::connect_failed},
    Rule{.seen = "no complete answer in time",
         .transport = Transports::of(TransportError::timed_out),
         .sends = kSent,
         .verdict = Verdict::overload,
         .reason = Reason::timeout,
         .doubt = true},
    Rule{.seen = "an answer of more than 64 KiB, one that is not HTTP, or more than one answer",
         .transport =
             Transports::of(TransportError::too_large, TransportError::out_of_step, TransportError::unusable),
         .sends = kSent,
         .verdict = Verdict::untrusted,
         .reason = Reason::bad_response,
         .doubt = true},
    Rule{.seen = "the server refused our certificate behind the request, as TLS 1.3 allows",
         .transport = Transports::of(TransportError::tls_failed, TransportError::tls_untrusted),
         .sends = kSent,
         .verdict = Verdict::run_wide,
         .reason = Reason::tls_error,
         .doubt = true,
         .advice = kGiveCertificate},
    Rule{.seen = "the connection broke behind the request, or the answer was cut",
         .transport = Transports::of(TransportError::resolve_failed, TransportError::connect_failed,
                                     TransportError::proxy_refused, TransportError::connection_lost,
                                     TransportError::sent_twice, TransportError::cancelled),
         .sends = kSent,
         .verdict = Verdict::overload,
         .reason = Reason::connection_lost,
         .doubt = true},

    // ---- The success.
    Rule{
        .seen = "HTTP 200 to one request: status 200, error false, error_code 0, nothing that contradicts it",
        .sends = kOnce,
        .from_status = 200,
        .to_status = 200,
        .bodies = Bodies::of(Body::success),
        .verdict = Verdict::dropped,
        .reason = Reason::ok,
        .documented = true},

    // ---- Errors whose sentence is known.
    Rule{.seen = "invalid_client, access_denied or invalid_token, as an OAuth 2.0 server says it",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::token_refused, Meaning::client_auth_failed),
         .verdict = Verdict::auth,
         .reason = Reason::client_auth_failed,
         .stop = StopKind::auth},
    Rule{.seen = "An error occurred while droping session",
         .bodies = kErrorsOrMessage,
         .meanings = Meanings::of(Meaning::drop_error),
         .verdict = Verdict::drop_error,
         .reason = Reason::drop_error,
         .documented = true},
    Rule{.seen = "Session not found, in the server's own envelope",
         .bodies = kErrors,
         .meanings = Meanings::of(Meaning::session_not_found),
         .verdict = Verdict::drop_error,
         .reason = Reason::drop_error,
         .documented = true},
    Rule{.seen = "Unexpected error",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::unexpected_error),
         .verdict = Verdict::untrusted,
         .reason = Reason::unexpected_error,
         .doubt = true},
    Rule{.seen = "You are not authorized to access this resource",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::not_authorized),
         .verdict = Verdict::run_wide,
         .reason = Reason::not_authorized,
         .stop = StopKind::auth},
    Rule{.seen = "Resource sub not found",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::resource_not_found),
         .verdict = Verdict::run_wide,
         .reason = Reason::resource_not_found},
    Rule{.seen = "Invalid signature",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::invalid_signature),
         .verdict = Verdict::run_wide,
         .reason = Reason::invalid_signature,
         .stop = StopKind::auth},
    Rule{.seen = "No route matched with those values",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::no_route),
         .verdict = Verdict::auth,
         .reason = Reason::no_route,
         .stop = StopKind::auth},
    Rule{.seen = "Request timed out",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::timed_out),
         .verdict = Verdict::overload,
         .reason = Reason::timeout,
         .doubt = true},
    Rule{.seen = "API rate limit exceeded, Too many requests",
         .bodies = kAnyRefusal,
         .meanings = Meanings::of(Meaning::rate_limited),
         .verdict = Verdict::throttled,
         .reason = Reason::throttled,
         .asks_for_pause = true},

    // ---- Pages that web servers answer with instead of the API.
    Rule{.seen = "HTTP 400 with a page that asks for a client certificate, or refuses ours",
         .bodies = kPage,
         .meanings = Meanings::of(Meaning::certificate_refused),
         .verdict = Verdict::run_wide,
         .reason = Reason::tls_error,
         .advice = kGiveCertificate},
    Rule{.seen = "HTTP 400 with a page that says that this port speaks HTTPS",
         .bodies = kPage,
         .meanings = Meanings::of(Meaning::https_wanted),
         .verdict = Verdict::run_wide,
         .reason = Reason::http_error,
         .advice = "Write https:// in --url: TLS is spoken at this port."},

    // ---- Everything else by the flags and the HTTP status.
    Rule{.seen = "HTTP 401",
         .from_status = 401,
         .to_status = 401,
         .verdict = Verdict::auth,
         .reason = Reason::client_auth_failed,
         .stop = StopKind::auth},
    Rule{.seen = "HTTP 403",
         .from_status = 403,
         .to_status = 403,
         .verdict = Verdict::run_wide,
         .reason = Reason::not_authorized,
         .stop = StopKind::auth},
    Rule{.seen = "HTTP 404",
         .from_status = 404,
         .to_status = 404,
         .verdict = Verdict::run_wide,
         .reason = Reason::resource_not_found},
    Rule{.seen = "HTTP 405: no DELETE is taken there",
         .from_status = 405,
         .to_status = 405,
         .verdict = Verdict::run_wide,
         .reason = Reason::http_error},
    Rule{.seen = "HTTP 407: a proxy wants to know who we are",
         .from_status = 407,
         .to_status = 407,
         .verdict = Verdict::run_wide,
         .reason = Reason::http_error,
         .advice = "Give the user and password that the proxy wants in --proxy."},
    Rule{.seen = "HTTP 408",
         .from_status = 408,
         .to_status = 408,
         .verdict = Verdict::overload,
         .reason = Reason::timeout,
         .doubt = true},
    Rule{.seen = "HTTP 410: the API is gone from there",
         .from_status = 410,
         .to_status = 410,
         .verdict = Verdict::run_wide,
         .reason = Reason::http_error},
    Rule{.seen = "HTTP 429",
         .from_status = 429,
         .to_status = 429,
         .verdict = Verdict::throttled,
         .reason = Reason::throttled,
         .asks_for_pause = true},
    Rule{.seen = "HTTP 500 with the flags of the documented drop error and words that nobody here knows",
         .from_status = 500,
         .to_status = 500,
         .bodies = Bodies::of(Body::drop_error),
         .verdict = Verdict::drop_error,
         .reason = Reason::drop_error,
         .documented = true},
    Rule{.seen = "HTTP 500 with another error envelope",
         .from_status = 500,
         .to_status = 500,
         .bodies = Bodies::of(Body::error, Body::odd_error),
         .verdict = Verdict::untrusted,
         .reason = Reason::unexpected_error,
         .doubt = true},
    Rule{.seen = "HTTP 500 with anything else that is no answer of the API",
         .from_status = 500,
         .to_status = 500,
         .bodies = Bodies::of(Body::message, Body::other),
         .verdict = Verdict::untrusted,
         .reason = Reason::http_error,
         .doubt = true},
    Rule{.seen = "HTTP 502, 503, 504",
         .from_status = 502,
         .to_status = 504,
         .verdict = Verdict::overload,
         .reason = Reason::gateway_error,
         .doubt = true,
         .asks_for_pause = true},
    Rule{.seen = "HTTP 5xx of any other kind",
         .from_status = 501,
         .verdict = Verdict::overload,
         .reason = Reason::gateway_error,
         .doubt = true},
    Rule{.seen = "a body that contradicts itself or its HTTP status",
         .bodies = Bodies::of(Body::success, Body::odd_error, Body::contradictory),
         .verdict = Verdict::untrusted,
         .reason = Reason::bad_response,
         .doubt = true},
    Rule{.seen = "HTTP 3xx: a redirect; none is followed",
         .from_status = 300,
         .to_status = 399,
         .verdict = Verdict::run_wide,
         .reason = Reason::http_error,
         .advice = "Redirects are never followed: give the address it points to as --url, if you trust it."},
    Rule{.seen = "HTTP 4xx of any other kind",
         .from_status = 400,
         .to_status = 499,
         .verdict = Verdict::refused,
         .reason = Reason::http_error},
    Rule{.seen = "anything else: empty, HTML, cut, two documents, 1xx, 202, 204, 206, …",
         .transport = Transports::any(),
         .verdict = Verdict::untrusted,
         .reason = Reason::bad_response,
         .doubt = true},
};

bool is_whole_success(const Envelope& envelope) {
  return envelope.shape == Shape::envelope && envelope.clean && envelope.status == 200 &&
         envelope.error == false && envelope.error_code == 0 && envelope.code.value_or(200) == 200;
}

// The header fields say that the body is not what it looks like: coded although nobody asked for it, or of
// two lengths (RFC 9112 §6.3: such a message can't be trusted).
bool is_framed_well(const Answer& answer) {
  if (answer.headers == nullptr) return true;
  const std::string coding = answer.headers->value("Content-Encoding");
  return (coding.empty() || lower_ascii(coding) == "identity") &&
         !answer.headers->disagrees("Content-Length");
}

Body body_of(const Answer& answer, const Envelope& envelope) {
  switch (envelope.shape) {
    case Shape::contradictory:
      return Body::contradictory;
    case Shape::message:
      return answer.http_status >= 400 ? Body::message : Body::other;
    case Shape::envelope:
      break;
    default:
      return Body::other;
  }
  if (envelope.error == true) {
    if (envelope.status == 200 || envelope.error_code == 0) return Body::odd_error;
    return envelope.status == 500 && envelope.error_code == 1 ? Body::drop_error : Body::error;
  }
  if (is_whole_success(envelope) && answer.body.size() <= kMaxBodyBytes && is_framed_well(answer))
    return Body::success;
  const bool claims_success = envelope.error == false || envelope.status == 200 || envelope.error_code == 0;
  return claims_success ? Body::contradictory : Body::other;
}

// An OAuth 2.0 server names its errors by a word (RFC 6749 §5.2, RFC 6750 §3.1), whatever the sentence beside
// it.
Meaning meaning_in(const Envelope& envelope) {
  const std::string& word = envelope.oauth_error;
  if (word == "invalid_client" || word == "access_denied" || word == "invalid_token")
    return Meaning::token_refused;
  return meaning_of(envelope.message);
}

bool fits(const Rule& rule, const Signs& signs) {
  return rule.transport.has(signs.transport) && rule.sends.has(signs.sends) &&
         signs.http_status >= rule.from_status && signs.http_status <= rule.to_status &&
         rule.bodies.has(signs.body) && rule.meanings.has(signs.meaning);
}

}  // namespace

Signs signs_of(const Answer& answer, const Envelope& envelope) {
  Signs signs;
  signs.transport = answer.error;
  signs.sends = answer.wire_sends == 1 ? Sends::once : answer.wire_sends <= 0 ? Sends::none : Sends::several;
  signs.http_status = answer.http_status;
  if (answer.error != TransportError::none) return signs;
  signs.body = body_of(answer, envelope);
  if (kAnyRefusal.has(signs.body)) signs.meaning = meaning_in(envelope);
  if (signs.body == Body::other && signs.http_status == 400) signs.meaning = meaning_of_page(answer.body);
  return signs;
}

bool Signs::doubtful() const {
  if (transport != TransportError::none) return false;
  return sends != Sends::once || body == Body::contradictory || body == Body::odd_error ||
         (body == Body::success && http_status != 200);
}

std::span<const Rule> rules() {
  return kRules;
}

const Rule& rule_for(const Signs& signs, std::span<const Rule> rules) {
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return fits(rule, signs); });
  return found == rules.end() ? rules.back() : *found;
}

}  // namespace bulkdrop::pam
