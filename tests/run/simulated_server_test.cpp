// The simulated server and its network: the whole runs are held against them, so they are held against their
// own word first.
#include "support/simulated_server.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/manual_clock.hpp"
#include "support/simulated_id.hpp"
#include "support/simulated_pool.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/net/pool.hpp"

using namespace bulkdrop;
using namespace std::chrono_literals;

namespace bulkdrop::test {
namespace {

// A client that sends drops with the token that it has fetched before.
struct Network {
  explicit Network(std::uint64_t sessions) : server(sessions), pool(clock, server, sessions + 1, 1) {
    post();
    pool.wait(TimePoint::max());
  }
  void post() {
    net::Request request;
    request.method = net::Method::post;
    request.url = "https://pam.example/api/oauth2/token";
    pool.start(request);
  }
  void drop(std::uint64_t row) {
    const std::string url = "https://pam.example/api/pam/session/drop/" + simulated_id(row);
    net::Request request;
    request.ticket = row;
    request.url = url.c_str();
    request.headers = headers;
    pool.start(request);
  }
  ManualClock clock;
  SimulatedServer server;
  SimulatedPool pool;
  std::shared_ptr<const net::HeaderLines> headers =
      std::make_shared<const net::HeaderLines>(std::vector<std::string>{"Authorization: Bearer token-1"});
};

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_server)

BOOST_AUTO_TEST_CASE(what_throttles_says_so_in_its_header_fields_and_nobody_else_does) {
  Network network(2);
  network.server.drops = throttling_with({{"Retry-After", "7"}},
                                         during(0s, 1s, always(Deed::throttled), always(Deed::unavailable)));
  network.drop(0);
  auto answers = network.pool.wait(TimePoint::max());
  BOOST_REQUIRE(answers.size() == 1U);
  BOOST_TEST(answers[0].http_status == 429);
  BOOST_TEST(answers[0].headers->value("retry-after") == "7");
  network.clock.turn_to(kStart + 2s);
  network.drop(1);
  answers = network.pool.wait(TimePoint::max());
  BOOST_REQUIRE(answers.size() == 1U);
  BOOST_TEST(answers[0].http_status == 503);
  BOOST_TEST(answers[0].headers->value("Retry-After") == "");
}

BOOST_AUTO_TEST_CASE(the_ledger_tells_what_was_done_from_what_was_said) {
  struct Case {
    Deed deed;
    bool ended;
    bool doubt;
  };
  for (const Case& one : {Case{Deed::drop, true, false}, Case{Deed::drop_error, false, false},
                          Case{Deed::executed_lost, true, true}, Case{Deed::lost, false, true},
                          Case{Deed::executed_silent, true, true}, Case{Deed::silent, false, true},
                          Case{Deed::throttled, false, false}, Case{Deed::unavailable, false, true},
                          Case{Deed::executed_503, true, true}, Case{Deed::unexpected, false, true},
                          Case{Deed::garbage, false, true}, Case{Deed::executed_cut, true, true},
                          Case{Deed::refused, false, false}, Case{Deed::no_resource, false, false},
                          Case{Deed::no_permission, false, false}, Case{Deed::bad_token, false, false}}) {
    Network network(1);
    network.server.drops = always(one.deed);
    network.drop(0);
    const auto answers = network.pool.wait(TimePoint::max());
    BOOST_TEST_CONTEXT("deed " << static_cast<int>(one.deed)) {
      BOOST_REQUIRE(answers.size() == 1U);
      const int sends = one.deed == Deed::refused ? 0 : 1;
      BOOST_TEST(answers[0].wire_sends == sends);
      const auto& session = network.server.ledger[0];
      BOOST_TEST(static_cast<int>(session.requests) == sends);
      BOOST_TEST(session.ended_by_us == one.ended);
      BOOST_TEST(session.alive == !one.ended);
      BOOST_TEST(session.doubt == one.doubt);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_session_that_has_ended_is_a_drop_error_and_a_token_that_is_too_old_is_refused) {
  Network network(2);
  network.drop(0);
  BOOST_TEST(network.pool.wait(TimePoint::max())[0].http_status == 200);
  network.drop(0);
  BOOST_TEST(network.pool.wait(TimePoint::max())[0].http_status == 500);
  network.server.token_really = 1s;
  network.clock.turn_to(kStart + 5s);
  network.drop(1);
  BOOST_TEST(network.pool.wait(TimePoint::max())[0].http_status == 401);
  BOOST_TEST(network.server.ledger[1].alive);
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_after_the_clients_time_is_none_but_the_work_is_done) {
  Network network(1);
  network.server.drops = unlimited(exactly(31s));
  const TimePoint sent = network.clock.now();
  network.drop(0);
  const auto answers = network.pool.wait(TimePoint::max());
  BOOST_REQUIRE(answers.size() == 1U);
  BOOST_TEST((answers[0].error == TransportError::timed_out));
  BOOST_TEST((answers[0].finished - sent == 30s));
  BOOST_TEST(network.server.ledger[0].ended_by_us);
}

BOOST_AUTO_TEST_CASE(a_loop_that_spins_or_sends_what_nobody_asked_for_is_told) {
  Network network(1);
  net::Request request;
  request.url = "https://pam.example/api/pam/session/drop/1dbd4";
  BOOST_CHECK_THROW(network.pool.start(request), std::logic_error);
  network.drop(0);
  BOOST_CHECK_THROW(for (int i = 0; i < 1000; ++i) network.pool.wait(network.clock.now()), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
