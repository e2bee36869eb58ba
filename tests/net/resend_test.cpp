// Never twice: libcurl likes to send a request again by itself when a kept connection turns out dead.
#include <chrono>
#include <string>
#include <vector>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::net;

namespace {

// The first request on a connection is answered; the next one is executed, and the connection closes.
void answers_once(Connection& connection, const Arrived& request) {
  if (request.number == 1) return connection.answer(200, "{}");
  connection.close();
}

std::size_t arrived(const ScriptedServer& server, const std::string& target) {
  std::size_t count = 0;
  for (const auto& request : server.requests()) count += request.target == target ? 1U : 0U;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resend)

BOOST_AUTO_TEST_CASE(a_kept_connection_that_closes_when_the_next_request_comes_is_not_tried_again) {
  ScriptedServer server(answers_once);
  Client client;
  BOOST_TEST(client.ask(server.url("/first")).error == TransportError::none);
  const Kept second = client.ask(server.url("/second"));
  BOOST_TEST(second.error == TransportError::sent_twice);
  BOOST_TEST(second.wire_sends == 1);
  BOOST_TEST(second.http_status == 0);
  BOOST_TEST(arrived(server, "/second") == 1U);
  // The pool goes on.
  BOOST_TEST(client.ask(server.url("/third")).error == TransportError::none);
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_is_reset_when_the_next_request_comes_is_not_tried_again) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.number == 1) return connection.answer(200, "{}");
    connection.reset();
  });
  Client client;
  BOOST_TEST(client.ask(server.url("/first")).error == TransportError::none);
  const Kept second = client.ask(server.url("/second"));
  BOOST_TEST((second.error == TransportError::sent_twice || second.error == TransportError::connection_lost));
  BOOST_TEST(second.wire_sends == 1);
  BOOST_TEST(arrived(server, "/second") == 1U);
}

BOOST_AUTO_TEST_CASE(a_token_request_is_not_sent_twice_either) {
  ScriptedServer server(answers_once);
  Client client;
  client.ask(server.url("/first"));
  const Kept second = client.ask(server.url("/token"), Method::post, {}, "grant_type=client_credentials");
  BOOST_TEST(second.error == TransportError::sent_twice);
  BOOST_TEST(arrived(server, "/token") == 1U);
}

BOOST_AUTO_TEST_CASE(many_at_once_on_connections_that_all_die_arrive_once_each) {
  constexpr std::size_t kMany = 100;
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.number % 2 == 1) {
      connection.pause(20ms);  // so that each needs a connection of its own
      return connection.answer(200, "{}");
    }
    connection.close();
  });
  Client client(quick(kMany));
  std::size_t next = 0;
  std::size_t lost = 0;
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < kMany; ++i) client.start(server.url("/" + std::to_string(next++)));
    for (const Kept& answer : client.finish()) {
      BOOST_TEST(answer.wire_sends == 1);
      lost += answer.error != TransportError::none ? 1U : 0U;
    }
  }
  BOOST_TEST(lost > 0U);
  BOOST_TEST(server.requests().size() == next);
  for (std::size_t i = 0; i < next; ++i) BOOST_TEST(arrived(server, "/" + std::to_string(i)) == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_closed_while_idle_is_replaced_before_anything_is_sent) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.answer(200, "{}");
    connection.close();
  });
  Client client;
  for (int i = 0; i < 5; ++i) {
    const Kept answer = client.ask(server.url("/" + std::to_string(i)));
    client.pool().wait(std::chrono::steady_clock::now() + 50ms);  // the FIN arrives
    BOOST_TEST(answer.error == TransportError::none);
    BOOST_TEST(answer.wire_sends == 1);
  }
  BOOST_TEST(server.requests().size() == 5U);
  BOOST_TEST(server.connections() == 5);
}

// A second answer on the same connection must never be taken for the answer to the next request: that would
// be a `dropped` that nobody dropped.
BOOST_AUTO_TEST_CASE(an_answer_that_comes_twice_in_one_piece_does_not_answer_the_next_request) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/first") {
      connection.send(http_answer(200, "for the first") + http_answer(200, "for the first, again"));
    } else {
      connection.answer(200, "for the second");
    }
  });
  Client client;
  BOOST_TEST(client.ask(server.url("/first")).body == "for the first");
  BOOST_TEST(client.ask(server.url("/second")).body == "for the second");
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_while_nothing_was_asked_does_not_answer_the_next_request) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/first") {
      connection.answer(200, "for the first");
      connection.pause(50ms);
      connection.answer(200, "nobody asked for this");
    } else {
      connection.answer(200, "for the second");
    }
  });
  Client client;
  BOOST_TEST(client.ask(server.url("/first")).body == "for the first");
  client.pool().wait(std::chrono::steady_clock::now() + 200ms);
  const Kept second = client.ask(server.url("/second"));
  BOOST_TEST(second.body == "for the second");
  BOOST_TEST(second.error == TransportError::none);
  BOOST_TEST(second.wire_sends == 1);
  // On a connection of its own, which is kept for the third.
  BOOST_TEST(client.ask(server.url("/third")).body == "for the second");
  BOOST_TEST(server.connections() == 2);
  BOOST_TEST(server.requests().size() == 3U);
}

// The same with answers that come too late for the request that they belong to.
BOOST_AUTO_TEST_CASE(an_answer_that_comes_after_its_time_or_after_a_cut_does_not_answer_the_next_request) {
  for (const bool cut : {false, true}) {
    ScriptedServer server([](Connection& connection, const Arrived& request) {
      if (request.target == "/late") connection.pause(800ms);
      connection.answer(200, request.target);
    });
    TransportOptions options = quick(1);
    if (!cut) options.timeout = 500ms;
    Client client(options);
    client.ask(server.url("/first"));
    client.start(server.url("/late"));
    client.pool().wait(std::chrono::steady_clock::now() + 100ms);
    if (cut) client.pool().cancel();
    const auto late = client.finish();
    BOOST_REQUIRE(late.size() == 1U);
    BOOST_TEST(late[0].error == (cut ? TransportError::cancelled : TransportError::timed_out));
    BOOST_TEST(late[0].wire_sends == 1);
    client.pool().wait(std::chrono::steady_clock::now() + 900ms);
    BOOST_TEST(client.ask(server.url("/next")).body == "/next");
  }
}

// What gateways do to a connection that was idle for too long.
BOOST_AUTO_TEST_CASE(a_408_on_an_idle_connection_does_not_answer_the_next_request) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    connection.answer(200, request.target);
    if (request.target != "/first") return;
    connection.pause(50ms);
    connection.send("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    connection.close();
  });
  Client client;
  client.ask(server.url("/first"));
  client.pool().wait(std::chrono::steady_clock::now() + 200ms);
  const Kept second = client.ask(server.url("/second"));
  BOOST_TEST(second.error == TransportError::none);
  BOOST_TEST(second.http_status == 200);
  BOOST_TEST(second.body == "/second");
}

BOOST_AUTO_TEST_SUITE_END()
