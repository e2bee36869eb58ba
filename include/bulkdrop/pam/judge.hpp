// From an answer to a judgement: the rules' conclusion (rules.hpp), and words for people. "dropped" is
// decided by those rules and nowhere else.
#pragma once

#include <span>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/judgement.hpp"
#include "bulkdrop/pam/envelope.hpp"
#include "bulkdrop/pam/rules.hpp"

namespace bulkdrop::pam {

// Not for several threads at once.
class Judge {
 public:
  // The rules must outlive the judge.
  explicit Judge(std::span<const Rule> rules = pam::rules()) : rules_(rules) {}

  // `now`: what it is by our clock, for servers that don't say by theirs. The reference lives until the next
  // call.
  const Judgement& judge(const Answer& answer, WallTime now);

 private:
  [[nodiscard]] std::optional<Quota> quota_of(const Answer& answer, WallTime now);

  std::span<const Rule> rules_;
  EnvelopeReader reader_;
  Judgement judgement_;
  unsigned answers_without_quota_ = 0;
};

}  // namespace bulkdrop::pam
