#include "bulkdrop/policy/failure_guard.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace bulkdrop::policy {

void FailureGuard::refused_once() {
  ++waiting_;
  refused_ = true;
  good_ /= 2;
}

void FailureGuard::settled(Status status) {
  ++settled_;
  if (status == Status::dropped) ++good_;
  if (status != Status::failed && status != Status::unknown) return;
  ++failures_;
  refused_ = true;
  good_ /= 2;
}

bool FailureGuard::may_begin(std::size_t in_flight) const {
  if (!limit_ || limit_->count == 0 || !refused_) return true;
  const std::uint64_t left = limit_->count - std::min(limit_->count, failures_);
  return in_flight + waiting_ < left + good_;
}

std::optional<Stop> FailureGuard::stop(std::size_t in_flight) const {
  if (!limit_ || failures_ == 0) return std::nullopt;
  const auto [count, share] = *limit_;
  const auto settled = static_cast<double>(settled_);
  const bool by_share = count == 0 && settled_ >= FailureLimit::kSharedFrom &&
                        static_cast<double>(failures_) >= share * settled;
  if (!by_share && (count == 0 || failures_ < count)) return std::nullopt;
  std::string more = in_flight == 0 ? "" : ", but those in flight finish, and may fail as well";
  if (waiting_ > 0)
    more += fmt::format("; {} more {} refused once, {} not asked a second time, and count{} as failed, too",
                        waiting_, waiting_ == 1 ? "was" : "were", waiting_ == 1 ? "is" : "are",
                        waiting_ == 1 ? "s" : "");
  return Stop{
      StopKind::max_failures, ExitCode::safety_limit,
      fmt::format("{} of {} sessions failed or are unknown (--max-failures): no further one is asked for{}",
                  failures_, settled_, more)};
}

}  // namespace bulkdrop::policy
