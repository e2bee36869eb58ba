// What a server saw of a run: when requests came, how many at once, what became of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "support/behaviour.hpp"

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::test {

class Observation {
 public:
  struct Seen {
    Duration from;  // since the start
    Duration to;
    bool good;          // it ended a session
    bool ended_unseen;  // … but the answer was lost
  };

  void add(const Seen& seen) { seen_.push_back(seen); }
  [[nodiscard]] std::size_t requests() const { return seen_.size(); }
  // Share of the requests that did not end a session; 0 if there were none.
  [[nodiscard]] double wasted() const;
  // Sessions that ended without an answer that says so.
  [[nodiscard]] std::size_t ended_unseen() const;
  // Most requests at once from then on.
  [[nodiscard]] std::size_t peak(Duration from) const;
  // Sessions ended from `from` until `to`.
  [[nodiscard]] std::size_t good_between(Duration from, Duration to) const;
  // How long after `from` it took until a second began in which, for the first time, as many sessions ended
  // as `rate` says. Empty if it never did.
  [[nodiscard]] std::optional<Duration> reaches(double rate, Duration from) const;
  [[nodiscard]] Duration last() const;

 private:
  std::vector<Seen> seen_;  // in the order of their arrival
};

// Writes down what `behind` does. `patience`: when the client goes away without an answer.
BehaviourPtr observed(Observation& into, BehaviourPtr behind, Duration patience = std::chrono::seconds(30));

}  // namespace bulkdrop::test
