// How many requests may be second tries: a server in trouble must not be given more work than it had before.
#pragma once

#include <algorithm>

namespace bulkdrop::policy {

// A bucket of tokens: what succeeds pays in, a second try takes out, one after a timeout more, since its
// request may still be at work over there. An empty one means that fresh rows go first; nothing fails for it.
class RetryBudget {
 public:
  static constexpr int kMost = 500;
  static constexpr int kRetry = 10;  // at most one request in eleven, in the long run
  static constexpr int kRetryAfterTimeout = 28;

  [[nodiscard]] bool exhausted() const { return tokens_ < kRetry; }
  void succeeded() { tokens_ = std::min(kMost, tokens_ + 1); }
  void retried(bool after_timeout) {
    tokens_ = std::max(0, tokens_ - (after_timeout ? kRetryAfterTimeout : kRetry));
  }

 private:
  int tokens_ = kMost;
};

}  // namespace bulkdrop::policy
