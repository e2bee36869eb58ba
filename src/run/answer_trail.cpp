#include "bulkdrop/run/answer_trail.hpp"

#include <algorithm>

namespace bulkdrop::run {

std::size_t AnswerTrail::distrust(std::uint64_t connection) {
  const auto trail = trails_.find(connection);
  if (trail == trails_.end()) return 0;
  const std::size_t answers = trail->second.size();
  distrusted_.insert(distrusted_.end(), trail->second.begin(), trail->second.end());
  trails_.erase(trail);
  return answers;
}

std::vector<AnswerTrail::Mark> AnswerTrail::distrusted() const {
  std::vector<Mark> marks = distrusted_;
  std::sort(marks.begin(), marks.end());
  // Of a row's marks the one that weighs most is first.
  marks.erase(
      std::unique(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.row == b.row; }),
      marks.end());
  return marks;
}

}  // namespace bulkdrop::run
