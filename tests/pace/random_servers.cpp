#include "random_servers.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

#include "support/latency.hpp"
#include "support/quota.hpp"
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::run {
namespace {

using namespace test;
using namespace std::chrono_literals;

using Seconds = std::chrono::duration<double>;

Duration duration(double seconds) {
  return std::chrono::duration_cast<Duration>(Seconds(seconds));
}

// Numbers of servers, by chance.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}
  double between(double least, double most) { return least + (most - least) * random_.uniform(); }
  // Small and large ones alike.
  double over_decades(double least, double most) { return least * std::pow(most / least, random_.uniform()); }
  std::size_t count(double least, double most) {
    return static_cast<std::size_t>(std::lround(over_decades(least, most)));
  }
  template <typename T>
  T one_of(std::vector<T> of) {
    return of[static_cast<std::size_t>(random_.uniform() * static_cast<double>(of.size()))];
  }

 private:
  Random random_;
};

struct Work {
  Latency latency;
  double mean;  // seconds
  std::string name;
};

Work some_work(Chance& chance, double least = 0.008, double most = 0.8) {
  const double mean = chance.over_decades(least, most);
  const double spread = chance.one_of<double>({0, 0.2, 0.5, 0.9});
  return {spread == 0 ? exactly(duration(mean))
                      : between(duration(mean * (1 - spread)), duration(mean * (1 + spread))),
          mean, fmt::format("{:.0f} ms ± {:.0f} %", mean * 1000, spread * 100)};
}

// As many sessions as take that long at best.
std::uint64_t sessions_for(double seconds, double rate) {
  return static_cast<std::uint64_t>(std::max(100.0, seconds * rate));
}

// Slow answers tell less in the same time.
Duration ramp_for(double service) {
  return std::max(kRamp, duration(20 * service));
}

template <typename Make>
Scenario with_knee(Chance& chance, const char* what, Make make) {
  const std::size_t most = chance.count(2, 180);
  const Work work = some_work(chance);
  const double rate = static_cast<double>(most) / work.mean;
  return {.name = fmt::format("{} of {}, {}", what, most, work.name),
          .sessions = sessions_for(std::max(60.0, 120 * work.mean), rate),
          .server = [=] { return make(most, work.latency); },
          .ideal_rate = rate,
          .knee = most};
}

Scenario knee(Chance& chance) {
  return with_knee(chance, "knee",
                   [](std::size_t most, const Latency& latency) { return workers(most, latency); });
}

Scenario crowd(Chance& chance) {
  return with_knee(chance, "crowd",
                   [](std::size_t most, const Latency& latency) { return crowded(most, latency); });
}

Scenario shedding(Chance& chance) {
  const std::size_t most = chance.count(2, 180);
  const auto queue =
      static_cast<std::size_t>(static_cast<double>(most) * chance.one_of<double>({0, 0, 0.5, 1, 3}));
  const Deed deed = chance.one_of<Deed>({Deed::unavailable, Deed::unavailable, Deed::throttled});
  const Work work = some_work(chance);
  const double rate = static_cast<double>(most) / work.mean;
  return {.name = fmt::format("sheds beyond {} and {} in line ({}), {}", most, queue,
                              deed == Deed::throttled ? 429 : 503, work.name),
          .sessions = sessions_for(std::max(60.0, 120 * work.mean), rate),
          .server = [=] { return turning_away_by(deed, workers(most, work.latency, queue)); },
          .ideal_rate = rate,
          .knee = most};
}

Scenario rate_limit(Chance& chance) {
  const double rate = chance.over_decades(8, 400);
  const std::size_t burst = chance.one_of<std::size_t>({0, 5, 20, 50});
  const Deed deed = chance.one_of<Deed>({Deed::unavailable, Deed::throttled});
  const Work work = some_work(chance, 0.003, 0.1);
  return {
      .name = fmt::format("{:.0f} a second and {} at once ({}), {}", rate, burst,
                          deed == Deed::throttled ? 429 : 503, work.name),
      .sessions = sessions_for(60, rate),
      .server =
          [=] { return turning_away_by(deed, spaced(duration(1 / rate), burst, unlimited(work.latency))); },
      .ideal_rate = rate};
}

Scenario some_quota(Chance& chance) {
  const auto window = std::chrono::seconds(chance.one_of<int>({1, 10, 60, 60, 300}));
  const auto limit = chance.count(10, 600);
  const auto dialect = chance.one_of<Dialect>(
      {Dialect::retry_after_seconds, Dialect::retry_after_date, Dialect::ratelimit, Dialect::x_ratelimit});
  const double rate = static_cast<double>(limit) / static_cast<double>(window.count());
  const std::uint64_t windows =
      window.count() == 300 ? 5
                            : std::max<std::uint64_t>(10, 60 / static_cast<std::uint64_t>(window.count()));
  const char* const says[] = {"", "Retry-After", "Retry-After as a date", "RateLimit", "X-RateLimit"};
  const Work work = some_work(chance, 0.01, 0.1);
  // What it works on at once must not be what limits.
  const double needed = 64 / work.mean;
  return {
      .name = fmt::format("{} each {}, {}, {}", limit, window, says[static_cast<int>(dialect)], work.name),
      .sessions = limit * windows + limit / 2,
      .server = [=] { return quota(limit, window, dialect, unlimited(work.latency)); },
      .ideal_rate = std::min(rate, needed),
      .lost = -duration(static_cast<double>(window.count()) / 2)};
}

Scenario brown_out(Chance& chance) {
  const std::size_t most = chance.count(4, 100);
  const Work work = some_work(chance, 0.02, 0.3);
  const double fewer = chance.between(0.1, 0.4);
  const double slower = chance.between(2, 6);
  const double fails = chance.between(0.1, 0.5);
  const double lost = chance.between(0, 0.15);
  const double rate = static_cast<double>(most) / work.mean;
  const auto left = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(most) * fewer));
  return {.name = fmt::format(
              "brown-out: knee of {}, {}; {} and {:.1f} times as slow, {:.0f} % 503, {:.0f} % lost", most,
              work.name, left, slower, fails * 100, lost * 100),
          .sessions = sessions_for(150, rate),
          .server =
              [=] {
                const Latency latency = work.latency;
                return during(
                    30s, 210s,
                    faulty({{Deed::unavailable, fails}, {Deed::lost, lost}, {Deed::executed_silent, 0.02}},
                           workers(left,
                                   [=](const Arrival& arrival) {
                                     return Duration(static_cast<std::int64_t>(
                                         slower * static_cast<double>(latency(arrival).count())));
                                   })),
                    workers(most, work.latency));
              },
          .ideal_rate = rate,
          .knee = most,
          .lost = 180s,
          .recovers_at = 210s,
          .loses_answers = true};
}

