// What the session list proves about one row.
#include "bulkdrop/run/verification.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <rapidcheck.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/run/kept_texts.hpp"
#include "bulkdrop/run/listed_rows.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::holds;
using bulkdrop::test::TempDir;

namespace {

Result with(Status status, Reason reason) {
  Result result;
  result.row = 7;
  result.session_id = "3fcf1e4a16104e328d6794e1b9693cfc457871d2";
  result.status = status;
  result.reason = reason;
  result.http_status = status == Status::dropped ? 200 : 500;
  result.error_code = status == Status::dropped ? 0 : 1;
  result.message = "what the server said";
  result.attempts = 2;
  return result;
}

// `status/reason` of the new result, or nothing.
std::string becomes(Status status, Reason reason, Listing listing, bool after_grace = true) {
  const auto changed = held_against(with(status, reason), listing, after_grace, "words");
  if (!changed) return "";
  Result expected = with(status, reason);
  expected.status = changed->status;
  expected.reason = changed->reason;
  expected.message = "words";
  BOOST_TEST((*changed == expected));  // all else is as it was
  return fmt::format("{}/{}", name(changed->status), name(changed->reason));
}

pam::ListedSession listed(const std::string& id, const std::string& end = "") {
  pam::ListedSession session;
  session.session_id = id;
  session.end = end;
  session.user = "ana";
  return session;
}

const std::string kEnd = "2026-05-06 16:07:59";

}  // namespace

BOOST_AUTO_TEST_SUITE(verification)

BOOST_AUTO_TEST_CASE(a_real_end_in_the_list_settles_what_was_open) {
  BOOST_TEST(becomes(Status::unknown, Reason::timeout, Listing::ended) == "ended/listed_ended");
  BOOST_TEST(becomes(Status::failed, Reason::drop_error, Listing::ended) == "ended/listed_ended");
  BOOST_TEST(becomes(Status::failed, Reason::still_alive, Listing::ended) == "ended/listed_ended");
  BOOST_TEST(becomes(Status::unsent, Reason::not_started, Listing::ended) == "ended/listed_ended");
  BOOST_TEST(becomes(Status::dropped, Reason::ok, Listing::ended) == "");
  BOOST_TEST(becomes(Status::ended, Reason::listed_ended, Listing::ended) == "");
}

BOOST_AUTO_TEST_CASE(a_session_listed_as_active_is_alive) {
  BOOST_TEST(becomes(Status::unknown, Reason::timeout, Listing::active, false) == "failed/still_alive");
  BOOST_TEST(becomes(Status::failed, Reason::drop_error, Listing::active, false) == "failed/still_alive");
  BOOST_TEST(becomes(Status::unsent, Reason::not_started, Listing::active) == "");
}

