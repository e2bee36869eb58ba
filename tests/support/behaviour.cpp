#include "support/behaviour.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace bulkdrop::test {
namespace {

Treatment refusal(const Arrival& arrival) {
  return {Deed::refused, arrival.at + std::chrono::milliseconds(1)};
}

// A server that does one thing for as many as come.
class Same final : public Behaviour {
 public:
  Same(Deed deed, Latency latency) : deed_(deed), latency_(std::move(latency)) {}
  Treatment treat(const Arrival& arrival) override {
    if (deed_ == Deed::refused) return refusal(arrival);
    return {deed_, arrival.at + latency_(arrival)};
  }

 private:
  Deed deed_;
  Latency latency_;
};

// The times at which requests will be done, the next one first.
using DoneTimes = std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>>;

void forget_past(DoneTimes& times, TimePoint now) {
  while (!times.empty() && times.top() <= now) times.pop();
}

class Workers final : public Behaviour {
 public:
  Workers(std::size_t count, Latency latency, std::size_t most_waiting)
      : latency_(std::move(latency)), most_waiting_(most_waiting) {
    for (std::size_t i = 0; i < count; ++i) free_from_.push(TimePoint{});
  }
  Treatment treat(const Arrival& arrival) override {
    forget_past(waiting_until_, arrival.at);
    const TimePoint begins = std::max(free_from_.top(), arrival.at);
    if (begins > arrival.at) {
      if (waiting_until_.size() >= most_waiting_)
        return {Deed::unavailable, arrival.at + std::chrono::milliseconds(1)};
      waiting_until_.push(begins);
    }
    const TimePoint done = begins + latency_(arrival);
    free_from_.pop();
    free_from_.push(done);
    return {Deed::drop, done};
  }

 private:
  Latency latency_;
  std::size_t most_waiting_;
  DoneTimes free_from_;  // one for each worker
  DoneTimes waiting_until_;
};

class Crowded final : public Behaviour {
 public:
  Crowded(std::size_t knee, Latency latency) : knee_(knee), latency_(std::move(latency)) {}
  Treatment treat(const Arrival& arrival) override {
    forget_past(busy_until_, arrival.at);
    const double crowd = static_cast<double>(busy_until_.size() + 1) / static_cast<double>(knee_);
    const auto alone = static_cast<double>(latency_(arrival).count());
    const TimePoint done = arrival.at + Duration(static_cast<std::int64_t>(alone * std::max(1.0, crowd)));
    busy_until_.push(done);
    return {Deed::drop, done};
  }

 private:
  std::size_t knee_;
  Latency latency_;
  DoneTimes busy_until_;
};

class Quick final : public Behaviour {
 public:
  Quick(Duration alone, Duration each) : alone_(alone), each_(each) {}
  Treatment treat(const Arrival& arrival) override {
    forget_past(busy_until_, arrival.at);
    const TimePoint done = arrival.at + alone_ + each_ * static_cast<int>(busy_until_.size());
    busy_until_.push(done);
    return {Deed::drop, done};
  }

 private:
  Duration alone_;
  Duration each_;
  DoneTimes busy_until_;
};

class During final : public Behaviour {
 public:
  During(Duration from, Duration to, BehaviourPtr instead, BehaviourPtr otherwise)
      : from_(from), to_(to), instead_(std::move(instead)), otherwise_(std::move(otherwise)) {}
  Treatment treat(const Arrival& arrival) override {
    const bool now = arrival.since_start() >= from_ && arrival.since_start() < to_;
    return (now ? instead_ : otherwise_)->treat(arrival);
  }

 private:
  Duration from_;
  Duration to_;
  BehaviourPtr instead_;
  BehaviourPtr otherwise_;
};

class Straining final : public Behaviour {
 public:
  Straining(std::size_t most, Duration recovers_in, BehaviourPtr strained, BehaviourPtr otherwise)
      : most_(most),
        recovers_in_(recovers_in),
        strained_(std::move(strained)),
        otherwise_(std::move(otherwise)) {}
  Treatment treat(const Arrival& arrival) override {
    forget_past(busy_until_, arrival.at);
    if (busy_until_.size() >= most_) strained_until_ = arrival.at + recovers_in_;
    Treatment treatment = (arrival.at <= strained_until_ ? strained_ : otherwise_)->treat(arrival);
    busy_until_.push(treatment.answered);
    return treatment;
  }

 private:
  std::size_t most_;
  Duration recovers_in_;
  BehaviourPtr strained_;
  BehaviourPtr otherwise_;
  DoneTimes busy_until_;
  TimePoint strained_until_ = TimePoint::min();
};

class Faulty final : public Behaviour {
 public:
  Faulty(std::map<Deed, double> shares, BehaviourPtr otherwise)
      : shares_(std::move(shares)), otherwise_(std::move(otherwise)) {}
  Treatment treat(const Arrival& arrival) override {
    double draw = arrival.random.uniform();
    for (const auto& [deed, share] : shares_) {
      if ((draw -= share) >= 0) continue;
      if (deed == Deed::refused) return refusal(arrival);
      Treatment treatment = otherwise_->treat(arrival);
      treatment.deed = deed;
      return treatment;
    }
    return otherwise_->treat(arrival);
  }

 private:
  std::map<Deed, double> shares_;
  BehaviourPtr otherwise_;
};

class TurningAway final : public Behaviour {
 public:
  TurningAway(double share, BehaviourPtr behind) : share_(share), behind_(std::move(behind)) {}
  Treatment treat(const Arrival& arrival) override {
    if (arrival.random.uniform() >= share_) return behind_->treat(arrival);
    return {Deed::unavailable, arrival.at + std::chrono::milliseconds(1)};
  }

