#include "bulkdrop/policy/knee_fit.hpp"

#include <algorithm>
#include <cmath>

#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::policy::test {
namespace {

constexpr double kService = 0.05;

// What is seen of a server with that knee, off by the error that so many answers of that spread leave.
void see(KneeFit& fit, double knee, double in_flight, double spread, double answers, Random& random) {
  // A sum of twelve: near enough to a normal distribution.
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.uniform();
  const double latency =
      kService * std::max(1.0, in_flight / knee) * std::exp(sum * spread / std::sqrt(answers));
  fit.add(in_flight, latency, spread, answers);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_fit_of_the_knee)

BOOST_AUTO_TEST_CASE(finds_it_between_what_was_quick_and_what_took_longer) {
  for (const double knee : {5.0, 12.0, 37.0, 100.0}) {
    Random random(1);
    KneeFit fit;
    for (double in_flight = 4; in_flight < 3 * knee; in_flight *= 1.5)
      see(fit, knee, in_flight, 0.01, 50, random);
    BOOST_TEST(fit.fit().certain);
    BOOST_CHECK_CLOSE(fit.fit().in_flight, knee, 5);
    BOOST_CHECK_CLOSE(fit.fit().service, kService, 3);
  }
}

BOOST_AUTO_TEST_CASE(finds_none_where_all_take_the_same_time) {
  Random random(1);
  KneeFit fit;
  for (double in_flight = 4; in_flight < 200; in_flight *= 2) see(fit, 1000, in_flight, 0, 50, random);
  BOOST_TEST(!fit.fit().certain);
  BOOST_CHECK_CLOSE(fit.fit().in_flight, fit.widest(), 1);
}

BOOST_AUTO_TEST_CASE(is_seldom_certain_of_one_that_chance_made) {
  Random random(7);
  int wrong = 0;
  for (int run = 0; run < 1000; ++run) {
    KneeFit fit;
    bool certain = false;
    for (double in_flight = 4; in_flight < 100; in_flight *= 2) {
      see(fit, 1000, in_flight, 0.6, std::max(8.0, in_flight), random);
      certain = certain || fit.fit().certain;
    }
    if (certain) ++wrong;
  }
  BOOST_TEST(wrong < 20);
}

BOOST_AUTO_TEST_CASE(is_certain_of_one_that_is_there_before_three_times_as_many_are_in_flight) {
  Random random(7);
  int found = 0;
  for (int run = 0; run < 1000; ++run) {
    KneeFit fit;
    for (double in_flight = 4; in_flight <= 96; in_flight *= 2)
      see(fit, 30, in_flight, 0.6, std::max(8.0, in_flight), random);
    if (fit.fit().certain) ++found;
  }
  BOOST_TEST(found > 950);
}

// All were beyond it: it lies at the narrowest or below.
BOOST_AUTO_TEST_CASE(names_the_narrowest_where_all_waited) {
  Random random(1);
  KneeFit fit;
  for (double in_flight = 4; in_flight < 40; in_flight *= 2) see(fit, 2, in_flight, 0.01, 50, random);
  BOOST_TEST(fit.fit().certain);
  BOOST_CHECK_CLOSE(fit.fit().in_flight, 4, 3);
}

BOOST_AUTO_TEST_CASE(forgets_when_it_is_told_to) {
  Random random(1);
  KneeFit fit;
  see(fit, 2, 8, 0, 50, random);
  fit.clear();
  see(fit, 100, 16, 0, 50, random);
  BOOST_CHECK_CLOSE(fit.narrowest(), 16, 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
