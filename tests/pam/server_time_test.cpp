#include "bulkdrop/pam/server_time.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <stdlib.h>

using namespace bulkdrop::pam;
using bulkdrop::test::holds;
using namespace std::chrono_literals;

namespace {

// Seconds since 1970 of what a clock shows, as if it showed UTC.
std::int64_t shown(const std::optional<WrittenTime>& time) {
  BOOST_REQUIRE(time.has_value());
  return time->clock.time_since_epoch().count();
}

Zone zone(const std::string& name) {
  const auto found = Zone::named(name);
  BOOST_REQUIRE_MESSAGE(found.has_value(), "no zone " << name);
  return *found;
}

Zone::Instants at(const std::string& name, const char* text) {
  return zone(name).instants(*parse_time(text));
}

std::int64_t unix(Instant instant) {
  return instant.time_since_epoch().count();
}

class Variable {
 public:
  explicit Variable(const char* value) {
    if (const char* old = ::getenv("TZ"); old != nullptr) old_ = old;
    value == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { old_ ? ::setenv("TZ", old_->c_str(), 1) : ::unsetenv("TZ"); }

 private:
  std::optional<std::string> old_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(server_time)

BOOST_AUTO_TEST_CASE(the_documented_form_and_its_relatives_are_read) {
  constexpr std::int64_t kTime = 1715011507;  // 2024-05-06 16:05:07
  for (const char* text : {"2024-05-06 16:05:07", "2024-05-06T16:05:07", " 2024-05-06 16:05:07.999 "}) {
    BOOST_TEST(shown(parse_time(text)) == kTime, text);
    BOOST_TEST(!parse_time(text)->offset.has_value());
  }
  BOOST_TEST(shown(parse_time("2024-05-06 16:05")) == kTime - 7);
  BOOST_TEST(shown(parse_time("2024-02-29 23:59:60")) == 1709251200);
}

BOOST_AUTO_TEST_CASE(an_offset_is_kept) {
  BOOST_TEST(parse_time("2024-05-06T16:05:07Z")->offset->count() == 0);
  BOOST_TEST(parse_time("2024-05-06T16:05:07-03:00")->offset->count() == -3 * 3600);
  BOOST_TEST(parse_time("2024-05-06 16:05+0530")->offset->count() == 19800);
  BOOST_TEST(unix(zone("Asia/Tokyo").instants(*parse_time("2024-05-06T16:05:07-03:00")).last) ==
             1715011507 + 3 * 3600);
}

BOOST_AUTO_TEST_CASE(a_date_alone_is_its_first_second_where_a_date_will_do) {
  BOOST_TEST(shown(parse_time_or_date("2024-05-06")) == 1714953600);
  BOOST_TEST(!parse_time("2024-05-06").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_none) {
  for (const char* text :
       {"", "0000-00-00 00:00:00", "2024-13-01 00:00:00", "2023-02-29 00:00:00", "2024-05-06 24:00:00",
        "2024-05-06 16:60:00", "2024-05-06 16:05:61", "2024-05-06 16", "2024-05-06 16:05:07 PM",
        "2024-5-6 1:2:3", "06/05/2024 16:05:07", "2024-05-06 16:05:07.", "2024-05-06 16:05:07+",
        "2024-05-06 16:05:07+3", "2024-05-06  16:05:07", "yesterday", "1715011507",
        "2024-05-06 16:05:07Z+01:00", "-024-05-06 16:05:07"})
    BOOST_TEST(!parse_time(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_clock_and_its_zone_make_an_instant) {
  BOOST_TEST(unix(at("America/Sao_Paulo", "2024-05-06 16:05:07").last) == 1715011507 + 3 * 3600);
  BOOST_TEST(unix(at("UTC", "2024-05-06 16:05:07").last) == 1715011507);
  BOOST_TEST(unix(at("Asia/Kolkata", "2024-05-06 16:05:07").first) == 1715011507 - 19800);
}

BOOST_AUTO_TEST_CASE(an_hour_that_comes_twice_is_two_instants) {
  // Berlin, 2024-10-27: at 03:00 summer time, clocks went back to 02:00.
  const auto twice = at("Europe/Berlin", "2024-10-27 02:30:00");
  BOOST_TEST(unix(twice.first) == 1729989000);  // 00:30 UTC
  BOOST_TEST(unix(twice.last) == 1729989000 + 3600);
  const auto before = at("Europe/Berlin", "2024-10-27 01:59:59");
  BOOST_TEST(unix(before.first) == unix(before.last));
}

BOOST_AUTO_TEST_CASE(an_hour_that_does_not_come_is_two_instants_as_well) {
  // Berlin, 2024-03-31: at 02:00, clocks went forward to 03:00.
  const auto never = at("Europe/Berlin", "2024-03-31 02:30:00");
  BOOST_TEST(unix(never.first) == 1711845000);  // 00:30 UTC, by summer time
  BOOST_TEST(unix(never.last) == 1711845000 + 3600);
}

BOOST_AUTO_TEST_CASE(only_zones_of_the_database_are_known) {
  for (const char* name : {"", "Mars/Olympus", "../../etc/passwd", "America", "/etc/localtime", "UTC+3"})
    BOOST_TEST(!Zone::named(name).has_value(), name);
}

BOOST_AUTO_TEST_CASE(this_machines_zone_is_what_tz_names) {
  {
    const Variable tz("America/Sao_Paulo");
    BOOST_REQUIRE(Zone::local().has_value());
    BOOST_TEST(Zone::local()->name() == "America/Sao_Paulo");
  }
  {
    const Variable tz(":Asia/Tokyo");
    BOOST_TEST(Zone::local()->name() == "Asia/Tokyo");
  }
  {
    const Variable tz("");
    BOOST_TEST(Zone::local().has_value());
    BOOST_TEST(unix(Zone::local()->instants(*parse_time("2024-05-06 16:05:07")).last) == 1715011507);
  }
  {
    const Variable tz("<-03>3");  // POSIX, without a name
    BOOST_TEST(!Zone::local().has_value());
  }
  const Variable tz(nullptr);
  BOOST_TEST(Zone::local().has_value());
}

BOOST_AUTO_TEST_CASE(any_time_in_any_zone_has_its_instants_in_order) {
  holds("first is not after last, and not far from it", [] {
    const auto name = *rc::gen::element<std::string>(
        "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "UTC", "Asia/Kathmandu");
    const ClockTime clock{
        std::chrono::seconds(*rc::gen::inRange<std::int64_t>(-62'000'000'000, 250'000'000'000))};
    const auto found = zone(name).instants(clock);
    RC_ASSERT(found.first <= found.last);
    RC_ASSERT(found.last - found.first <= 24h);
    RC_ASSERT(found.first.time_since_epoch() - clock.time_since_epoch() < 26h);
    RC_ASSERT(clock.time_since_epoch() - found.first.time_since_epoch() < 26h);
  });
}

BOOST_AUTO_TEST_SUITE_END()
