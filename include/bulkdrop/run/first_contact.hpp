// The beginning of a run, until anything at all was reached: a host name that has no address then is most
// likely mistyped, and nobody should wait for --outage to hear of it. Later on it is a name server that is
// away. Where a name is no trouble but nothing ever answers, it may be the port; where nobody chose an
// --outage, that is given up sooner, too.
#pragma once

#include <optional>
#include <string>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/stop.hpp"

namespace bulkdrop::run {

// One for each time that a process sends. Pure: time is an argument.
class FirstContact {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(15);

  // `outage`: --outage, if that is shorter. `first_answer`: how long to wait for any answer; empty = no limit
  // of ours.
  explicit FirstContact(Duration outage, std::optional<Duration> first_answer = std::nullopt)
      : patience_(outage < kPatience ? outage : kPatience), first_answer_(first_answer) {}

  // Every answer, to whatever was asked. True if it is the first that says that the name has no address.
  bool answered(const Answer& answer);

  // When it must be given up; TimePoint::max() while there is no reason.
  [[nodiscard]] TimePoint gives_up_at() const;
  // The stop, once that time has come. An outage, not a wrong URL: a mistyped name can't be told from a name
  // server that does not answer for it now.
  [[nodiscard]] std::optional<Stop> stop(TimePoint now) const;
  // For people, after the first one: what is wrong, and until when it is tried again.
  [[nodiscard]] std::string warning() const;

 private:
  bool unreached(const Answer& answer);

  Duration patience_;
  std::optional<Duration> first_answer_;
  bool found_ = false;  // the name had an address, once
  bool met_ = false;    // something answered, or took a connection and kept it
  std::optional<TimePoint> since_;
  std::string words_;  // the transport's, which name the host
};

}  // namespace bulkdrop::run