Scenario outage(Chance& chance) {
  const std::size_t most = chance.count(3, 120);
  const Work work = some_work(chance);
  const Deed deed = chance.one_of<Deed>(
      {Deed::refused, Deed::unavailable, Deed::gateway_timeout, Deed::lost, Deed::silent});
  const auto length = duration(chance.between(20, 300));
  const double rate = static_cast<double>(most) / work.mean;
  const char* const how = deed == Deed::refused       ? "refused"
                          : deed == Deed::unavailable ? "503"
                          : deed == Deed::lost        ? "lost"
                          : deed == Deed::silent      ? "silent"
                                                      : "504";
  return {.name = fmt::format("gone for {:.0f} s ({}): knee of {}, {}", Seconds(length).count(), how, most,
                              work.name),
          .sessions = sessions_for(100, rate),
          .server = [=] { return during(20s, 20s + length, always(deed), workers(most, work.latency)); },
          .ideal_rate = rate,
          .knee = most,
          .lost = length,
          .recovers_at = 20s + length,
          .loses_answers = true};
}

Scenario slow_node(Chance& chance) {
  const std::size_t nodes = chance.one_of<std::size_t>({2, 3, 4, 6});
  const std::size_t each = chance.count(2, 24);
  const Work work = some_work(chance, 0.01, 0.1);
  const double slower = chance.between(3, 12);
  const Latency latency = work.latency;
  // All get the same number, so the slow one sets the pace; the others are busy for a part of their time.
  const double rate = static_cast<double>(nodes * each) / work.mean / slower;
  const auto knee = static_cast<std::size_t>(
      std::ceil(static_cast<double>(each) * (1 + static_cast<double>(nodes - 1) / slower)));
  return {.name = fmt::format("one node of {} is {:.1f} times as slow, {} each, {}", nodes, slower, each,
                              work.name),
          .sessions = sessions_for(60, rate),
          .server =
              [=] {
                std::vector<BehaviourPtr> all;
                for (std::size_t i = 1; i < nodes; ++i) all.push_back(workers(each, latency));
                all.push_back(workers(each, [=](const Arrival& arrival) {
                  return Duration(
                      static_cast<std::int64_t>(slower * static_cast<double>(latency(arrival).count())));
                }));
                return in_turn(std::move(all));
              },
          .ideal_rate = rate,
          .knee = knee};
}

Scenario tail(Chance& chance) {
  const std::size_t most = chance.count(2, 120);
  const double median = chance.over_decades(0.01, 0.3);
  const double shape = chance.between(1.8, 4);
  const double mean = median * std::pow(2.0, -1 / shape) * shape / (shape - 1);
  const double rate = static_cast<double>(most) / mean;
  return {.name = fmt::format("heavy tail of {:.1f}, knee of {}, {:.0f} ms", shape, most, median * 1000),
          .sessions = sessions_for(std::max(60.0, 120 * mean), rate),
          .server = [=] { return workers(most, heavy_tail(duration(median), shape)); },
          .ideal_rate = rate,
          .knee = most};
}

