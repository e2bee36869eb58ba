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

class Workers final : public Behaviour {
 public:
  Workers(std::size_t count, Latency latency) : latency_(std::move(latency)) {
    for (std::size_t i = 0; i < count; ++i) free_from_.push(TimePoint{});
  }
  Treatment treat(const Arrival& arrival) override {
    const TimePoint done = std::max(free_from_.top(), arrival.at) + latency_(arrival);
    free_from_.pop();
    free_from_.push(done);
    return {Deed::drop, done};
  }

 private:
  Latency latency_;
  std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> free_from_;
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

}  // namespace

Latency exactly(Duration time) {
  return [time](const Arrival&) { return time; };
}

Latency between(Duration least, Duration most) {
  return [least, range = static_cast<double>((most - least).count())](const Arrival& arrival) {
    return least + Duration(static_cast<std::int64_t>(range * arrival.random.uniform()));
  };
}

Latency usual_latency() {
  return between(std::chrono::milliseconds(10), std::chrono::milliseconds(30));
}

BehaviourPtr unlimited(Latency latency) {
  return always(Deed::drop, std::move(latency));
}

BehaviourPtr workers(std::size_t count, Latency latency) {
  return std::make_unique<Workers>(count, std::move(latency));
}

BehaviourPtr always(Deed deed, Latency latency) {
  return std::make_unique<Same>(deed, std::move(latency));
}

BehaviourPtr during(Duration from, Duration to, BehaviourPtr instead, BehaviourPtr otherwise) {
  return std::make_unique<During>(from, to, std::move(instead), std::move(otherwise));
}

BehaviourPtr faulty(std::map<Deed, double> shares, BehaviourPtr otherwise) {
  return std::make_unique<Faulty>(std::move(shares), std::move(otherwise));
}

BehaviourPtr throttling_with(Headers headers, BehaviourPtr behind) {
  return std::make_unique<ThrottlingWith>(std::move(headers), std::move(behind));
}

}  // namespace bulkdrop::test