 private:
  double share_;
  BehaviourPtr behind_;
};

class Distant final : public Behaviour {
 public:
  Distant(Duration there_and_back, BehaviourPtr behind)
      : there_and_back_(there_and_back), behind_(std::move(behind)) {}
  Treatment treat(const Arrival& arrival) override {
    Treatment treatment = behind_->treat(arrival);
    treatment.answered += there_and_back_;
    return treatment;
  }

 private:
  Duration there_and_back_;
  BehaviourPtr behind_;
};

class InTurn final : public Behaviour {
 public:
  explicit InTurn(std::vector<BehaviourPtr> nodes) : nodes_(std::move(nodes)) {}
  Treatment treat(const Arrival& arrival) override { return nodes_[next_++ % nodes_.size()]->treat(arrival); }

 private:
  std::vector<BehaviourPtr> nodes_;
  std::size_t next_ = 0;
};

class StandingStill final : public Behaviour {
 public:
  StandingStill(Duration from, Duration to, BehaviourPtr behind)
      : from_(from), to_(to), behind_(std::move(behind)) {}
  Treatment treat(const Arrival& arrival) override {
    Treatment treatment = behind_->treat(arrival);
    const Duration arrived = arrival.since_start();
    const TimePoint stops = arrival.at + (from_ - arrived);
    if (arrived < to_ && treatment.answered > stops) treatment.answered += to_ - std::max(from_, arrived);
    return treatment;
  }

 private:
  Duration from_;
  Duration to_;
  BehaviourPtr behind_;
};

class TurningAwayBy final : public Behaviour {
 public:
  TurningAwayBy(Deed deed, BehaviourPtr behind) : deed_(deed), behind_(std::move(behind)) {}
  Treatment treat(const Arrival& arrival) override {
    Treatment treatment = behind_->treat(arrival);
    if (treatment.deed == Deed::unavailable) treatment.deed = deed_;
    return treatment;
  }

 private:
  Deed deed_;
  BehaviourPtr behind_;
};

class ThrottlingWith final : public Behaviour {
 public:
  ThrottlingWith(Headers headers, BehaviourPtr behind)
      : headers_(std::move(headers)), behind_(std::move(behind)) {}
  Treatment treat(const Arrival& arrival) override {
    Treatment treatment = behind_->treat(arrival);
    if (treatment.deed == Deed::throttled) treatment.headers = headers_;
    return treatment;
  }

 private:
  Headers headers_;
  BehaviourPtr behind_;
};

class Spaced final : public Behaviour {
 public:
  Spaced(Duration interval, std::size_t burst, BehaviourPtr behind)
      : interval_(interval), burst_(static_cast<std::int64_t>(burst)), behind_(std::move(behind)) {}
  Treatment treat(const Arrival& arrival) override {
    const TimePoint due = std::max(due_, arrival.at);
    if (due - arrival.at > burst_ * interval_)
      return {Deed::unavailable, arrival.at + std::chrono::milliseconds(1)};
    due_ = due + interval_;
    return behind_->treat(arrival);
  }

 private:
  Duration interval_;
  std::int64_t burst_;
  BehaviourPtr behind_;
  TimePoint due_{};
};

}  // namespace

BehaviourPtr unlimited(Latency latency) {
  return always(Deed::drop, std::move(latency));
}

BehaviourPtr workers(std::size_t count, Latency latency, std::size_t most_waiting) {
  return std::make_unique<Workers>(count, std::move(latency), most_waiting);
}

BehaviourPtr crowded(std::size_t knee, Latency latency) {
  return std::make_unique<Crowded>(knee, std::move(latency));
}

BehaviourPtr quick(Duration alone, Duration each) {
  return std::make_unique<Quick>(alone, each);
}

BehaviourPtr always(Deed deed, Latency latency) {
  return std::make_unique<Same>(deed, std::move(latency));
}

BehaviourPtr during(Duration from, Duration to, BehaviourPtr instead, BehaviourPtr otherwise) {
  return std::make_unique<During>(from, to, std::move(instead), std::move(otherwise));
}

BehaviourPtr straining(std::size_t most, Duration recovers_in, BehaviourPtr strained,
                       BehaviourPtr otherwise) {
  return std::make_unique<Straining>(most, recovers_in, std::move(strained), std::move(otherwise));
}

BehaviourPtr faulty(std::map<Deed, double> shares, BehaviourPtr otherwise) {
  return std::make_unique<Faulty>(std::move(shares), std::move(otherwise));
}

BehaviourPtr turning_away(double share, BehaviourPtr behind) {
  return std::make_unique<TurningAway>(share, std::move(behind));
}

BehaviourPtr distant(Duration there_and_back, BehaviourPtr behind) {
  return std::make_unique<Distant>(there_and_back, std::move(behind));
}

BehaviourPtr in_turn(std::vector<BehaviourPtr> nodes) {
  return std::make_unique<InTurn>(std::move(nodes));
}

BehaviourPtr spaced(Duration interval, std::size_t burst, BehaviourPtr behind) {
  return std::make_unique<Spaced>(interval, burst, std::move(behind));
}

BehaviourPtr standing_still(Duration from, Duration to, BehaviourPtr behind) {
  return std::make_unique<StandingStill>(from, to, std::move(behind));
}

BehaviourPtr turning_away_by(Deed deed, BehaviourPtr behind) {
  return std::make_unique<TurningAwayBy>(deed, std::move(behind));
}

BehaviourPtr throttling_with(Headers headers, BehaviourPtr behind) {
  return std::make_unique<ThrottlingWith>(std::move(headers), std::move(behind));
}

}  // namespace bulkdrop::test
