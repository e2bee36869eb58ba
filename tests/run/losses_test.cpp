// Who lost a session, and which session of a list is a reconnection.
#include "bulkdrop/run/losses.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/run/verification.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::holds;

namespace {

pam::ListedSession listed(std::string_view id, std::string_view user, std::string_view start,
                          std::string_view end = "") {
  pam::ListedSession session;
  session.session_id = id;
  session.user = user;
  session.start = start;
  session.end = end;
  return session;
}

constexpr std::string_view kMorning = "2026-05-06 08:00:00";
constexpr std::string_view kLoss = "2026-05-06 16:05:07";
constexpr std::string_view kLater = "2026-05-06 16:06:00";

// Row 0 is ana's session `aa`, dropped at kLoss; with a list from before the drops that had it, or without.
Losses ana_lost_one(bool list_before, std::optional<pam::Zone> zone = std::nullopt,
                    std::string_view end = kLoss) {
  Losses losses(true, std::move(zone));
  if (list_before) {
    losses.begin_list_before(1);
    losses.listed_before(0, listed("aa", "ana", kMorning));
    losses.listed_before(std::nullopt, listed("bb", "ana", kMorning));
    losses.end_list_before(true);
  }
  losses.set_rows(1);
  losses.begin_list_after();
  losses.listed_after(0, listed("aa", "ana", kMorning, end));
  losses.settle(0, Status::dropped);
  losses.conclude();
  return losses;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(losses)

BOOST_AUTO_TEST_CASE(a_session_that_its_user_opened_after_losing_one_is_a_reconnection) {
  for (const bool before : {true, false}) {
    const Losses losses = ana_lost_one(before);
    BOOST_TEST(losses.sessions_lost() == 1U);
    BOOST_TEST(losses.users_lost() == 1U);
    BOOST_TEST(losses.user_unknown() == 0U);
    BOOST_TEST(losses.is_reconnection(listed("cc", "ana", kLater)));
    BOOST_TEST(losses.is_reconnection(listed("cc", "ana", kLoss)));
    BOOST_TEST(losses.is_reconnection(listed("cc", "ana", kLater, kLater)));
    BOOST_TEST(losses.is_reconnection(listed("cc", " ANA", kLater)));
    BOOST_TEST(losses.is_reconnection(listed("****", "ana", kLater)));
    BOOST_TEST(!losses.is_reconnection(listed("cc", "eva", kLater)));
    BOOST_TEST(!losses.is_reconnection(listed("cc", "", kLater)));
    BOOST_TEST(!losses.is_reconnection(listed("cc", "ana", kMorning)));
  }
}

BOOST_AUTO_TEST_CASE(a_client_may_come_back_before_the_end_is_written) {
  const Losses losses = ana_lost_one(false);
  BOOST_TEST(losses.is_reconnection(listed("cc", "ana", "2026-05-06 16:04:37")));
  BOOST_TEST(!losses.is_reconnection(listed("cc", "ana", "2026-05-06 16:04:36")));
}

BOOST_AUTO_TEST_CASE(what_was_listed_before_the_drops_is_not_new_whatever_its_start) {
  const Losses losses = ana_lost_one(true);
  BOOST_TEST(!losses.is_reconnection(listed("BB", "ana", kLater)));
  BOOST_TEST(!losses.is_reconnection(listed("bb", "ana", "")));
}

BOOST_AUTO_TEST_CASE(a_start_that_cannot_be_read_tells_only_beside_a_list_from_before) {
  BOOST_TEST(ana_lost_one(true).is_reconnection(listed("cc", "ana", "soon")));
  BOOST_TEST(!ana_lost_one(false).is_reconnection(listed("cc", "ana", "soon")));
}

BOOST_AUTO_TEST_CASE(a_lost_session_that_the_later_list_lacks_has_its_user_from_the_list_before) {
  for (const bool whole : {true, false}) {
    Losses losses(true, std::nullopt);
    losses.begin_list_before(2);
    losses.listed_before(0, listed("aa", "ana", kMorning));
    losses.listed_before(1, listed("bb", "eva", kMorning));
    losses.end_list_before(whole);
    losses.set_rows(2);
    losses.begin_list_after();
    losses.settle(0, Status::dropped);
    losses.settle(1, Status::failed);
    losses.conclude();
    BOOST_TEST(losses.sessions_lost() == 1U);
    BOOST_TEST(losses.users_lost() == (whole ? 1U : 0U));
    BOOST_TEST(losses.user_unknown() == (whole ? 0U : 1U));
    BOOST_TEST(losses.is_reconnection(listed("cc", "ana", kLater)) == whole);
    BOOST_TEST(!losses.is_reconnection(listed("cc", "eva", kLater)));
  }
}

BOOST_AUTO_TEST_CASE(what_broke_off_counts_for_nothing) {
  Losses losses(true, std::nullopt);
  losses.begin_list_before(1);
  losses.listed_before(0, listed("aa", "eva", kMorning, kMorning));
  losses.listed_before(std::nullopt, listed("cc", "ana", kMorning));
  losses.begin_list_before(1);
  losses.listed_before(0, listed("aa", "ana", kMorning));
  losses.end_list_before(true);
  losses.set_rows(1);
  losses.begin_list_after();
  losses.listed_after(0, listed("aa", "ana", kMorning, kLater));
  losses.begin_list_after();
  losses.listed_after(0, listed("aa", "ana", kMorning, kLoss));
  losses.settle(0, Status::dropped);
  losses.conclude();
  BOOST_TEST(losses.users_lost() == 1U);
  BOOST_TEST(!losses.is_reconnection(listed("cd", "eva", kLater)));
  BOOST_TEST(losses.is_reconnection(listed("cc", "ana", "2026-05-06 16:05:10")));
}

BOOST_AUTO_TEST_CASE(what_had_ended_before_the_run_was_not_lost_to_it) {
  Losses losses(true, std::nullopt);
  losses.begin_list_before(3);
  losses.listed_before(0, listed("aa", "ana", kMorning, kMorning));
  losses.listed_before(1, listed("ab", "eva", kMorning));
  losses.listed_before(2, listed("ac", "ida", kMorning, kMorning));
  losses.end_list_before(true);
  losses.set_rows(3);
  losses.begin_list_after();
  losses.listed_after(0, listed("aa", "ana", kMorning, kMorning));
  losses.settle(0, Status::ended);
  losses.settle(1, Status::unknown);  // may be gone, and is not listed any more
  losses.settle(2, Status::dropped);  // the server's word against its own list's
  losses.conclude();
  BOOST_TEST(!losses.is_reconnection(listed("cc", "ana", kLater)));
  BOOST_TEST(losses.is_reconnection(listed("cc", "eva", kLater)));
  BOOST_TEST(losses.is_reconnection(listed("cc", "ida", kLater)));
}

BOOST_AUTO_TEST_CASE(without_a_list_from_before_the_first_confirmed_drop_says_when_the_run_began) {
  Losses losses(true, std::nullopt);
  losses.set_rows(4);
  losses.begin_list_after();
  losses.listed_after(0, listed("aa", "ana", kMorning, "2026-05-06 09:00:00"));
  losses.listed_after(1, listed("ab", "eva", kMorning, kLoss));
  losses.listed_after(2, listed("ac", "ida", kMorning, "2026-05-06 16:04:10"));
  losses.settle(0, Status::ended);
  losses.settle(1, Status::dropped);
  losses.settle(2, Status::ended);
  losses.settle(3, Status::unknown);
  losses.conclude();
  BOOST_TEST(losses.sessions_lost() == 3U);
  BOOST_TEST(losses.user_unknown() == 1U);
  BOOST_TEST(!losses.is_reconnection(listed("cc", "ana", kLater)));
  BOOST_TEST(losses.is_reconnection(listed("cc", "eva", kLater)));
  BOOST_TEST(losses.is_reconnection(listed("cc", "ida", kLater)));
}

BOOST_AUTO_TEST_CASE(where_clocks_are_set_back_an_earlier_time_may_be_the_later_one) {
  // On 2026-11-01 the clocks of New York went from 02:00 back to 01:00.
  const auto zone = pam::Zone::named("America/New_York");
  BOOST_REQUIRE(zone.has_value());
  const std::string_view end = "2026-11-01 01:50:00";
  BOOST_TEST(ana_lost_one(false, zone, end).is_reconnection(listed("cc", "ana", "2026-11-01 01:05:00")));
  BOOST_TEST(!ana_lost_one(false, zone, end).is_reconnection(listed("cc", "ana", "2026-11-01 00:55:00")));
  BOOST_TEST(
      !ana_lost_one(false, std::nullopt, end).is_reconnection(listed("cc", "ana", "2026-11-01 01:05:00")));
}

BOOST_AUTO_TEST_CASE(ids_with_a_pattern_of_their_own_compare_exactly) {
  Losses losses(false, std::nullopt);
  losses.begin_list_before(1);
  losses.listed_before(0, listed("S-1", "ana", kMorning));
  losses.listed_before(std::nullopt, listed("S-a", "ana", kMorning));
  losses.end_list_before(true);
  losses.set_rows(1);
  losses.begin_list_after();
  losses.settle(0, Status::dropped);
  losses.conclude();
  BOOST_TEST(!losses.is_reconnection(listed("S-a", "ana", kLater)));
  BOOST_TEST(losses.is_reconnection(listed("S-A", "ana", kLater)));
}

BOOST_AUTO_TEST_CASE(whatever_the_lists_say_only_users_of_lost_rows_come_back) {
  holds("any lists", [](const std::vector<std::string>& users, const std::vector<std::string>& ends,
                        const std::vector<std::uint8_t>& statuses, bool before) {
    const std::size_t rows = users.size();
    Losses losses(true, std::nullopt);
    if (before) {
      losses.begin_list_before(rows);
      for (std::size_t i = 0; i < rows; ++i)
        losses.listed_before(i, listed(fmt::format("a{}", i), users[i], kMorning));
      losses.end_list_before(true);
    }
    losses.set_rows(rows);
    losses.begin_list_after();
    for (std::size_t i = 0; i < rows; ++i)
      losses.listed_after(i, listed(fmt::format("a{}", i), users[i], kMorning,
                                    i < ends.size() ? std::string_view(ends[i]) : kLoss));
    std::size_t may_be_lost = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const Status status = kAllStatuses[i < statuses.size() ? statuses[i] % kAllStatuses.size() : 0];
      if (is_gone(status) || status == Status::unknown) ++may_be_lost;
      losses.settle(i, status);
    }
    losses.conclude();
    RC_ASSERT(losses.sessions_lost() <= may_be_lost);
    RC_ASSERT(losses.users_lost() + losses.user_unknown() <= losses.sessions_lost());
    RC_ASSERT(!losses.is_reconnection(listed("cc", "nobody else has this name", kLater)));
    if (may_be_lost == 0)
      for (const std::string& user : users) RC_ASSERT(!losses.is_reconnection(listed("cc", user, kLater)));
  });
}

BOOST_AUTO_TEST_SUITE_END()
