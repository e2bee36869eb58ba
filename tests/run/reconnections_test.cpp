// New sessions, list by list.
#include "bulkdrop/run/reconnections.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "support/manual_clock.hpp"
#include "support/simulated_id.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

constexpr std::string_view kLoss = "2026-05-06 16:05:07";
constexpr std::string_view kLater = "2026-05-06 16:06:00";
constexpr std::string_view kHeading =
    "session_id,user,credential,device,origin_ip,protocol,proxy,start,seen_at\r\n";

pam::ListedSession listed(std::string_view id, std::string_view user, std::string_view end = "") {
  pam::ListedSession session;
  session.session_id = id;
  session.user = user;
  session.start = kLater;
  session.end = end;
  return session;
}

// Rows 0 and 1 were sessions `a0` of ana and `a1` of eva.
struct Watching {
  Watching() : losses(true, std::nullopt), index(true) {
    losses.set_rows(2);
    losses.begin_list_after();
    for (std::uint64_t row = 0; row < 2; ++row) {
      const std::string id = fmt::format("a{}", row);
      index.insert(id, row);
      losses.listed_after(row, listed(id, row == 0 ? "ana" : "eva", kLoss));
      losses.settle(row, Status::dropped);
    }
    losses.conclude();
  }
  std::vector<report::Reconnection> list(const std::vector<pam::ListedSession>& sessions) {
    reconnections.restart();
    for (const auto& session : sessions) reconnections.take(session);
    return reconnections.settle(bulkdrop::test::kWallStart);
  }
  std::string csv() {
    reconnections.write_csv(dir.path("reconnected.csv"));
    return slurp(dir.path("reconnected.csv"));
  }

  TempDir dir;
  Losses losses;
  RowIndex index;
  Reconnections reconnections{losses, index, dir.path()};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reconnections)

BOOST_AUTO_TEST_CASE(each_new_session_is_told_once) {
  Watching watching;
  BOOST_TEST(watching.list({}).empty());
  const auto first = watching.list({listed("c0", "ana"), listed("d0", "nobody"), listed("C0", "ana")});
  BOOST_REQUIRE(first.size() == 1U);
  BOOST_TEST(first[0].session_id == "c0");
  BOOST_TEST(first[0].user == "ana");
  BOOST_TEST((first[0].seen_at == bulkdrop::test::kWallStart));
  BOOST_TEST(watching.list({listed("c0", "ana")}).empty());
  const auto second = watching.list({listed("c0", "ana"), listed("c1", "ana"), listed("c2", "eva")});
  BOOST_TEST(second.size() == 2U);
  BOOST_TEST(watching.reconnections.sessions() == 3U);
  BOOST_TEST(watching.reconnections.users() == 2U);
  BOOST_TEST(watching.reconnections.alive() == 3U);
  BOOST_TEST(watching.reconnections.first().size() == 3U);
}

BOOST_AUTO_TEST_CASE(the_rows_of_the_run_are_no_reconnections) {
  Watching watching;
  BOOST_TEST(watching.list({listed("a0", "ana"), listed("A1", "eva", kLater)}).empty());
}

BOOST_AUTO_TEST_CASE(a_list_that_broke_off_counts_for_nothing) {
  Watching watching;
  watching.list({listed("c0", "ana")});
  watching.reconnections.restart();
  watching.reconnections.take(listed("c1", "ana"));
  watching.reconnections.take(listed("c0", "ana", kLater));
  BOOST_TEST(watching.list({}).empty());
  BOOST_TEST(watching.reconnections.sessions() == 1U);
  BOOST_TEST(watching.reconnections.alive() == 1U);
  watching.list({listed("c0", "ana", kLater), listed("c0", "ana", kLater)});
  BOOST_TEST(watching.reconnections.alive() == 0U);
}

BOOST_AUTO_TEST_CASE(the_file_holds_what_no_list_showed_as_ended) {
  Watching watching;
  BOOST_TEST(watching.csv() == kHeading);
  pam::ListedSession full = listed("c0", "=ana,1");
  full.user = "ana";
  full.credential = "=cmd|x";
  full.device = "10.0.0.1:22";
  full.origin_ip = "10.0.0.9";
  full.protocol = "ssh";
  full.proxy = "Web \"Proxy\"";
  watching.list({full, listed("c1", "eva"), listed("c2", "eva", kLater)});
  BOOST_TEST(watching.csv() == std::string(kHeading) +
                                   "c0,ana,'=cmd|x,10.0.0.1:22,10.0.0.9,ssh,\"Web \"\"Proxy\"\"\",2026-05-06 "
                                   "16:06:00,2026-11-21T03:04:05.678Z\r\n"
                                   "c1,eva,,,,,,2026-05-06 16:06:00,2026-11-21T03:04:05.678Z\r\n");
  // Not listed is not ended.
  watching.list({listed("c1", "eva", kLater)});
  BOOST_TEST(watching.csv().find("c0,") != std::string::npos);
  BOOST_TEST(watching.csv().find("c1,") == std::string::npos);
  BOOST_TEST(watching.reconnections.alive() == 1U);
  BOOST_TEST(watching.reconnections.first()[1].ended);
  // What has ended does not come to life again.
  watching.list({listed("c1", "eva")});
  BOOST_TEST(watching.reconnections.alive() == 1U);
}

BOOST_AUTO_TEST_CASE(sessions_without_a_usable_id_are_told_apart_by_the_rest) {
  Watching watching;
  pam::ListedSession other = listed("****", "ana");
  other.id = "7";
  BOOST_TEST(watching.list({listed("****", "ana"), other, listed("", "eva")}).size() == 3U);
  BOOST_TEST(watching.list({listed("****", "ana"), other, listed("", "eva")}).empty());
}

BOOST_AUTO_TEST_CASE(a_flood_is_taken_in_pieces_and_nothing_is_lost) {
  Watching watching;
  std::vector<pam::ListedSession> flood;
  for (std::size_t i = 0; i < Reconnections::kMostOfOneList + 5; ++i)
    flood.push_back(listed(fmt::format("c{}", i), "ana"));
  BOOST_TEST(watching.list(flood).size() == Reconnections::kMostOfOneList);
  BOOST_TEST(watching.list(flood).size() == 5U);
  BOOST_TEST(watching.list(flood).empty());
  BOOST_TEST(watching.reconnections.first().size() == report::kMostReconnectionsShown);
  const std::string csv = watching.csv();
  BOOST_TEST(std::count(csv.begin(), csv.end(), '\n') ==
             static_cast<std::ptrdiff_t>(Reconnections::kMostOfOneList + 6));
}

BOOST_AUTO_TEST_SUITE_END()
