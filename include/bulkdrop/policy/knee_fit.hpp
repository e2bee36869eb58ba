// From how long answers took at different widths of the window to how many requests the server works on at
// once.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace bulkdrop::policy {

// A server that works on k requests at once, s seconds on each, takes s for an answer while no more than k
// are in flight, and s · n/k with n of them (Little's law). Both are fitted to all that was seen, each
// observation weighted by how exact it is: what a few answers of a server with very different ones say is
// little, and together they say enough.
class KneeFit {
 public:
  void clear() { seen_.clear(); }
  // So many answers took `latency` seconds on average while so many were in flight; `spread`: the standard
  // deviation of one, as a share of that.
  void add(double in_flight, double latency, double spread, double answers);

  // The widest of all.
  [[nodiscard]] double widest() const;
  [[nodiscard]] double narrowest() const;

  struct Knee {
    double in_flight;
    double service;  // seconds
    // False if chance explains as well that there is none up to the widest.
    bool certain;
  };
  // Of at least one observation. If all were beyond the knee, it is the narrowest: it may lie anywhere below.
  [[nodiscard]] Knee fit() const;

 private:
  struct Seen {
    double log_in_flight;
    double log_latency;
    double spread;
    double answers;
  };
  struct Line {
    double log_service;
    double misfit;  // chi squared
  };
  [[nodiscard]] double weight(const Seen& seen) const;
  [[nodiscard]] Line line(double log_knee) const;

  std::vector<Seen> seen_;
  double variance_ = 0;  // of one answer, of all that was seen
};

}  // namespace bulkdrop::policy
