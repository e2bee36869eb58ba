// Which rows were answered over which connection: when a connection turns out to have been out of step, the
// answers that came over it belong to nobody knows whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace bulkdrop::run {

class AnswerTrail {
 public:
  // An answer about `row` came over `connection` (0 = not known); `settled`: it was the row's last one.
  void add(std::uint64_t connection, std::uint64_t row, bool settled) {
    if (connection != 0) trails_[connection].push_back({row, settled});
  }
  // The connection is over, and its answers stand.
  void forget(std::uint64_t connection) { trails_.erase(connection); }
  // Its answers don't stand. Returns how many there are.
  std::size_t distrust(std::uint64_t connection);

  // True while there are answers that may turn out to be out of step.
  [[nodiscard]] bool pending() const { return !trails_.empty(); }

  struct Mark {
    std::uint64_t row;
    bool settled;  // the result rests on the distrusted answer; otherwise only an earlier attempt does
    bool operator<(const Mark& other) const {
      return row != other.row ? row < other.row : settled && !other.settled;
    }
  };
  // All rows with an answer that does not stand, each once, in their order.
  [[nodiscard]] std::vector<Mark> distrusted() const;

 private:
  std::unordered_map<std::uint64_t, std::vector<Mark>> trails_;
  std::vector<Mark> distrusted_;
};

}  // namespace bulkdrop::run
