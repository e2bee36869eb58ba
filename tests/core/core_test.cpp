#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>

#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/duration.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/histogram.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/core/stop.hpp"

using namespace bulkdrop;
using bulkdrop::test::holds;

namespace bulkdrop {
std::ostream& operator<<(std::ostream& out, Duration d) {
  return out << d.count() << " ns";
}
}  // namespace bulkdrop

BOOST_AUTO_TEST_SUITE(core)

BOOST_AUTO_TEST_CASE(statuses_reasons_and_stops_go_by_their_contract_names) {
  for (const Status status : kAllStatuses) BOOST_TEST((status_from_name(name(status)) == status));
  BOOST_TEST(name(Status::protected_) == "protected");
  BOOST_TEST(!status_from_name("gone").has_value());
  std::set<std::string_view> seen;
  for (const ReasonInfo& entry : all_reasons()) {
    BOOST_TEST((reason_from_name(entry.name) == entry.reason));
    BOOST_TEST(!entry.cause.empty());
    BOOST_TEST(seen.insert(entry.name).second);
  }
  BOOST_TEST(seen.size() == 24U);
  BOOST_TEST((stop_kind_from_name("max_sessions") == StopKind::max_sessions));
  BOOST_TEST(name(StopKind::io) == "io");
}

BOOST_AUTO_TEST_CASE(only_rows_that_may_be_alive_go_back_to_the_user) {
  std::set<std::string_view> alive;
  for (const Status status : kAllStatuses)
    if (may_be_alive(status)) alive.insert(name(status));
  BOOST_TEST((alive == std::set<std::string_view>{"failed", "unknown", "unsent", "invalid"}));
}

BOOST_AUTO_TEST_CASE(only_harmless_ids_reach_the_wire) {
  BOOST_TEST(is_sendable("3fcf1e4a16104e328d6794e1b9693cfc457871d2"));
  BOOST_TEST(is_sendable("A.b_c~d-9"));
  BOOST_TEST(is_sendable("..."));
  BOOST_TEST(is_sendable(std::string(256, 'a')));
  for (const std::string bad :
       {"", ".", "..", "a/b", "a%2fb", "a b", "a?b", "a#b", "1dbd4*****8975", "sessão", "a\n"})
    BOOST_TEST(!is_sendable(bad), bad);
  BOOST_TEST(!is_sendable(std::string(257, 'a')));
  BOOST_TEST(!is_sendable(std::string_view("a\0b", 3)));
}

BOOST_AUTO_TEST_CASE(durations_are_read_as_people_write_them) {
  using namespace std::chrono_literals;
  BOOST_TEST((parse_duration("250ms") == Duration(250ms)));
  BOOST_TEST((parse_duration("30s") == Duration(30s)));
  BOOST_TEST((parse_duration("10m") == Duration(10min)));
  BOOST_TEST((parse_duration("2h") == Duration(2h)));
  BOOST_TEST((parse_duration("1.5s") == Duration(1500ms)));
  BOOST_TEST((parse_duration("45") == Duration(45s)));
  BOOST_TEST((parse_duration("7d") == Duration(168h)));
  BOOST_TEST((parse_duration("1h30m") == Duration(90min)));
  BOOST_TEST((parse_duration("1d2h3m4s5ms") == Duration(26h + 3min + 4s + 5ms)));
  BOOST_TEST((parse_duration("0") == Duration(0s)));
  for (const char* bad : {"", "s", "-1s", "+1s", "1 s", "1e3s", "1.", ".5s", "1.5.2s", "10x", "99999d", "1s ",
                          "1..s", "1h30", "30m1h", "1h1h", "1h m", "h30m", "3650d1s"})
    BOOST_TEST(!parse_duration(bad).has_value(), bad);
  BOOST_TEST(is_too_long_a_duration("100000h"));
  BOOST_TEST(is_too_long_a_duration("3650d1s"));
  for (const char* text : {"3650d", "", "x", "1h"}) BOOST_TEST(!is_too_long_a_duration(text), text);
}

