// What becomes of a single row.
#include "simulation.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::policy::test {
namespace {

Result alone(std::vector<Judgement> judgements, Limits limits = without_canary()) {
  return simulate(limits, 1, script(std::move(judgements))).results.at(0);
}

// A row among others that get through, so that it is known to be the only one in trouble.
Result among_others(std::vector<Judgement> judgements, Limits limits = without_canary()) {
  const Server own = script(std::move(judgements));
  return simulate(limits, 400,
                  [&](const Request& request) {
                    return request.row == 300 ? own(request) : Reply{dropped(), 20ms};
                  })
      .results.at(300);
}

void is(const Result& result, Status status, Reason reason, int attempts) {
  BOOST_TEST(result.status == status);
  BOOST_TEST(result.reason == reason);
  BOOST_TEST(result.attempts == attempts);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_row)

BOOST_AUTO_TEST_CASE(that_the_server_drops_is_dropped) {
  const Result result = alone({dropped()});
  is(result, Status::dropped, Reason::ok, 1);
  BOOST_TEST(result.http_status == 200);
  BOOST_TEST(result.duration_ms.value() == 10);
  BOOST_TEST((result.first_sent_at == moment(kStart).wall));
  BOOST_TEST((result.finished_at == moment(kStart + 10ms).wall));
}

BOOST_AUTO_TEST_CASE(with_two_drop_errors_has_failed_and_with_one_gets_another_try) {
  is(alone({drop_error()}), Status::failed, Reason::drop_error, 2);
  is(alone({drop_error(), dropped()}), Status::dropped, Reason::ok, 2);
  is(alone({drop_error(), throttled(), drop_error()}), Status::failed, Reason::drop_error, 3);
}

BOOST_AUTO_TEST_CASE(that_is_refused_for_good_is_not_asked_again) {
  is(alone({refused(), dropped()}), Status::failed, Reason::http_error, 1);
}

BOOST_AUTO_TEST_CASE(uses_no_more_than_its_attempts) {
  for (const int attempts : {1, 2, 5, 9}) {
    Limits limits = without_canary();
    limits.attempts = attempts;
    is(alone({timed_out()}, limits), Status::unknown, Reason::timeout, attempts);
    is(alone({garbage()}, limits), Status::unknown, Reason::bad_response, attempts);
    is(alone({throttled()}, limits), Status::unsent, Reason::throttled, attempts);
    is(among_others({token_refused()}, limits), Status::unsent, Reason::client_auth_failed, attempts);
  }
}

BOOST_AUTO_TEST_CASE(that_never_left_may_try_for_as_long_as_the_outage_lasts) {
  std::vector<Judgement> many(40, not_sent());
  many.push_back(dropped());
  is(alone(many), Status::dropped, Reason::ok, 1);
  const Result result = alone({not_sent()});
  is(result, Status::unsent, Reason::connect_failed, 0);
  BOOST_TEST(!result.first_sent_at.has_value());
  BOOST_TEST(!result.duration_ms.has_value());
}

BOOST_AUTO_TEST_CASE(in_doubt_stays_in_doubt_whatever_is_said_later) {
  for (const Judgement& doubt : {timed_out(), unavailable(), garbage()}) {
    is(alone({doubt, drop_error()}), Status::unknown, doubt.reason, 3);
    is(alone({doubt, refused()}), Status::unknown, doubt.reason, 2);
    is(alone({drop_error(), doubt, drop_error()}), Status::unknown, doubt.reason, 3);
    is(alone({doubt, throttled()}), Status::unknown, doubt.reason, 5);
    is(alone({doubt, token_refused()}), Status::unknown, doubt.reason, 5);
    is(among_others({doubt, forbidden()}), Status::unknown, doubt.reason, 3);
    is(alone({doubt, dropped()}), Status::dropped, Reason::ok, 2);
  }
  const Result result = alone({timed_out(), drop_error()});
  BOOST_TEST(result.message.find("drop_error") != std::string::npos);
  BOOST_TEST(result.http_status == 500);
}

BOOST_AUTO_TEST_CASE(in_doubt_has_the_reason_and_the_message_of_one_attempt) {
  Judgement first = timed_out();
  first.message = "nothing for 30 s";
  Judgement same_reason = drop_error();
  same_reason.reason = first.reason;
  same_reason.message = "another matter";
  BOOST_TEST(alone({first, same_reason}).message == "nothing for 30 s");
}

BOOST_AUTO_TEST_CASE(taken_up_again_in_doubt_tells_only_the_last_refusal_behind_it) {
  Judgement refusal = drop_error();
  refusal.message = "said now";
  Past past;
  past.recorded = past.doubt = true;
  past.attempts = 2;
  past.doubt_message = "cut (then drop_error: said before)";
  Dispatcher dispatcher(without_canary(), 1);
  dispatcher.add(0, "a", &past);
  dispatcher.end_of_rows();
  const Result* result = nullptr;
  for (TimePoint now = kStart; result == nullptr; now += std::chrono::minutes(1)) {
    const auto order = dispatcher.next({now, WallTime()});
    BOOST_REQUIRE(order.has_value());
    result = dispatcher.settle(order->ticket, 1, refusal, {now, WallTime()});
  }
  BOOST_TEST(result->message == "cut (then drop_error: said now)");
}

// `pam` says so where two requests went out, or an answer came although none did.
BOOST_AUTO_TEST_CASE(whose_refusal_comes_with_doubt_is_unknown) {
  for (Judgement j : {drop_error(), refused(), throttled()}) {
    j.doubt = true;
    BOOST_TEST(alone({j}).status == Status::unknown);
  }
}

BOOST_AUTO_TEST_CASE(whose_answers_come_without_a_counted_request_still_ends) {
  const Run run = simulate(without_canary(), 1, [](const Request&) {
    Reply reply{garbage()};
    reply.wire_sends = 0;
    return reply;
  });
  BOOST_TEST(run.results.at(0).status == Status::unknown);
  BOOST_TEST(run.sends.size() == 5U);
}

BOOST_AUTO_TEST_CASE(refused_like_every_other_is_unsent_and_alone_in_it_has_failed) {
  is(alone({forbidden()}), Status::unsent, Reason::not_authorized, 3);
  is(among_others({forbidden()}), Status::failed, Reason::not_authorized, 2);
  Limits once = without_canary();
  once.attempts = 1;
  is(alone({forbidden()}, once), Status::unsent, Reason::not_authorized, 1);
  is(among_others({forbidden()}, once), Status::failed, Reason::not_authorized, 1);
}

BOOST_AUTO_TEST_CASE(turned_away_with_an_old_token_goes_again_at_once) {
  const Run run = simulate(without_canary(), 1, script({token_refused(), dropped()}));
  BOOST_TEST(run.results.at(0).status == Status::dropped);
  BOOST_TEST((run.took() == 20ms));
}

BOOST_AUTO_TEST_CASE(with_long_messages_keeps_to_500_bytes) {
  Judgement doubt = timed_out();
  doubt.message = std::string(500, 'x');
  Judgement last = drop_error();
  last.message = std::string(500, 'y');
  BOOST_TEST(alone({doubt, last}).message.size() <= 500U);
}

BOOST_AUTO_TEST_CASE(once_in_doubt_ends_dropped_or_unknown) {
  bulkdrop::test::holds("any answers: dropped, or unknown if any was in doubt, or else failed or unsent", [] {
    const std::vector<Judgement> kinds = {drop_error(), refused(),    not_sent(),      throttled(),
                                          timed_out(),  garbage(),    token_refused(), forbidden(),
                                          dropped(),    unavailable()};
    const auto picks = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, kinds.size())));
    Limits limits = without_canary();
    limits.attempts = *rc::gen::inRange(1, 8);
    limits.canary = *rc::gen::inRange<std::uint64_t>(0, 2);
    std::vector<Judgement> told;  // what the row was told, as it was told
    const bool company = *rc::gen::arbitrary<bool>();
    const Run run = simulate(limits, company ? 50 : 1, [&](const Request& request) {
      if (request.row != 0) return Reply{dropped()};
      const auto n = std::min(picks.size(), static_cast<std::size_t>(request.nth)) - 1;
      told.push_back(kinds[picks[n]]);
      return Reply{told.back()};
    });
    const Result& result = run.results.at(0);
    const auto any = [&](auto predicate) { return std::any_of(told.begin(), told.end(), predicate); };
    const bool was_dropped = any([](const Judgement& j) { return j.verdict == Verdict::dropped; });
    const bool doubt = any([](const Judgement& j) { return j.doubt; });
    RC_ASSERT((result.status == Status::dropped) == was_dropped);
    if (!was_dropped) {
      RC_ASSERT((result.status == Status::unknown) == doubt);
      if (!doubt) RC_ASSERT(result.status == Status::failed || result.status == Status::unsent);
    }
    RC_ASSERT(result.attempts <= limits.attempts);
    if (told.empty()) RC_ASSERT(result.status == Status::unsent);
    if (!was_dropped && !doubt && any([](const Judgement& j) { return j.verdict == Verdict::refused; }))
      RC_ASSERT(result.status == Status::failed);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::policy::test
