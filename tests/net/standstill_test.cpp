// What a process that was stopped (SIGSTOP, a debugger, a machine that swaps) finds when it runs again.
#include <chrono>
#include <string>
#include <thread>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::net;
using namespace std::chrono_literals;

namespace {

TransportOptions impatient(std::size_t capacity = 4) {
  TransportOptions options = quick(capacity);
  options.timeout = 300ms;
  options.connect_timeout = 300ms;
  return options;
}

// Nothing that was stopped could tell: the test's own thread does not come back to the pool.
void stand_still(Duration time) {
  std::this_thread::sleep_for(time);
}

// Puts every request on the wire.
void send_all(Client& client) {
  for (int i = 0; i < 20; ++i) client.pool().wait(std::chrono::steady_clock::now() + 2ms);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standstill)

BOOST_AUTO_TEST_CASE(an_answer_that_came_in_the_meantime_counts) {
  const ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.pause(100ms);
    connection.answer(200, "ok");
  });
  const TimePoint began = std::chrono::steady_clock::now();
  Client client(impatient(8));
  for (std::uint64_t ticket = 0; ticket < 8; ++ticket) client.start(server.url("/x"), ticket);
  send_all(client);
  stand_still(1s);
  for (const Kept& answer : client.finish()) {
    BOOST_TEST(answer.error == TransportError::none, answer.error_text);
    BOOST_TEST(answer.http_status == 200);
  }
  BOOST_TEST(server.requests().size() == 8U);
  const Duration lost = client.pool().take_standstill();
  BOOST_TEST((lost > 800ms && lost <= std::chrono::steady_clock::now() - began));
  BOOST_TEST((client.pool().take_standstill() == Duration::zero()));
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_is_still_given_up) {
  const ScriptedServer server([](Connection& connection, const Arrived&) { connection.stall(); });
  Client client(impatient());
  client.start(server.url("/x"));
  send_all(client);
  stand_still(1s);
  const auto before = std::chrono::steady_clock::now();
  const auto kept = client.finish();
  BOOST_TEST_REQUIRE(kept.size() == 1U);
  BOOST_TEST(kept.front().error == TransportError::timed_out);
  BOOST_TEST(kept.front().error_text == "no complete answer within 300 ms");
  // What it had left when everything stood still, it has afterwards.
  BOOST_TEST((std::chrono::steady_clock::now() - before > 50ms));
  BOOST_TEST((std::chrono::steady_clock::now() - before < 1s));
}

BOOST_AUTO_TEST_CASE(a_connection_that_could_not_be_finished_meanwhile_is_finished) {
  const ScriptedServer server([](Connection& connection, const Arrived&) { connection.answer(200, "ok"); });
  Client client(impatient());
  client.start(server.url("/x"));
  stand_still(1s);
  const auto kept = client.finish();
  BOOST_TEST_REQUIRE(kept.size() == 1U);
  BOOST_TEST(kept.front().error == TransportError::none, kept.front().error_text);
}

BOOST_AUTO_TEST_CASE(the_next_request_has_no_more_time_than_any_other) {
  const ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/stall") connection.stall();
    connection.pause(100ms);
    connection.answer(200, "ok");
  });
  Client client(impatient(1));
  client.start(server.url("/x"));
  send_all(client);
  stand_still(1s);
  BOOST_TEST(client.finish().front().error == TransportError::none);
  const Kept answer = client.ask(server.url("/stall"));
  BOOST_TEST(answer.error == TransportError::timed_out);
  BOOST_TEST((answer.took < 900ms));
}

// A pool that nobody used for a while did not stand still for the requests of later.
BOOST_AUTO_TEST_CASE(time_before_a_request_began_is_not_given_to_it) {
  const ScriptedServer server([](Connection& connection, const Arrived&) { connection.stall(); });
  Client client(impatient());
  stand_still(1s);
  const Kept answer = client.ask(server.url("/x"));
  BOOST_TEST(answer.error == TransportError::timed_out);
  BOOST_TEST((answer.took < 900ms));
}

BOOST_AUTO_TEST_CASE(it_is_known_before_anybody_waits_again) {
  const TimePoint began = std::chrono::steady_clock::now();
  Client client(impatient());
  client.pool().wait(std::chrono::steady_clock::now() + 1ms);
  client.pool().take_standstill();
  stand_still(800ms);
  const Duration lost = client.pool().take_standstill();
  BOOST_TEST((lost > 700ms && lost <= std::chrono::steady_clock::now() - began));
  BOOST_TEST((client.pool().take_standstill() == Duration::zero()));
}

BOOST_AUTO_TEST_SUITE_END()