BOOST_AUTO_TEST_CASE(a_duration_survives_being_written_and_read) {
  BOOST_TEST(format_duration(std::chrono::seconds(90)) == "90s");
  BOOST_TEST(format_duration(std::chrono::seconds(120)) == "2m");
  holds("parse(format(d)) == d", [] {
    const auto d = std::chrono::milliseconds(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
    RC_ASSERT(parse_duration(format_duration(d)) == Duration(d));
  });
}

BOOST_AUTO_TEST_CASE(durations_are_shown_as_people_read_them) {
  using namespace std::chrono_literals;
  BOOST_TEST(humane_duration(870ms) == "870 ms");
  BOOST_TEST(humane_duration(12300ms) == "12.3 s");
  BOOST_TEST(humane_duration(245s) == "4 min 05 s");
  BOOST_TEST(humane_duration(133min) == "2 h 13 min");
}

BOOST_AUTO_TEST_CASE(times_are_utc_with_milliseconds) {
  const WallTime time(std::chrono::milliseconds(1'795'316'645'678));
  BOOST_TEST(rfc3339(time) == "2026-11-22T03:04:05.678Z");
  BOOST_TEST(compact_utc(time) == "20261122T030405Z");
  BOOST_TEST(rfc3339(WallTime{}) == "1970-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(quantiles_are_within_their_error) {
  Histogram one;
  BOOST_TEST(one.quantile(0.5) == 0U);
  one.add(41);
  BOOST_TEST(one.quantile(0.5) == 41U);
  holds("nearest rank, at most 1 % high", [](std::vector<std::uint32_t> values) {
    RC_PRE(!values.empty());
    Histogram histogram;
    for (const auto v : values) histogram.add(v);
    std::sort(values.begin(), values.end());
    for (const double share : {0.5, 0.9, 0.99, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
      const auto exact = values[std::max<std::size_t>(rank, 1) - 1];
      const auto got = histogram.quantile(share);
      RC_ASSERT(got >= exact);
      RC_ASSERT(static_cast<double>(got) <= static_cast<double>(exact) * 1.01 + 1);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_histogram_tells_how_many_are_at_most_so_much) {
  Histogram histogram;
  for (const std::uint64_t value : {1U, 100U, 101U, 5000U}) histogram.add(value);
  BOOST_TEST(histogram.up_to(0) == 0U);
  BOOST_TEST(histogram.up_to(100) == 2U);
  BOOST_TEST(histogram.up_to(4000) == 3U);
  BOOST_TEST(histogram.up_to(1'000'000) == 4U);
}

BOOST_AUTO_TEST_CASE(a_file_appears_whole_or_not_at_all) {
  const test::TempDir dir;
  const std::string path = dir.path("summary.json");
  {
    AtomicFile file(path);
    file.buffer() = "half";
  }
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
  {
    AtomicFile file(path);
    file.buffer() = "whole";
    BOOST_TEST(!std::filesystem::exists(path));
    file.commit();
  }
  BOOST_TEST(test::slurp(path) == "whole");
  struct stat about {};
  BOOST_REQUIRE(::stat(path.c_str(), &about) == 0);
  BOOST_TEST((about.st_mode & 0777) == 0600U);
  BOOST_CHECK_EXCEPTION(AtomicFile(dir.path("no/such/place")), Error, [](const Error& e) {
    return e.code() == ExitCode::run_directory &&
           std::string(e.what()).find("no/such/place") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_not_a_short_file) {
  const Fd full(::open("/dev/full", O_WRONLY));
  BOOST_REQUIRE(static_cast<bool>(full));
  BOOST_CHECK_THROW(write_all(full.get(), "x", "/dev/full"), Error);
}

BOOST_AUTO_TEST_CASE(an_anonymous_file_leaves_no_trace) {
  const test::TempDir dir;
  const Fd fd = anonymous_file(dir.path());
  write_all(fd.get(), "hello", "anonymous");
  std::string back(5, '\0');
  BOOST_TEST(read_at(fd.get(), back.data(), 5, 0, "anonymous") == 5U);
  BOOST_TEST(back == "hello");
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
}

BOOST_AUTO_TEST_SUITE_END()
