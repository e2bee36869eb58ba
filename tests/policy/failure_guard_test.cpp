// --max-failures: how many more than so many fail before the run stands still, and what that care costs.
#include <cstdint>

#include "policy/simulation.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

constexpr std::uint64_t kMost = 5;

Limits real_run() {
  Limits limits;
  limits.adapt = true;
  limits.max_failures = FailureLimit{kMost, 0};
  return limits;
}

// Faster than a refused session is asked its second time.
Reply at_once(Judgement judgement) {
  return {std::move(judgement), 5ms};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failure_guard)

BOOST_AUTO_TEST_CASE(where_all_are_refused_no_more_than_so_many_fail) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Run run = simulate(
        real_run(), 1000, [](const Request&) { return at_once(drop_error()); }, seed);
    BOOST_REQUIRE(run.stop.has_value());
    BOOST_TEST((run.stop->kind == StopKind::max_failures));
    BOOST_TEST(run.count(Status::failed) == kMost, seed);
  }
}

BOOST_AUTO_TEST_CASE(where_all_are_refused_from_some_time_on_little_more_fail_than_are_in_flight) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Run run = simulate(
        real_run(), 10'000,
        [](const Request& request) { return at_once(request.row < 3000 ? dropped() : drop_error()); }, seed);
    BOOST_REQUIRE(run.stop.has_value());
    BOOST_TEST(run.count(Status::failed) >= kMost);
    BOOST_TEST(run.count(Status::failed) <= kMost + 32 + 12, seed << ": " << run.count(Status::failed));
  }
}

BOOST_AUTO_TEST_CASE(where_nothing_fails_it_costs_nothing) {
  Limits without = real_run();
  without.max_failures.reset();
  const Server server = [](const Request&) { return at_once(dropped()); };
  BOOST_TEST((simulate(real_run(), 5000, server).sends == simulate(without, 5000, server).sends));
}

BOOST_AUTO_TEST_CASE(refusals_that_pass_cost_little) {
  Limits without = real_run();
  without.max_failures.reset();
  const Server server = [](const Request& request) {
    return at_once(request.row % 50 == 7 && request.nth == 1 ? drop_error() : dropped());
  };
  const Run careful = simulate(real_run(), 5000, server);
  const Run careless = simulate(without, 5000, server);
  BOOST_TEST(!careful.stop.has_value());
  BOOST_TEST(careful.count(Status::dropped) == 5000U);
  BOOST_TEST(careful.took().count() <= careless.took().count() * 11 / 10,
             careful.took() / 1ms << " ms, not " << careless.took() / 1ms);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
