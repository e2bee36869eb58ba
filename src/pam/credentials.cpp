#include "bulkdrop/pam/credentials.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <simdjson.h>

#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/pam/envelope.hpp"
#include "bulkdrop/pam/message.hpp"
#include "bulkdrop/pam/pause.hpp"

namespace bulkdrop::pam {
namespace {

// Renew early, so that no drop meets an expired token: at 80 % of the lifetime.
constexpr double kRefreshShare = 0.8;
constexpr Duration kFirstRetry = std::chrono::milliseconds(500);
constexpr Duration kLongestRetry = std::chrono::seconds(30);
constexpr int kFreshRefusals = 2;
// Refusals in a row until a login that cannot be renewed is believed to be no good. Once it was accepted, one
// node of several may not know it, or be in another time, and answers of many requests come in any order: a
// few in a row are chance then.
constexpr int kRefusals = 3;
constexpr int kRefusalsOnceAccepted = 20;
constexpr std::chrono::seconds kShortestLife{1};
constexpr std::chrono::seconds kLongestLife{366 * 86400};
constexpr std::size_t kMaxTokenBytes = 16 * 1024;

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int length =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// RFC 6750 §2.1: b64token. Anything else could add header lines of its own.
bool is_bearer_token(std::string_view token) {
  return !token.empty() && token.size() <= kMaxTokenBytes &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string_view what_is_wrong_with(std::string_view token) {
  constexpr std::string_view kScheme = "bearer ";
  if (token.empty()) return "is empty";
  if (lower_ascii(std::string(token.substr(0, kScheme.size()))) == kScheme)
    return "begins with \"Bearer \": give only what stands behind that";
  if (token.size() > kMaxTokenBytes) return "is longer than 16 KiB";
  if (token.find(' ') != std::string_view::npos)
    return "holds a space, which no bearer token does: check where it was copied from";
  return "holds a character that no bearer token does: check where it was copied from";
}

void append_encoded(std::string& out, std::string_view text) {
  std::string encoded = percent_encoded(text);
  out += encoded;
  wipe(encoded);
}

// Shorter texts are found in words that have nothing to do with the secret.
constexpr std::size_t kTellingBytes = 8;

bool hide(std::string& text, std::string_view secret) {
  const std::string_view beginning = secret.substr(0, kTellingBytes);
  if (beginning.size() < kTellingBytes) return false;
  bool found = false;
  for (std::size_t at = text.find(beginning); at != std::string::npos; at = text.find(beginning, at)) {
    const std::string_view rest = std::string_view(text).substr(at);
    const auto same =
        std::mismatch(rest.begin(), rest.end(), secret.begin(), secret.end()).first - rest.begin();
    text.replace(at, static_cast<std::size_t>(same), "***");
    found = true;
  }
  return found;
}

struct TokenAnswer {
  std::string token;
  std::optional<Duration> lifetime;
};

// RFC 6749 §5.1; `expires_in` also as a string of digits, as some servers write it.
std::optional<TokenAnswer> read_token(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body.data(), body.size(), false).get(object) != simdjson::SUCCESS) return std::nullopt;
  std::string_view token;
  if (object["access_token"].get(token) != simdjson::SUCCESS || !is_bearer_token(token)) return std::nullopt;
  std::string_view type;
  if ((object["token_type"].get(type) == simdjson::SUCCESS && lower_ascii(type) != "bearer"))
    return std::nullopt;
  TokenAnswer out{std::string(token), std::nullopt};
  std::int64_t seconds = 0;
  std::string_view digits;
  if (object["expires_in"].get(seconds) == simdjson::SUCCESS) {
    out.lifetime = std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLongestLife.count()));
  } else if (object["expires_in"].get(digits) == simdjson::SUCCESS) {
    out.lifetime = parse_duration(digits);
  }
  // A lifetime of nothing is no lifetime: renewing at once, for ever, would be a storm. A refusal will tell.
  if (out.lifetime && *out.lifetime < kShortestLife) out.lifetime.reset();
  return out;
}

std::string in_brackets(const std::string& why) {
  return why.empty() ? "" : fmt::format(" ({})", why);
}

}  // namespace

Credentials Credentials::bearer(Secret token, Reload reload) {
  if (!is_bearer_token(token.reveal()))
    throw Error(ExitCode::usage, fmt::format("the token {}", what_is_wrong_with(token.reveal())));
  Credentials credentials(0);
  credentials.reload_ = std::move(reload);
  credentials.take(std::move(token), std::nullopt, TimePoint{});
  return credentials;
}

Credentials Credentials::client(ClientCredentials client, Duration outage, std::uint64_t seed) {
  Credentials credentials(seed);
  credentials.client_ = std::move(client);
  credentials.outage_ = outage;
  credentials.waiting_for_ = "getting a token";
  return credentials;
}

Credentials Credentials::signing(OAuth1Client client) {
  Credentials credentials(0);
  credentials.signer_.emplace(std::move(client));
  credentials.generation_ = 1;
  return credentials;
}

