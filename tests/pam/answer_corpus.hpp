// Answers with what they mean, written down by hand from the API's documentation: what the classifier is held
// against.
#pragma once

#include <string>
#include <vector>

#include "answers.hpp"

namespace bulkdrop::pam::test {

struct Expected {
  Verdict verdict;
  Reason reason;
  bool doubt = false;
  bool documented = false;
  bool pause = false;  // Retry-After counts
  StopKind stop = StopKind::config;
  std::string advice = {};  // words of it
};

struct CorpusAnswer {
  std::string body;
  int http_status = 200;
  int wire_sends = 1;
  TransportError error = TransportError::none;
  Expected expected;

  [[nodiscard]] Judgement judged(std::span<const Rule> rules) const {
    Given given(body, http_status, wire_sends);
    given.with({{"Retry-After", "7"}, {"X-Request-Id", "abc-1"}});
    if (error != TransportError::none) given.failing(error, "words");
    Judge judge(rules);
    return judge.judge(given.get(), WallTime());
  }

  [[nodiscard]] Signs signs() const {
    Given given(body, http_status, wire_sends);
    if (error != TransportError::none) given.failing(error, "words");
    EnvelopeReader reader;
    return signs_of(given.get(),
                    reader.read(error == TransportError::none ? given.get().body : std::string_view()));
  }

  // Empty, or what is not as expected.
  [[nodiscard]] std::string difference(const Judgement& j) const {
    if (j.verdict != expected.verdict) return "verdict";
    if (j.reason != expected.reason) return "reason";
    if (j.doubt != expected.doubt) return "doubt";
    if (j.documented != expected.documented) return "documented";
    if (j.pause.has_value() != expected.pause) return "pause";
    const bool concerns_all = j.verdict == Verdict::run_wide || j.verdict == Verdict::auth;
    if (concerns_all && j.stop != expected.stop) return "stop";
    if (concerns_all == j.advice.empty()) return "advice";
    if (j.advice.find(expected.advice) == std::string::npos) return "words of the advice";
    if (j.message.empty()) return "message";
    if ((j.request_id == "abc-1") != (j.verdict != Verdict::dropped)) return "request ID";
    return "";
  }

  [[nodiscard]] std::string name() const {
    return fmt::format("HTTP {}, {} sent, transport error {}: {}", http_status, wire_sends,
                       static_cast<int>(error), printable(body).substr(0, 200));
  }
};

// The documented errors, and how each is worded in the languages of the product.
struct DocumentedError {
  std::string sentence;
  int http_status;
  Expected expected;
};
const std::vector<DocumentedError>& documented_errors();

const std::vector<CorpusAnswer>& answer_corpus();

}  // namespace bulkdrop::pam::test
