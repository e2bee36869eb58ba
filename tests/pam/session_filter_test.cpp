#include "bulkdrop/pam/session_filter.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::pam;
using bulkdrop::test::holds;
using namespace std::chrono_literals;

namespace {

constexpr WallTime kNow{std::chrono::milliseconds(1'715'011'507'000)};  // 2024-05-06 16:05:07 UTC

ListedSession session() {
  ListedSession out;
  out.session_id = "abc";
  out.user = "Ana.Souza";
  out.credential = "root";
  out.device = "10.66.33.15:3389";
  out.origin_ip = "172.16.20.125";
  out.protocol = "rdp";
  out.proxy = "Web Proxy";
  out.start = "2024-05-06 10:00:00";
  return out;
}

ListedSession started(std::string start) {
  ListedSession out = session();
  out.start = std::move(start);
  return out;
}

bool passes(FilterSpec spec, const ListedSession& one = session()) {
  if (!spec.zone) spec.zone = Zone::named("UTC");
  return SessionFilter(std::move(spec), kNow).passes(one);
}

FilterSpec user(std::vector<std::string> patterns) {
  FilterSpec spec;
  spec.user = std::move(patterns);
  return spec;
}

FilterSpec older_than(Duration age, const char* zone = "UTC") {
  FilterSpec spec;
  spec.older_than = age;
  spec.zone = Zone::named(zone);
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_filter)

BOOST_AUTO_TEST_CASE(without_a_filter_all_pass) {
  BOOST_TEST(passes({}));
  BOOST_TEST(passes({}, ListedSession()));
}

BOOST_AUTO_TEST_CASE(active_keeps_what_has_no_end) {
  FilterSpec spec;
  spec.active = true;
  BOOST_TEST(passes(spec));
  ListedSession ended = session();
  ended.end = "2024-05-06 10:30:00";
  BOOST_TEST(!passes(spec, ended));
  ended.end = "0000-00-00 00:00:00";
  BOOST_TEST(passes(spec, ended));
}

BOOST_AUTO_TEST_CASE(a_pattern_is_the_whole_text_in_either_case) {
  BOOST_TEST(passes(user({"ana.souza"})));
  BOOST_TEST(passes(user({" ANA.SOUZA "})));
  BOOST_TEST(!passes(user({"ana"})));
  BOOST_TEST(!passes(user({"ana.souza2"})));
  BOOST_TEST(!passes(user({"ana?souza"})));
  ListedSession accented = session();
  accented.user = "JOSÉ";
  BOOST_TEST(passes(user({"josé"}), accented));
  BOOST_TEST(!passes(user({"jose"}), accented));
}

BOOST_AUTO_TEST_CASE(a_star_is_any_text) {
  for (const char* pattern : {"*", "ana*", "*souza", "a*a", "ana*.*souza", "**", "*ana.souza*"})
    BOOST_TEST(passes(user({pattern})), pattern);
  for (const char* pattern : {"ana*x", "x*", "*ana", "a*z", "ana.souza*a"})
    BOOST_TEST(!passes(user({pattern})), pattern);
}

BOOST_AUTO_TEST_CASE(of_one_option_any_is_enough_and_of_different_ones_all_are_needed) {
  FilterSpec spec = user({"nobody", "ana*"});
  BOOST_TEST(passes(spec));
  spec.credential = {"ROOT"};
  spec.device = {"10.66.33.15:*"};
  spec.origin_ip = {"172.16.20.125"};
  spec.protocol = {"ssh", "rdp"};
  spec.proxy = {"web proxy"};
  BOOST_TEST(passes(spec));
  for (auto* patterns :
       {&spec.user, &spec.credential, &spec.device, &spec.origin_ip, &spec.protocol, &spec.proxy}) {
    const auto kept = std::exchange(*patterns, {"another"});
    BOOST_TEST(!passes(spec));
    *patterns = kept;
  }
}

BOOST_AUTO_TEST_CASE(an_age_is_measured_in_the_zone_of_the_server) {
  // 10:00 in UTC is six hours and five minutes ago; in São Paulo, it is three hours less.
  BOOST_TEST(passes(older_than(6h)));
  BOOST_TEST(!passes(older_than(6h + 6min)));
  BOOST_TEST(!passes(older_than(6h, "America/Sao_Paulo")));
  BOOST_TEST(passes(older_than(3h, "America/Sao_Paulo")));
  BOOST_TEST(!passes(older_than(3h + 6min, "America/Sao_Paulo")));
}

BOOST_AUTO_TEST_CASE(exactly_as_old_is_not_older) {
  BOOST_TEST(!passes(older_than(1h), started("2024-05-06 15:05:07")));
  BOOST_TEST(passes(older_than(1h), started("2024-05-06 15:05:06")));
}

BOOST_AUTO_TEST_CASE(a_session_from_the_future_is_not_old) {
  BOOST_TEST(!passes(older_than(1s), started("2024-05-06 20:00:00")));
}

BOOST_AUTO_TEST_CASE(an_ambiguous_start_never_makes_a_session_older_than_it_can_be) {
  // The later 02:30 of that night in Berlin is 01:30 UTC.
  constexpr WallTime night{std::chrono::milliseconds(1'729'996'200'000)};  // 2024-10-27 02:30 UTC
  const auto older = [&](Duration age) {
    return SessionFilter(older_than(age, "Europe/Berlin"), night).passes(started("2024-10-27 02:30:00"));
  };
  BOOST_TEST(older(59min));
  BOOST_TEST(!older(61min));  // the earlier one would be
}

BOOST_AUTO_TEST_CASE(before_and_after_part_all_sessions) {
  holds("each is before T or not before it", [] {
    FilterSpec before;
    before.zone = Zone::named("Europe/Berlin");
    FilterSpec after = before;
    const auto time = [] {
      const auto minute = *rc::gen::inRange(0, 24 * 60);
      return fmt::format("2024-{}-{} {:02}:{:02}:00", *rc::gen::element("03", "10"),
                         *rc::gen::element("27", "31"), minute / 60, minute % 60);
    };
    before.started_before = after.started_after = parse_time(time());
    const ListedSession one = started(time());
    RC_ASSERT(passes(before, one) != passes(after, one));
  });
}

BOOST_AUTO_TEST_CASE(a_time_with_an_offset_needs_no_zone_and_a_range_has_two_ends) {
  FilterSpec spec;
  spec.started_after = parse_time("2024-05-06T06:30:00-03:00");   // 09:30 UTC
  spec.started_before = parse_time("2024-05-06T07:30:00-03:00");  // 10:30 UTC
  BOOST_TEST(passes(spec));
  BOOST_TEST(passes(spec, started("2024-05-06 09:30:00")));
  BOOST_TEST(!passes(spec, started("2024-05-06 09:29:59")));
  BOOST_TEST(!passes(spec, started("2024-05-06 10:30:00")));
  spec.older_than = 6h;  // before 10:05:07
  BOOST_TEST(passes(spec));
  BOOST_TEST(!passes(spec, started("2024-05-06 10:10:00")));
}

BOOST_AUTO_TEST_CASE(a_start_that_can_not_be_read_passes_no_time_filter_and_is_counted) {
  FilterSpec spec = older_than(1s);
  spec.user = {"ana*"};
  SessionFilter filter(spec, kNow);
  BOOST_TEST(!filter.passes(started("soon")));
  BOOST_TEST(!filter.passes(started("")));
  ListedSession other = started("never");
  other.user = "bob";
  BOOST_TEST(!filter.passes(other));  // and would not have passed anyway
  BOOST_TEST(filter.unreadable_starts() == 2U);
  BOOST_TEST(filter.unreadable_start() == "soon");
  BOOST_TEST(passes(user({"ana*"}), started("soon")));
}

BOOST_AUTO_TEST_CASE(a_glob_agrees_with_trying_everything) {
  // The obvious way, which takes for ever on long texts.
  struct Obvious {
    static bool match(std::string_view pattern, std::string_view text) {
      if (pattern.empty()) return text.empty();
      if (pattern[0] == '*')
        return match(pattern.substr(1), text) || (!text.empty() && match(pattern, text.substr(1)));
      return !text.empty() && pattern[0] == text[0] && match(pattern.substr(1), text.substr(1));
    }
  };
  holds("both say the same", [] {
    const auto pattern = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '*'));
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b'));
    const auto short_pattern = pattern.substr(0, 8);
    const auto short_text = text.substr(0, 10);
    RC_ASSERT(matches_glob(short_pattern, short_text) == Obvious::match(short_pattern, short_text));
  });
}

BOOST_AUTO_TEST_SUITE_END()
