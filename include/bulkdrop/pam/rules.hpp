// The classifier: one table from what an answer looks like to what it means.
//
// The first rule that fits decides. On top of every rule: what is said about another number of requests than
// one, or by a body that contradicts itself, leaves doubt.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/pam/envelope.hpp"
#include "bulkdrop/pam/message.hpp"

namespace bulkdrop::pam {

// How often the request was handed to the wire.
enum class Sends : std::uint8_t { none, once, several };

// What a complete body is.
enum class Body : std::uint8_t {
  success,        // the documented success, whole and unambiguous
  drop_error,     // an error envelope with `status` 500 and `error_code` 1, as the documented drop error has
                  // them
  error,          // an error envelope with other numbers
  odd_error,      // an error envelope in which the status or the code says success
  contradictory,  // says a thing twice and differently, or says success but not all of it
  message,        // a sentence of a gateway or of an OAuth 2.0 server under an HTTP error status
  other,          // everything else: empty, HTML, cut, not JSON, other JSON
};

// The values of an enumeration for which a rule applies.
template <typename E>
class OneOf {
 public:
  template <typename... Values>
  static constexpr OneOf of(Values... values) {
    OneOf set;
    set.bits_ = ((1U << static_cast<unsigned>(values)) | ... | 0U);
    return set;
  }
  static constexpr OneOf any() {
    OneOf set;
    set.bits_ = ~0U;
    return set;
  }
  [[nodiscard]] constexpr bool has(E value) const {
    return (bits_ >> static_cast<unsigned>(value) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool is_any() const { return bits_ == ~0U; }
  constexpr void toggle(E value) { bits_ ^= 1U << static_cast<unsigned>(value); }

 private:
  std::uint32_t bits_ = 0;
};

struct Rule {
  std::string_view seen;  // for people: what such an answer looks like
  // What it looks like.
  OneOf<TransportError> transport = OneOf<TransportError>::of(TransportError::none);
  OneOf<Sends> sends = OneOf<Sends>::any();
  int from_status = 0;
  int to_status = 999;
  OneOf<Body> bodies = OneOf<Body>::any();
  OneOf<Meaning> meanings = OneOf<Meaning>::any();
  // What it means.
  Verdict verdict = Verdict::untrusted;
  Reason reason = Reason::bad_response;
  bool doubt = false;
  bool documented = false;
  bool asks_for_pause = false;  // Retry-After and its like count
  StopKind stop = StopKind::config;
  std::string_view advice = {};  // where the reason's own does not fit
};

// Everything that the rules ask of an answer.
struct Signs {
  TransportError transport = TransportError::none;
  Sends sends = Sends::once;
  int http_status = 0;
  Body body = Body::other;
  Meaning meaning = Meaning::none;  // of an error's sentence; that of a success is not read

  // The answer leaves doubt whatever the rule says.
  [[nodiscard]] bool doubtful() const;
};

Signs signs_of(const Answer& answer, const Envelope& envelope);

// Covers every answer: the last rule fits all.
std::span<const Rule> rules();

// The first of `rules` that fits; the last one if none does.
const Rule& rule_for(const Signs& signs, std::span<const Rule> rules);

}  // namespace bulkdrop::pam