void Credentials::take(Secret token, std::optional<Duration> lifetime, TimePoint now) {
  token_ = std::move(token);
  ++generation_;
  refused_ = false;
  accepted_ = false;
  failures_ = 0;
  waiting_for_.clear();
  lifetime_ = lifetime;
  refresh_at_ =
      lifetime ? now + std::chrono::duration_cast<Duration>(*lifetime * kRefreshShare) : TimePoint::max();
}

std::string Credentials::authorization(std::string_view method, std::string_view url, WallTime now) const {
  if (signer_) return "Authorization: " + signer_->header(method, url, now);
  return fmt::format("Authorization: Bearer {}", token_.reveal());
}

bool Credentials::hide_secrets(std::string& text) const {
  const bool client = client_ && hide(text, client_->client_secret.reveal());
  return hide(text, token_.reveal()) || client;
}

bool Credentials::due(TimePoint now) const {
  if (!client_ || under_way_ || now < next_try_) return false;
  return generation_ == 0 || refused_ || now >= refresh_at_;
}

TimePoint Credentials::wakes_at() const {
  if (!client_ || under_way_) return TimePoint::max();
  return generation_ == 0 || refused_ ? next_try_ : std::max(refresh_at_, next_try_);
}

Credentials::TokenForm Credentials::form() const {
  TokenForm form;
  form.body = "grant_type=client_credentials";
  if (basic_) {
    // RFC 6749 §2.3.1: both are form-encoded before they are joined.
    std::string joined = percent_encoded(client_->client_id) + ':';
    append_encoded(joined, client_->client_secret.reveal());
    form.basic_header = "Authorization: Basic " + base64(joined);
    wipe(joined);
  } else {
    form.body += "&client_id=" + percent_encoded(client_->client_id) + "&client_secret=";
    append_encoded(form.body, client_->client_secret.reveal());
  }
  if (!client_->tenant.empty()) form.body += "&tenant=" + percent_encoded(client_->tenant);
  return form;
}

void Credentials::sent() {
  under_way_ = true;
}

std::optional<Stop> Credentials::unavailable(const std::string& why, std::optional<Duration> pause,
                                             TimePoint now) {
  if (failures_ == 0) unavailable_since_ = now;
  ++failures_;
  // While the old token still serves, a failed renewal is no reason to stop. Nor is a server that gives none
  // for lack of a connection a refusal: who we are has no part in that.
  if (!usable() && now - unavailable_since_ >= outage_)
    return Stop{StopKind::outage, ExitCode::safety_limit,
                now == unavailable_since_
                    ? fmt::format("no token could be had: {}. Run again when the token server is back", why)
                    : fmt::format("no token could be had for {}: {}. Run again when the token server is "
                                  "back; --outage sets the patience",
                                  humane_duration(now - unavailable_since_), why)};
  const Duration longest =
      std::min(kLongestRetry, kFirstRetry * (std::int64_t{1} << std::min(failures_ - 1, 10)));
  Duration wait = std::chrono::duration_cast<Duration>(longest * (0.5 + random_.uniform() / 2));
  if (pause) wait = std::max(wait, *pause);
  next_try_ = now + wait;
  // Not later than the moment at which the run has to give up.
  const TimePoint gives_up = unavailable_since_ + outage_;
  if (!usable()) next_try_ = std::min(next_try_, std::max(now, gives_up));
  waiting_for_ = fmt::format("no token ({}), next try in {}", why, humane_duration(next_try_ - now));
  if (!usable())
    waiting_for_ += gives_up_after_ > 0
                        ? fmt::format("; giving up after {} attempts", gives_up_after_)
                        : fmt::format("; giving up in {}",
                                      humane_duration(std::max(std::min(gives_up, gives_up_by_), now) - now));
  return std::nullopt;
}

