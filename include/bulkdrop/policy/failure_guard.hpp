// --max-failures: when so many sessions failed that the run stops, and, once one was refused, how many more
// may be at risk before that is known. A refused session is asked a second time after a while; a fast server
// could refuse hundreds of others meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"
#include "bulkdrop/policy/limits.hpp"

namespace bulkdrop::policy {

class FailureGuard {
 public:
  explicit FailureGuard(std::optional<FailureLimit> limit) : limit_(limit) {}

  // A session was refused and waits for its second try; and it has that, or the run ended before.
  void refused_once();
  void asked_again() { --waiting_; }
  // A session has its result.
  void settled(Status status);

  // True if another session may be asked for. At risk are those in flight and those that were refused once:
  // no more of them than may still fail, and than were dropped lately one after the other. Nothing was
  // refused yet, or the limit is a share: always.
  [[nodiscard]] bool may_begin(std::size_t in_flight) const;

  // What stops the run, if so many failed.
  [[nodiscard]] std::optional<Stop> stop(std::size_t in_flight) const;

 private:
  std::optional<FailureLimit> limit_;
  std::uint64_t settled_ = 0;
  std::uint64_t failures_ = 0;  // of those
  std::uint64_t waiting_ = 0;   // refused once
  bool refused_ = false;        // one was, ever
  std::uint64_t good_ = 0;      // dropped lately: each refusal halves it
};

}  // namespace bulkdrop::policy
