#include "bulkdrop/run/pace_events.hpp"

#include <chrono>

#include <boost/test/unit_test.hpp>

namespace bulkdrop::run {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(pace_events)

BOOST_AUTO_TEST_CASE(what_the_supervisor_wrote_is_read_back) {
  const WallTime t0{std::chrono::milliseconds(1'795'230'245'678)};
  const std::string window = window_words(16);
  report::PaceHistory pace;
  add_event({kWindowEvent, window, t0}, pace);
  add_event({"rate", "server turns away more than 48/s", t0}, pace);
  add_event({kPauseEvent, "server asked to wait", t0 + 1s}, pace);
  add_event({kPauseEvent, kPauseOver, t0 + 3s}, pace);
  add_event({kPauseEvent, "server asked to wait", t0 + 5s}, pace);
  add_event({kStopEvent, "stopped by SIGINT", t0 + 6s}, pace);
  add_event({record::kPartOver, {}, t0 + 7s}, pace);
  BOOST_REQUIRE(pace.pauses().size() == 2U);
  BOOST_TEST(pace.waited_ms() == 3000U);
  BOOST_REQUIRE(pace.windows().size() == 2U);
  BOOST_TEST(pace.windows()[0].requests == 16U);
  BOOST_TEST(pace.windows()[1].requests == 0U);
  BOOST_TEST((pace.windows()[1].at == t0 + 7s));
}

BOOST_AUTO_TEST_CASE(words_of_another_version_are_let_be) {
  BOOST_TEST(window_in(window_words(7)).value() == 7U);
  for (const char* words : {"", "at once", "7", "7 at onces", "-7 at once"})
    BOOST_TEST(!window_in(words).has_value(), words);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::run
