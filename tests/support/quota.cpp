#include "support/quota.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace bulkdrop::test {
namespace {

// RFC 9110 §5.6.7.
std::string http_date(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

class Quota final : public Behaviour {
 public:
  Quota(std::uint64_t limit, std::chrono::seconds window, Dialect dialect, BehaviourPtr behind)
      : limit_(limit), window_(window), dialect_(dialect), behind_(std::move(behind)) {}

  Treatment treat(const Arrival& arrival) override {
    const auto number = arrival.since_start() / Duration(window_);
    if (number != number_) used_ = 0;
    number_ = number;
    const bool over = used_ >= limit_;
    if (!over) ++used_;
    Treatment treatment = over ? Treatment{Deed::throttled, arrival.at + std::chrono::milliseconds(1)}
                               : behind_->treat(arrival);
    tell(treatment, kStart + (number + 1) * Duration(window_));
    return treatment;
  }

 private:
  void tell(Treatment& treatment, TimePoint next_window) const {
    const bool throttled = treatment.deed == Deed::throttled;
    const Moment now = moment(treatment.answered);
    const auto wait =
        std::chrono::ceil<std::chrono::seconds>(std::max(next_window - now.mono, Duration::zero()));
    treatment.headers.set("Date", http_date(now.wall));
    switch (dialect_) {
      case Dialect::silent:
        return;
      case Dialect::retry_after_seconds:
        if (throttled) treatment.headers.set("Retry-After", std::to_string(wait.count()));
        return;
      case Dialect::retry_after_date:
        if (throttled) treatment.headers.set("Retry-After", http_date(now.wall + wait));
        return;
      case Dialect::ratelimit:
        return tell_counts(treatment, "RateLimit-", wait.count());
      case Dialect::x_ratelimit:
        return tell_counts(
            treatment, "X-RateLimit-",
            std::chrono::ceil<std::chrono::seconds>(moment(next_window).wall).time_since_epoch().count());
    }
  }

  void tell_counts(Treatment& treatment, const std::string& prefix, std::int64_t reset) const {
    treatment.headers.set(prefix + "Limit", std::to_string(limit_));
    treatment.headers.set(prefix + "Remaining", std::to_string(limit_ - used_));
    treatment.headers.set(prefix + "Reset", std::to_string(reset));
  }

  std::uint64_t limit_;
  std::chrono::seconds window_;
  Dialect dialect_;
  BehaviourPtr behind_;
  std::int64_t number_ = 0;  // of the window
  std::uint64_t used_ = 0;   // of it
};

}  // namespace

BehaviourPtr quota(std::uint64_t limit, std::chrono::seconds window, Dialect dialect, BehaviourPtr behind) {
  return std::make_unique<Quota>(limit, window, dialect, std::move(behind));
}

}  // namespace bulkdrop::test
