#include "bulkdrop/policy/retry_budget.hpp"

#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {

BOOST_AUTO_TEST_SUITE(the_retry_budget)

BOOST_AUTO_TEST_CASE(lasts_for_fifty_second_tries_or_fewer_after_timeouts) {
  RetryBudget budget;
  int tries = 0;
  for (; !budget.exhausted(); ++tries) budget.retried(false);
  BOOST_TEST(tries == 50);
  RetryBudget of_timeouts;
  for (tries = 0; !of_timeouts.exhausted(); ++tries) of_timeouts.retried(true);
  BOOST_TEST(tries == 18);
}

BOOST_AUTO_TEST_CASE(allows_one_second_try_for_ten_successes_in_the_long_run) {
  RetryBudget budget;
  int retries = 0;
  for (int i = 0; i < 100'000; ++i) {
    budget.succeeded();
    if (!budget.exhausted()) {
      budget.retried(false);
      ++retries;
    }
  }
  BOOST_TEST(retries >= 10'000);
  BOOST_TEST(retries <= 10'050);
}

BOOST_AUTO_TEST_CASE(is_not_in_debt_for_what_was_tried_all_the_same) {
  RetryBudget budget;
  for (int i = 0; i < 10'000; ++i) budget.retried(true);
  for (int i = 0; i < RetryBudget::kRetry; ++i) {
    BOOST_TEST(budget.exhausted());
    budget.succeeded();
  }
  BOOST_TEST(!budget.exhausted());
}

BOOST_AUTO_TEST_CASE(does_not_save_up_without_end) {
  RetryBudget budget;
  for (int i = 0; i < 10'000; ++i) budget.succeeded();
  int tries = 0;
  for (; !budget.exhausted(); ++tries) budget.retried(false);
  BOOST_TEST(tries == 50);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
