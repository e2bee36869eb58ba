#include "bulkdrop/run/sentences.hpp"

#include <boost/test/unit_test.hpp>

using bulkdrop::run::sentences;

BOOST_AUTO_TEST_SUITE(sentences_of_messages)

BOOST_AUTO_TEST_CASE(each_ends_in_one_full_stop) {
  BOOST_TEST(sentences("It broke") == "It broke.");
  BOOST_TEST(sentences("It broke.") == "It broke.");
  BOOST_TEST(sentences("It broke..", "Mend it.") == "It broke. Mend it.");
  BOOST_TEST(sentences("It broke", "Mend it") == "It broke. Mend it");
}

BOOST_AUTO_TEST_SUITE_END()