Scenario worse(Chance& chance) {
  const std::size_t most = chance.count(3, 120);
  const Work work = some_work(chance, 0.01, 0.2);
  const double doubling = chance.between(30, 180);
  const double rate = static_cast<double>(most) / work.mean;
  const double seconds = 90;
  const double done = rate * doubling * std::log(1 + seconds / doubling);
  return {.name = fmt::format("as much slower each {:.0f} s, knee of {}, {}", doubling, most, work.name),
          .sessions = static_cast<std::uint64_t>(done),
          .server = [=] { return workers(most, decaying(work.latency, duration(doubling))); },
          .ideal_rate = rate,
          .knee = most,
          .lost = duration(seconds - done / rate)};
}

Scenario flaky(Chance& chance) {
  const std::size_t most = chance.count(2, 120);
  const Work work = some_work(chance, 0.02, 0.5);
  const double share = chance.over_decades(0.01, 0.1);
  const bool at_once = chance.one_of<int>({0, 1}) == 1;
  const double rate = static_cast<double>(most) / work.mean;
  // What is turned away at once takes none of the server's time; what fails at work does.
  const double served = at_once ? rate : rate * (1 - share);
  return {.name = fmt::format("503 for {:.1f} % {}, knee of {}, {}", share * 100,
                              at_once ? "at once" : "at work", most, work.name),
          .sessions = sessions_for(std::max(60.0, 120 * work.mean), served),
          .server =
              [=] {
                BehaviourPtr behind = workers(most, work.latency);
                return at_once ? turning_away(share, std::move(behind))
                               : faulty({{Deed::unavailable, share}}, std::move(behind));
              },
          .ideal_rate = served,
          .knee = most,
          .failing = share};
}

Scenario distant_knee(Chance& chance) {
  const std::size_t most = chance.count(2, 60);
  const Work work = some_work(chance, 0.01, 0.2);
  const double way = chance.over_decades(0.005, 0.1);
  const double rate = static_cast<double>(most) / work.mean;
  const auto at_once = static_cast<std::size_t>(std::ceil(rate * (work.mean + way)));
  return {.name = fmt::format("knee of {}, {}, {:.0f} ms away", most, work.name, way * 1000),
          .sessions = sessions_for(std::max(60.0, 120 * work.mean), rate),
          .server = [=] { return distant(duration(way), workers(most, work.latency)); },
          .ideal_rate = rate,
          .knee = at_once};
}

template <Scenario (*some)(Chance&)>
Scenario draw(std::uint64_t seed) {
  Chance chance(seed);
  Scenario scenario = some(chance);
  if (scenario.knee > 0) scenario.ramp = ramp_for(static_cast<double>(scenario.knee) / scenario.ideal_rate);
  return scenario;
}

std::size_t most_in_flight(std::size_t knee) {
  return std::max(knee + 1, (knee * 5 + 3) / 4);
}

}  // namespace

const std::vector<RandomKind>& random_kinds() {
  static const std::vector<RandomKind> all = {
      {"knee", draw<knee>},       {"crowd", draw<crowd>},          {"shedding", draw<shedding>},
      {"rate", draw<rate_limit>}, {"quota", draw<some_quota>},     {"brown-out", draw<brown_out>},
      {"outage", draw<outage>},   {"slow node", draw<slow_node>},  {"heavy tail", draw<tail>},
      {"worse", draw<worse>},     {"distant", draw<distant_knee>}, {"flaky", draw<flaky>}};
  return all;
}

std::string shortcomings(const Scenario& scenario, const PaceResult& result) {
  std::string wrong;
  if (result.of_ideal < 0.9) wrong += fmt::format(" {:.0f} % of the ideal", 100 * result.of_ideal);
  if (result.wasted > 0.02 + scenario.failing) wrong += fmt::format(" {:.1f} % wasted", 100 * result.wasted);
  if (scenario.knee > 0 && result.peak > most_in_flight(scenario.knee))
    wrong += fmt::format(" {} in flight of {}", result.peak, scenario.knee);
  if (result.requests_per_session > 1.1 + scenario.failing)
    wrong += fmt::format(" {:.2f} requests", result.requests_per_session);
  if (scenario.recovers_at && !result.recovered_after) wrong += " never back";
  if (scenario.recovers_at && result.recovered_after && *result.recovered_after > 30s)
    wrong += fmt::format(" back after {:.0f} s", Seconds(*result.recovered_after).count());
  if (result.dropped + result.unknown < scenario.sessions || result.unknown > result.ended_unseen)
    wrong += fmt::format(" {} not dropped", scenario.sessions - result.dropped);
  return wrong;
}

}  // namespace bulkdrop::run
