// Who we are to the server: a ready bearer token, OAuth 2.0 client credentials (RFC 6749 §4.4) that fetch one
// and renew it, or OAuth 1.0a (RFC 5849), which signs each request. It says when a token request is due and
// what an answer to it means; others do the sending.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/random.hpp"
#include "bulkdrop/core/secret.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/pam/signer.hpp"

namespace bulkdrop::pam {

// To whoever gets no connection where none has come about yet.
inline constexpr std::string_view kConnectionAdvice =
    "Check the port in --url, firewalls on the way, and whether a --proxy is needed";

struct ClientCredentials {
  std::string client_id;
  Secret client_secret;
  std::string tenant;  // empty = none
};

class Credentials {
 public:
  // Reads the token again after it was refused (its file may have been renewed); empty if that can't be done.
  using Reload = std::function<std::optional<Secret>()>;

  // Throws Error(usage) for a token with characters that no bearer token has (RFC 6750 §2.1).
  static Credentials bearer(Secret token, Reload reload);
  // `outage`: how long the token server may be unavailable before the run stops.
  static Credentials client(ClientCredentials client, Duration outage, std::uint64_t seed);
  // Usable from the start and for ever: there is no token to fetch.
  static Credentials signing(OAuth1Client client);

  // Counts tokens, from 1; 0 = there is none yet. With signatures it counts what was learnt of the server's
  // clock. An attempt remembers the generation it was sent with.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // True while drops may be sent with the current token.
  [[nodiscard]] bool usable() const { return generation_ > 0 && !refused_; }
  // True if every request that goes out needs a header of its own; otherwise all of a generation share one.
  [[nodiscard]] bool per_request() const { return signer_.has_value(); }
  // The line `Authorization: …` for one request; a secret. `url` is complete, `now` is our clock: only a
  // signature depends on them.
  [[nodiscard]] std::string authorization(std::string_view method, std::string_view url, WallTime now) const;

  // Puts `***` where a server repeats our token or client secret, or a good part of its beginning, in its
  // words: some gateways do so in their errors. True if there was any.
  bool hide_secrets(std::string& text) const;

  // True if a token request should be sent now; the caller sends it and calls sent(). Never while one is
  // under way.
  [[nodiscard]] bool due(TimePoint now) const;
  // When due() may become true by the passing of time; TimePoint::max() if never.
  [[nodiscard]] TimePoint wakes_at() const;
  // The form to post (application/x-www-form-urlencoded); a secret. `basic_header` is set where this server
  // wants the client in an Authorization header instead.
  struct TokenForm {
    std::string body;
    std::string basic_header;
  };
  [[nodiscard]] TokenForm form() const;
  void sent();
  // The request that was sent last, if it is still under way, will never be answered: its pool is gone.
  void forget_sent() { under_way_ = false; }

  // Somebody else gives up at that time, if that is earlier: for waiting_for().
  void gives_up_by(TimePoint at) { gives_up_by_ = at; }
  // Somebody else gives up after so many requests for a token, whenever that is; 0 = nobody. Likewise.
  void gives_up_after(int attempts) { gives_up_after_ = attempts; }

  // What the token server said. A Stop if it is of no use to go on.
  std::optional<Stop> answered(const Answer& answer, Moment now);

  // The server refused (accepted) an attempt that was sent with the token of that generation. A refusal of an
  // older token means nothing; the first of the current one asks for a new token; a token that was refused
  // before it was ever accepted, for the second time in a row, is a Stop. A ready token is read again. A
  // signature that was refused by a server in another time (`server_ahead` of ours; empty if it did not say)
  // is made in that time from then on. The third refusal in a row of either is a Stop; once the server
  // accepted it, the twentieth. `why`: the server's words for the message of the Stop; may be empty.
  std::optional<Stop> refused(std::uint64_t generation, TimePoint now, const std::string& why,
                              std::optional<std::chrono::seconds> server_ahead = std::nullopt);
  void accepted(std::uint64_t generation);

  // How long the current token is good from when it came; empty if nobody said.
  [[nodiscard]] std::optional<Duration> lifetime() const { return lifetime_; }

  // For people: "getting a token", "token server unavailable, next try in 4 s", "the server's clock is 1 h
  // ahead of ours"; empty while all is well.
  [[nodiscard]] const std::string& waiting_for() const { return waiting_for_; }

 private:
  explicit Credentials(std::uint64_t seed) : random_(seed) {}
  bool refused_for_good();
  std::optional<Stop> ready_token_refused(TimePoint now, const std::string& why);
  std::optional<Stop> signature_refused(const std::string& why,
                                        std::optional<std::chrono::seconds> server_ahead);
  std::optional<Stop> unavailable(const std::string& why, std::optional<Duration> pause, TimePoint now);
  void take(Secret token, std::optional<Duration> lifetime, TimePoint now);

  std::optional<ClientCredentials> client_;
  std::optional<Signer> signer_;
  Reload reload_;
  Secret token_;
  Random random_;
  Duration outage_{};
  std::uint64_t generation_ = 0;
  bool basic_ = false;  // the server wants the client in a Basic header
  bool basic_was_tried_ = false;
  bool under_way_ = false;
  bool refused_ = false;    // the current token is refused
  bool accepted_ = false;   // the current token was accepted at least once
  int fresh_refusals_ = 0;  // tokens (signatures) in a row that were refused before one was accepted
  int failures_ = 0;        // token requests in a row that got no usable answer
  TimePoint next_try_{};    // for failures
  TimePoint unavailable_since_{};
  TimePoint gives_up_by_ = TimePoint::max();
  int gives_up_after_ = 0;
  std::optional<Duration> lifetime_;
  TimePoint refresh_at_ = TimePoint::max();
  std::string waiting_for_;
};

}  // namespace bulkdrop::pam
