// From an answer to a judgement. This is where "dropped" is decided, and nowhere else.
//
// `dropped` takes all of this: the transfer is complete; exactly one request went out; HTTP 200; the body is
// one valid JSON document in UTF-8 of at most 64 KiB; no member that matters stands there twice;
// `response.status` is 200, `response.error` is false (a boolean), `response.error_code` is 0; the Portuguese
// twins of these agree where they are present; the outer `code`, where present, is 200; nothing beside speaks
// of an error. The sentence for people has no part in it.
#pragma once

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/pam/envelope.hpp"

namespace bulkdrop::pam {

class Judge {
 public:
  // The reference lives until the next call.
  const Judgement& judge(const Answer& answer);

 private:
  void judge_transport(const Answer& answer);
  void judge_answer(const Answer& answer);
  bool judge_meaning(const Answer& answer, const Envelope& envelope);
  void judge_status(const Answer& answer, const Envelope& envelope);

  EnvelopeReader reader_;
  Judgement judgement_;
};

}  // namespace bulkdrop::pam
