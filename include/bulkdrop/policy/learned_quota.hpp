// Keeps within a quota of which a gateway says nothing before it turns somebody away, once that is known.
#pragma once

#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::policy {

// Who is turned away by it is told how long to wait (Retry-After): that is where its next window begins. If
// two windows in a row let as many through, so will the next, and they are as long as from one begin to the
// other. From there on nobody needs to be turned away. Now and then one more is asked for, in case there is
// more by now: after 4, 8, 16 … windows.
//
// Windows follow each other without a gap, or begin with the first request after the one before. The second
// kind shows when the first request of a window comes a moment too early.
//
// Pure: time is an argument. One thread.
class LearnedQuota {
 public:
  // When a request may go; TimePoint::min() while nothing is known against it.
  [[nodiscard]] TimePoint opens_at(TimePoint now) const {
    return is_used_up() && now < ends_ ? ends_ : TimePoint::min();
  }
  [[nodiscard]] bool is_known() const { return limit_.has_value(); }
  // The next request is one more than was let through before, and may be turned away.
  [[nodiscard]] bool tries_more() const { return limit_ && tries_more_ && passed() >= *limit_; }

  void took(TimePoint now);
  // The request with that number, counted from the first one on that took() was told of, was turned away;
  // `until`: the moment until when it is to wait. The requests that left with it are turned away, too.
  void turned_away(std::uint64_t order, TimePoint until);

 private:
  struct Window {
    std::uint64_t let_through;
    TimePoint until;
  };

  [[nodiscard]] std::uint64_t passed() const { return sent_ - began_; }
  [[nodiscard]] bool is_used_up() const { return limit_ && !tries_more_ && passed() >= *limit_; }
  void learn();
  void begin_window(TimePoint now);
  void forget();

  std::uint64_t sent_ = 0;
  std::uint64_t began_ = 0;            // sent_ when the window began
  std::optional<Window> turned_away_;  // in this window
  std::optional<Window> before_;
  std::optional<std::uint64_t> limit_;
  Duration period_{};
  TimePoint ends_{};
  TimePoint began_at_{};         // by its first request
  TimePoint began_before_at_{};  // the window before it
  bool begins_with_request_ = false;
  bool tries_more_ = false;
  int windows_ = 0;  // since it was learned
  int tries_more_after_ = 4;
};

}  // namespace bulkdrop::policy
