// How well a run finds the pace of servers that it does not know. Each holds for several seeds; where one
// fails, the table (pace_table --seed N) shows by how much.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "random_servers.hpp"
#include "scenarios.hpp"
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace bulkdrop::run {
namespace {

using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

constexpr std::array<std::uint64_t, 3> kSeeds = {1, 2, 3};
// Of the sessions, whose answer was lost on the way though they ended: nobody may call them dropped.
constexpr double kMayBeInDoubt = 0.0005;

std::size_t most_in_flight(std::size_t knee) {
  return knee < 4 ? knee + 1 : (knee * 5 + 3) / 4;
}

// Every scenario of a kind.
std::vector<std::string> names(bool (*is_of_kind)(const Scenario&)) {
  std::vector<std::string> all;
  for (const Scenario& one : scenarios())
    if (is_of_kind(one)) all.push_back(one.name);
  return all;
}

bool is_any(const Scenario&) {
  return true;
}
bool has_knee(const Scenario& one) {
  return one.knee > 0;
}
bool recovers(const Scenario& one) {
  return one.recovers_at.has_value();
}

// Runs it with every seed, once in the life of the program.
const std::array<PaceResult, kSeeds.size()>& results(const std::string& name) {
  static std::map<std::string, std::array<PaceResult, kSeeds.size()>> known;
  const auto [found, is_new] = known.try_emplace(name);
  if (is_new)
    std::transform(kSeeds.begin(), kSeeds.end(), found->second.begin(),
                   [&](std::uint64_t seed) { return paced_run(scenario(name), seed); });
  return found->second;
}

template <typename Check>
void with_every_seed(const std::string& name, Check&& check) {
  for (std::size_t i = 0; i < kSeeds.size(); ++i)
    BOOST_TEST_CONTEXT(name << ", seed " << kSeeds[i]) check(scenario(name), results(name)[i]);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_pace)

BOOST_DATA_TEST_CASE(leaves_no_session_behind, data::make(names(is_any))) {
  with_every_seed(sample, [](const Scenario& scenario, const PaceResult& result) {
    BOOST_TEST(result.dropped + result.unknown == scenario.sessions);
    BOOST_TEST(static_cast<double>(result.unknown) <=
               (scenario.loses_answers ? kMayBeInDoubt : 0) * static_cast<double>(scenario.sessions));
  });
}

BOOST_DATA_TEST_CASE(is_nine_tenths_of_the_ideal_or_better, data::make(names(is_any))) {
  with_every_seed(sample, [](const Scenario& scenario, const PaceResult& result) {
    BOOST_TEST(result.of_ideal >= scenario.at_least_of_ideal);
  });
}

BOOST_DATA_TEST_CASE(wastes_hardly_a_request, data::make(names(is_any))) {
  with_every_seed(sample, [](const Scenario& scenario, const PaceResult& result) {
    BOOST_TEST(result.wasted <= scenario.at_most_wasted);
    BOOST_TEST(result.requests_per_session <= scenario.at_most_requests);
  });
}

BOOST_DATA_TEST_CASE(stays_near_what_the_server_works_on_at_once, data::make(names(has_knee))) {
  with_every_seed(sample, [](const Scenario& scenario, const PaceResult& result) {
    BOOST_TEST(result.peak > 0U);  // else nothing was measured
    BOOST_TEST(result.peak <= most_in_flight(scenario.knee));
  });
}

BOOST_DATA_TEST_CASE(is_back_half_a_minute_after_the_server, data::make(names(recovers))) {
  with_every_seed(sample, [](const Scenario&, const PaceResult& result) {
    BOOST_REQUIRE(result.recovered_after.has_value());
    BOOST_TEST((*result.recovered_after <= 30s));
  });
}

BOOST_DATA_TEST_CASE(keeps_within_a_quota_that_is_announced,
                     data::make({"100 a minute, RateLimit", "100 a minute, X-RateLimit"})) {
  with_every_seed(sample, [](const Scenario&, const PaceResult& result) { BOOST_TEST(result.wasted == 0); });
}

// Two windows tell it, and each of them ends with one that is turned away; one more asks for more.
BOOST_DATA_TEST_CASE(learns_a_quota_that_is_not_announced,
                     data::make({"100 a minute, Retry-After", "100 a minute, Retry-After as a date"})) {
  with_every_seed(sample, [](const Scenario& scenario, const PaceResult& result) {
    BOOST_TEST(result.wasted * static_cast<double>(scenario.sessions) <= 5);
  });
}

// Of servers that nobody picked: most are found as well as those above, and none is left far below.
// pace_survey shows which are not. Those that tell their rate by nothing but refusals cost more of them.
BOOST_DATA_TEST_CASE(finds_servers_that_nobody_picked,
                     data::make({"knee", "crowd", "shedding", "heavy tail", "worse", "distant", "rate"})) {
  const bool is_rate = sample == std::string("rate");
  constexpr std::uint64_t kServers = 20;
  std::uint64_t well = 0;
  for (const RandomKind& kind : random_kinds()) {
    if (kind.name != std::string(sample)) continue;
    for (std::uint64_t i = 0; i < kServers; ++i) {
      const Scenario scenario = kind.draw(4000 + i);
      const PaceResult result = paced_run(scenario, i);
      const std::string wrong = shortcomings(scenario, result);
      if (wrong.empty()) ++well;
      BOOST_TEST_CONTEXT(scenario.name << wrong) {
        BOOST_TEST(result.dropped == scenario.sessions);
        BOOST_TEST(result.of_ideal >= (is_rate ? 0.75 : 0.8));
        BOOST_TEST(result.wasted <= (is_rate ? 0.04 : 0.03));
      }
    }
  }
  BOOST_TEST(well >= (is_rate ? kServers / 2 : kServers * 3 / 4));
}

// … and of those that fail a share of all whatever the load, none is given up on, and half of them are asked
// nearly as quickly as they can bear. To find out that it is not the pace takes a while.
BOOST_AUTO_TEST_CASE(finds_servers_that_fail_now_and_then) {
  constexpr std::uint64_t kServers = 20;
  std::vector<double> of_ideal;
  for (const RandomKind& kind : random_kinds()) {
    if (kind.name != std::string("flaky")) continue;
    for (std::uint64_t i = 0; i < kServers; ++i) {
      const Scenario scenario = kind.draw(4000 + i);
      const PaceResult result = paced_run(scenario, i);
      BOOST_TEST_CONTEXT(scenario.name) {
        BOOST_TEST(result.dropped + kServers >= scenario.sessions);
        BOOST_TEST(result.of_ideal >= 0.4);
      }
      of_ideal.push_back(result.of_ideal);
    }
  }
  std::sort(of_ideal.begin(), of_ideal.end());
  BOOST_TEST(of_ideal.at(kServers / 2) >= 0.84);
}

// Otherwise the scenario proves nothing.
BOOST_DATA_TEST_CASE(is_not_found_by_a_naive_client, data::make(names(is_any))) {
  const Scenario& one = scenario(sample);
  const PaceResult naive = naive_run(one);
  const bool fares_badly =
      naive.wasted > 0.1 || (one.knee > 0 && naive.peak > 2 * one.knee) || naive.dropped < one.sessions;
  BOOST_TEST(fares_badly == !one.bears_anything);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::run
