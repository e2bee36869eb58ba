#include "bulkdrop/run/revision.hpp"

namespace bulkdrop::run {

std::optional<Result> taken_back(const Result& result, bool settled_by_it, WallTime now) {
  const bool rests_on_it =
      (result.status == Status::dropped && settled_by_it) ||
      (result.attempts > 0 && (result.status == Status::failed || result.status == Status::unsent));
  if (!rests_on_it) return std::nullopt;
  Result revised = result;
  revised.status = Status::unknown;
  revised.reason = Reason::bad_response;
  revised.message = "an answer too many came over this connection: whose answer this was is not known";
  revised.finished_at = now;
  return revised;
}

std::size_t take_back(record::Journal& journal, const std::string& path,
                      const std::vector<AnswerTrail::Mark>& distrusted, WallTime now) {
  if (distrusted.empty()) return 0;
  journal.sync();
  record::JournalReader reader(path);
  std::size_t changed = 0;
  for (const AnswerTrail::Mark& mark : distrusted) {
    const auto result = reader.result(mark.row);
    if (!result) continue;
    const auto revised = taken_back(*result, mark.settled, now);
    if (!revised) continue;
    journal.result(*revised, now);
    ++changed;
  }
  journal.sync();
  return changed;
}

}  // namespace bulkdrop::run
