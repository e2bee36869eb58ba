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

  // The reference lives until the next call.
  const Judgement& judge(const Answer& answer);

 private:
  std::span<const Rule> rules_;
  EnvelopeReader reader_;
  Judgement judgement_;
};

}  // namespace bulkdrop::pam
