#include "bulkdrop/policy/loss_tolerance.hpp"

#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/random.hpp"

namespace bulkdrop::policy::test {
namespace {

constexpr int kFailure = 15;  // good answers that make up for one

// How many of the failures are not borne, where that share of so many answers fails by chance.
int not_borne(double share, int answers, LossTolerance losses = {}) {
  Random random(1);
  int count = 0;
  for (int i = 0; i < answers; ++i) {
    if (random.uniform() >= share)
      losses.good();
    else if (!losses.bears())
      ++count;
  }
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_loss_tolerance)

BOOST_AUTO_TEST_CASE(bears_three_in_a_hundred_for_ever) {
  BOOST_TEST(not_borne(0.01, 100'000) == 0);
  BOOST_TEST(not_borne(0.02, 100'000) <= 1);
  BOOST_TEST(not_borne(0.03, 100'000) <= 10);
}

BOOST_AUTO_TEST_CASE(bears_hardly_one_of_what_is_a_tenth_of_the_answers) {
  BOOST_TEST(not_borne(0.1, 100'000) >= 9'000);
}

BOOST_AUTO_TEST_CASE(bears_three_in_a_row_and_no_more) {
  LossTolerance losses;
  for (int i = 0; i < LossTolerance::kInARow - 1; ++i) BOOST_TEST(losses.bears());
  for (int i = 0; i < 100; ++i) BOOST_TEST(!losses.bears());
}

BOOST_AUTO_TEST_CASE(bears_nothing_for_a_while_after_it_was_too_much) {
  LossTolerance losses;
  for (int i = 0; i < 100; ++i) static_cast<void>(losses.bears());
  for (int i = 0; i < LossTolerance::kMost / 2 - 1; ++i) losses.good();
  BOOST_TEST(!losses.bears());
  for (int i = 0; i < LossTolerance::kMost / 2 + kFailure; ++i) losses.good();
  BOOST_TEST(losses.bears());
}

BOOST_AUTO_TEST_CASE(bears_another_share_where_that_is_known_to_fail) {
  for (const double share : {0.07, 0.1, 0.2}) {
    LossTolerance losses;
    losses.bear(1.5 * share);
    BOOST_TEST(not_borne(share, 100'000, losses) <= 1);
    BOOST_TEST(not_borne(3 * share, 10'000, losses) >= 10'000 * share);
    losses.bear(LossTolerance::kShare);
    BOOST_TEST(not_borne(1.5 * share, 100'000, losses) >= 100'000 * share);
  }
}

BOOST_AUTO_TEST_CASE(bears_more_in_a_row_where_more_fail) {
  LossTolerance losses;
  losses.bear(0.25);
  for (int i = 0; i < 9; ++i) BOOST_TEST(losses.bears());
  BOOST_TEST(!losses.bears());
  BOOST_TEST(!losses.spent());
}

BOOST_AUTO_TEST_CASE(bears_nothing_at_first_after_another_share_was_too_much) {
  LossTolerance losses;
  losses.bear(0.25);
  losses.bear_no_more();
  BOOST_TEST(losses.spent());
  losses.good();
  BOOST_TEST(!losses.bears());
  for (int i = 0; i < LossTolerance::kMost / 2; ++i) losses.good();
  BOOST_TEST(!losses.spent());
  BOOST_TEST(losses.bears());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