BOOST_AUTO_TEST_CASE(what_is_held_to_be_gone_is_in_doubt_from_the_first_list_and_alive_from_the_second) {
  BOOST_TEST(becomes(Status::dropped, Reason::ok, Listing::active, true) == "failed/still_alive");
  BOOST_TEST(becomes(Status::ended, Reason::listed_ended, Listing::active, true) == "failed/still_alive");
  for (const auto& [status, reason] :
       {std::pair(Status::dropped, Reason::ok), std::pair(Status::ended, Reason::listed_ended)}) {
    const Result gone = with(status, reason);
    const auto doubt = held_against(gone, Listing::active, false, "still listed as active: user ana");
    BOOST_REQUIRE(doubt.has_value());
    BOOST_TEST(is_active_once(*doubt));
    BOOST_TEST(!is_active_once(gone));
    BOOST_TEST((doubt->status == Status::unknown));
    BOOST_TEST((doubt->reason == Reason::still_alive));
    BOOST_TEST(doubt->message.starts_with("listed as active once after "), doubt->message);
    BOOST_TEST(doubt->message.ends_with(", and not looked at again: user ana"), doubt->message);
    BOOST_TEST(listed_particulars(doubt->message).user == "ana");
    BOOST_TEST(!held_against(*doubt, Listing::active, false, "words"));
    const auto alive = held_against(*doubt, Listing::active, true, "words");
    BOOST_REQUIRE(alive.has_value());
    BOOST_TEST((alive->status == Status::failed));
    for (const Listing listing : {Listing::ended, Listing::absent}) {
      auto again = held_against(*doubt, listing, false, "words");
      BOOST_REQUIRE(again.has_value());
      BOOST_TEST(again->message.ends_with("; listed as active once after that, and no more since"));
      again->message = gone.message;
      BOOST_TEST((*again == gone));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_confirmed_drop_that_was_asked_for_again_since_is_confirmed_no_more) {
  const Result gone = with(Status::dropped, Reason::ok);
  Result refused = held_against(gone, Listing::active, false, "still listed as active").value();
  refused.http_status = 500;
  refused.error_code = 1;
  BOOST_TEST(!is_active_once(refused));
  BOOST_TEST(!held_against(refused, Listing::absent, true, ""));
}

BOOST_AUTO_TEST_CASE(absent_proves_nothing_and_rows_of_no_session_of_their_own_are_left_alone) {
  for (const Status status : kAllStatuses) {
    BOOST_TEST(becomes(status, Reason::drop_error, Listing::absent) == "");
    if (is_verifiable(status)) continue;
    BOOST_TEST(becomes(status, Reason::bad_id, Listing::ended) == "");
    BOOST_TEST(becomes(status, Reason::bad_id, Listing::active) == "");
  }
}

BOOST_AUTO_TEST_CASE(the_same_list_changes_nothing_twice) {
  holds("held against the same list again", [](std::uint8_t s, std::uint8_t r, bool ended, bool after_grace) {
    const Result result =
        with(kAllStatuses[s % kAllStatuses.size()], all_reasons()[r % all_reasons().size()].reason);
    const Listing listing = ended ? Listing::ended : Listing::active;
    const auto once = held_against(result, listing, after_grace, "words");
    if (!once) return;
    RC_ASSERT(!held_against(*once, listing, after_grace, "words"));
    RC_ASSERT(is_verifiable(result.status));
    const bool doubt = !ended && !after_grace && is_gone(result.status);
    RC_ASSERT(once->status == (ended ? Status::ended : doubt ? Status::unknown : Status::failed));
  });
}

BOOST_AUTO_TEST_CASE(the_words_say_who_and_since_when) {
  pam::ListedSession session = listed("x");
  session.user = "u";
  session.credential = "c";
  session.device = "d";
  session.origin_ip = "10.0.0.1";
  session.start = "2026-05-06 16:05:07";
  BOOST_TEST(
      listed_words(session) ==
      "still listed as active: user u, credential c, device d, from 10.0.0.1, since 2026-05-06 16:05:07");
  session.end = kEnd;
  BOOST_TEST(listed_words(session) == "listed as ended at 2026-05-06 16:07:59");
  BOOST_TEST(listed_words(pam::ListedSession()) == "still listed as active");
  session.end = "soon";
  BOOST_TEST(listed_words(session).ends_with(", with an end that is no time: soon"));
}

BOOST_AUTO_TEST_CASE(the_words_are_printable_and_short_whatever_the_server_wrote) {
  holds("any texts", [](const std::string& user, const std::string& device, std::uint16_t times) {
    pam::ListedSession session;
    session.user = user;
    session.device = std::string(times % 2000, 'd') + device;
    session.credential = std::string(times % 700, '\x1b');
    session.origin_ip = session.device;
    session.start = session.device;
    session.end = std::string(times % 3000, 'x');
    const std::string words = listed_words(session);
    RC_ASSERT(words.size() <= 500U);
    RC_ASSERT(is_valid_utf8(words));
    RC_ASSERT(printable(words) == words);
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(listed_rows)

BOOST_AUTO_TEST_CASE(rows_are_found_by_their_ids_in_either_case_if_those_are_hexadecimal) {
  const TempDir dir;
  for (const bool ignore_case : {true, false}) {
    ListedRows rows(dir.path(), 3, ignore_case);
    rows.expect(1, "AB01", Status::unknown);
    rows.restart();
    rows.take(listed("ab01", kEnd));
    rows.take(listed("cd"));
    BOOST_TEST((rows.listing(1) == Listing::ended) == ignore_case);
    BOOST_TEST((rows.listing(0) == Listing::absent));
    BOOST_TEST(!rows.expects(0));
    BOOST_TEST(rows.expects(1));
    BOOST_TEST(rows.expected() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_session_listed_twice_is_alive_if_it_is_so_once) {
  const TempDir dir;
  for (const bool first : {true, false}) {
    ListedRows rows(dir.path(), 1, true);
    rows.expect(0, "ab", Status::dropped);
    rows.restart();
    rows.take(listed("ab", first ? "" : kEnd));
    rows.take(listed("ab", first ? kEnd : ""));
    BOOST_TEST((rows.listing(0) == Listing::active));
    BOOST_TEST(rows.words(0) == "still listed as active: user ana");
  }
}

BOOST_AUTO_TEST_CASE(a_list_that_broke_off_counts_for_nothing) {
  const TempDir dir;
  ListedRows rows(dir.path(), 1, true);
  rows.expect(0, "ab", Status::unknown);
  rows.restart();
  rows.take(listed("ab"));
  rows.restart();
  BOOST_TEST((rows.listing(0) == Listing::absent));
  BOOST_TEST(rows.words(0) == "");
}

BOOST_AUTO_TEST_CASE(masked_ids_and_ids_of_others_are_no_rows) {
  const TempDir dir;
  ListedRows rows(dir.path(), 1, false);
  rows.expect(0, "1dbd4", Status::unknown);
  rows.restart();
  rows.take(listed("1dbd4*****8975"));
  rows.take(listed(""));
  BOOST_TEST((rows.listing(0) == Listing::absent));
}

BOOST_AUTO_TEST_CASE(kept_texts_are_read_back_however_many_they_are) {
  const TempDir dir;
  KeptTexts texts(dir.path());
  std::vector<std::uint64_t> places;
  const auto text = [](std::size_t i) { return fmt::format("{} {}", i, std::string(i % 400, 'x')); };
  for (std::size_t i = 0; i < 3000; ++i) places.push_back(texts.keep(text(i)));
  for (std::size_t i = 0; i < 3000; ++i) BOOST_REQUIRE(texts.at(places[i]) == text(i));
  texts.clear();
  BOOST_TEST(texts.at(texts.keep("")) == "");
  BOOST_TEST(texts.at(texts.keep(std::string(70'000, 'y'))).size() == KeptTexts::kMostBytes);
}

BOOST_AUTO_TEST_SUITE_END()
