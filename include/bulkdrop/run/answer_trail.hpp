// Which rows were answered over which connection: when a connection turns out to have been out of step, the
// answers that came over it belong to nobody knows whom.
#pragma once

#include <cstdint>
#include <iterator>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bulkdrop::run {

class AnswerTrail {
 public:
  struct Mark {
    std::uint64_t row;
    bool settled;  // it was the row's last answer
  };
  // An answer about `row` came over `connection` (0 = not known).
  void add(std::uint64_t connection, std::uint64_t row, bool settled) {
    if (connection != 0) trails_[connection].push_back({row, settled});
  }
  // The connection is over, and its answers stand.
  void forget(std::uint64_t connection) { trails_.erase(connection); }
  // Its answers don't stand: those are they.
  std::vector<Mark> distrust(std::uint64_t connection) {
    const auto trail = trails_.extract(connection);
    return trail ? std::move(trail.mapped()) : std::vector<Mark>();
  }
  // The results of rows below this number are final, whatever comes over their connections.
  void forget_rows_below(std::uint64_t row) {
    if (row <= final_below_) return;
    final_below_ = row;
    for (auto trail = trails_.begin(); trail != trails_.end();) {
      std::erase_if(trail->second, [row](const Mark& mark) { return mark.row < row; });
      trail = trail->second.empty() ? trails_.erase(trail) : std::next(trail);
    }
  }
  // True while there are answers that may turn out to be out of step.
  [[nodiscard]] bool pending() const { return !trails_.empty(); }

 private:
  std::unordered_map<std::uint64_t, std::vector<Mark>> trails_;
  std::uint64_t final_below_ = 0;
};

}  // namespace bulkdrop::run
