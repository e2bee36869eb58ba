// RapidCheck inside Boost.Test: a property that fails fails the test case, and its report names the seed that
// replays it (RC_PARAMS="seed=…").
#pragma once

#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace bulkdrop::test {

template <typename Property>
void holds(const std::string& description, Property&& property) {
  BOOST_TEST_CONTEXT(description) {
    BOOST_TEST(rc::check(description, std::forward<Property>(property)));
  }
}

}  // namespace bulkdrop::test