std::optional<Stop> Credentials::answered(const Answer& answer, Moment at) {
  const TimePoint now = at.mono;
  under_way_ = false;
  const auto give_up = [](StopKind kind, ExitCode code, const std::string& what) {
    return Stop{kind, code, what};
  };
  if (answer.error == TransportError::tls_untrusted)
    return give_up(
        StopKind::config, ExitCode::usage,
        fmt::format("the token server's certificate is not trusted: {}. Check --url, or give your own "
                    "authority with --cacert",
                    printable(answer.error_text)));
  const bool page_about_tls = answer.http_status == 400 &&
                              meaning_of_page(answer.body) != Meaning::none;  // a web server's, not the API's
  if (answer.error == TransportError::tls_failed || page_about_tls)
    return give_up(
        StopKind::config, ExitCode::usage,
        fmt::format("no TLS with the token server: {}. Check --url; a client certificate is given with "
                    "--cert and --key",
                    page_about_tls ? "it answers with a page that says so (HTTP 400)"
                                   : printable(answer.error_text)));
  if (answer.error != TransportError::none) {
    const bool never_reached = failures_ == 0 && generation_ == 0;
    auto stop = unavailable(shortened(printable(answer.error_text), 200), std::nullopt, now);
    // What may be wrong for good is told once: what follows says how the waiting goes on.
    if (!stop && never_reached && answer.error == TransportError::connect_failed)
      waiting_for_ += fmt::format(". {}", kConnectionAdvice);
    return stop;
  }
  if (answer.http_status == 200) {
    if (auto read = read_token(answer.body)) {
      take(Secret(read->token), read->lifetime, now);
      return std::nullopt;
    }
  }
  EnvelopeReader reader;
  const Envelope& body = reader.read(answer.body);
  std::string words = body.message.empty()
                          ? fmt::format("HTTP {}", answer.http_status)
                          : fmt::format("HTTP {}: {}", answer.http_status, printable(body.message));
  hide_secrets(words);
  const std::optional<Duration> pause =
      answer.headers == nullptr ? std::nullopt : requested_pause(*answer.headers, at.wall);
  if (answer.http_status == 429 || answer.http_status == 408 || answer.http_status >= 502)
    return unavailable(words, pause, now);
  const bool refusal = answer.http_status == 400 || answer.http_status == 401 || answer.http_status == 403 ||
                       (body.shape == Shape::envelope && body.error == true);
  if (refusal && !basic_was_tried_ && (answer.http_status == 400 || answer.http_status == 401)) {
    // One old version wants the client in a Basic header: say it that way once before giving up.
    basic_ = basic_was_tried_ = true;
    next_try_ = now;
    waiting_for_ = fmt::format("no token ({}), trying once more with the client in a Basic header", words);
    return std::nullopt;
  }
  if (refusal)
    return give_up(
        StopKind::auth, ExitCode::not_allowed,
        fmt::format("the token server refused the client credentials ({}). Check --client-id, the client "
                    "secret, --tenant and --token-path",
                    words));
  // Once there was a token from that URL, it is the right one: what answers there now is a passing trouble.
  if (answer.http_status == 500 || generation_ > 0) return unavailable(words, pause, now);
  return give_up(
      StopKind::config, ExitCode::usage,
      fmt::format("no token endpoint at that URL ({}). Check --url, --api and --token-path", words));
}

std::optional<Stop> Credentials::refused(std::uint64_t generation, TimePoint now, const std::string& why,
                                         std::optional<std::chrono::seconds> server_ahead) {
  if (generation != generation_ || refused_) return std::nullopt;
  if (signer_) return signature_refused(why, server_ahead);
  if (!client_) return ready_token_refused(now, why);
  refused_ = true;
  fresh_refusals_ = accepted_ ? 0 : fresh_refusals_ + 1;
  if (fresh_refusals_ >= kFreshRefusals)
    return Stop{StopKind::auth, ExitCode::not_allowed,
                fmt::format("the server refused the token{}. A new one was refused, too: check the client's "
                            "rights and --token-path",
                            in_brackets(why))};
  next_try_ = now;
  waiting_for_ = "the token was refused, getting a new one";
  return std::nullopt;
}

bool Credentials::refused_for_good() {
  return ++fresh_refusals_ >= (accepted_ ? kRefusalsOnceAccepted : kRefusals);
}

std::optional<Stop> Credentials::ready_token_refused(TimePoint now, const std::string& why) {
  if (refused_for_good()) {
    refused_ = true;
    return Stop{
        StopKind::auth, ExitCode::not_allowed,
        fmt::format("the server refused the token{}. Get a new token and run again", in_brackets(why))};
  }
  std::optional<Secret> renewed = reload_ ? reload_() : std::nullopt;
  if (renewed && is_bearer_token(renewed->reveal()) && renewed->reveal() != token_.reveal()) {
    if (accepted_) fresh_refusals_ = 0;  // those were the old token's
    take(std::move(*renewed), std::nullopt, now);
  }
  return std::nullopt;
}

std::optional<Stop> Credentials::signature_refused(const std::string& why,
                                                   std::optional<std::chrono::seconds> server_ahead) {
  // Clocks that never agree must not be followed for ever.
  if (refused_for_good())
    return Stop{
        StopKind::auth, ExitCode::not_allowed,
        fmt::format("the server refused the signature{}. Check --consumer-key, --oauth-token and both "
                    "secrets, and that --url is the URL by which the server knows itself{}",
                    in_brackets(why),
                    server_ahead ? "" : "; it tells no time, so check this machine's clock, too")};
  if (server_ahead && signer_->follow(*server_ahead)) {
    ++generation_;
    waiting_for_ = fmt::format("the server's clock is {} {} ours: signing with its time",
                               humane_duration(std::chrono::abs(*server_ahead)),
                               server_ahead->count() < 0 ? "behind" : "ahead of");
  }
  return std::nullopt;
}

void Credentials::accepted(std::uint64_t generation) {
  if (generation != generation_) return;
  accepted_ = true;
  fresh_refusals_ = 0;
  if (signer_) waiting_for_.clear();
}

}  // namespace bulkdrop::pam
