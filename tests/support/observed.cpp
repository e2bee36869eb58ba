#include "support/observed.hpp"

#include <algorithm>
#include <utility>

namespace bulkdrop::test {
namespace {

bool is_silent(Deed deed) {
  return deed == Deed::silent || deed == Deed::executed_silent;
}

class Observed final : public Behaviour {
 public:
  Observed(Observation& into, BehaviourPtr behind, Duration patience)
      : into_(into), behind_(std::move(behind)), patience_(patience) {}
  Treatment treat(const Arrival& arrival) override {
    Treatment treatment = behind_->treat(arrival);
    const TimePoint gone = arrival.at + patience_;
    const TimePoint to = is_silent(treatment.deed) ? gone : std::min(treatment.answered, gone);
    const bool ends = treatment.deed == Deed::drop && treatment.answered <= gone;
    const bool ends_unseen = treatment.deed == Deed::executed_silent ||
                             (treatment.deed == Deed::drop && treatment.answered > gone);
    into_.add({arrival.since_start(), to - kStart, ends, ends_unseen});
    return treatment;
  }

 private:
  Observation& into_;
  BehaviourPtr behind_;
  Duration patience_;
};

}  // namespace

double Observation::wasted() const {
  if (seen_.empty()) return 0;
  const auto bad = std::count_if(seen_.begin(), seen_.end(), [](const Seen& seen) { return !seen.good; });
  return static_cast<double>(bad) / static_cast<double>(seen_.size());
}

std::size_t Observation::ended_unseen() const {
  return static_cast<std::size_t>(
      std::count_if(seen_.begin(), seen_.end(), [](const Seen& seen) { return seen.ended_unseen; }));
}

std::size_t Observation::peak(Duration from) const {
  std::vector<std::pair<Duration, int>> changes;
  for (const Seen& seen : seen_) {
    if (seen.to <= from) continue;
    changes.emplace_back(seen.from, 1);
    changes.emplace_back(seen.to, -1);  // sorts before what begins at that moment
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t now = 0;
  std::int64_t most = 0;
  for (const auto& [at, change] : changes) {
    if (at >= from) most = std::max(most, now);  // those from before are there, too
    now += change;
  }
  return static_cast<std::size_t>(most);
}

std::size_t Observation::good_between(Duration from, Duration to) const {
  return static_cast<std::size_t>(std::count_if(seen_.begin(), seen_.end(), [&](const Seen& seen) {
    return seen.good && seen.to >= from && seen.to < to;
  }));
}

std::optional<Duration> Observation::reaches(double rate, Duration from) const {
  std::vector<Duration> ends;
  for (const Seen& seen : seen_)
    if (seen.good && seen.to >= from) ends.push_back(seen.to);
  std::sort(ends.begin(), ends.end());
  const auto wanted = static_cast<std::size_t>(std::max(1.0, rate));
  for (std::size_t i = 0; i + wanted <= ends.size(); ++i)
    if (ends[i + wanted - 1] - ends[i] <= std::chrono::seconds(1)) return ends[i] - from;
  return std::nullopt;
}

Duration Observation::last() const {
  Duration last{};
  for (const Seen& seen : seen_) last = std::max(last, seen.to);
  return last;
}

BehaviourPtr observed(Observation& into, BehaviourPtr behind, Duration patience) {
  return std::make_unique<Observed>(into, std::move(behind), patience);
}

}  // namespace bulkdrop::test
