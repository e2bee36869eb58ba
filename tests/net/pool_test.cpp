// The pool itself: many at once, waiting, waking, cutting, going away.
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

using namespace bulkdrop;
using namespace bulkdrop::net;

namespace {

TimePoint in(Duration time) {
  return std::chrono::steady_clock::now() + time;
}

Duration cpu_time() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

void echo(Connection& connection, const Arrived& request) {
  connection.answer(200, request.target);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(requests_one_after_the_other_share_a_connection) {
  ScriptedServer server(echo);
  Client client(quick(8));
  for (int i = 0; i < 50; ++i) client.ask(server.url("/" + std::to_string(i)));
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_window_takes_as_many_connections_as_it_is_wide_and_keeps_them) {
  constexpr std::size_t kWindow = 20;
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    connection.pause(30ms);
    echo(connection, request);
  });
  Client client(quick(kWindow));
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < kWindow; ++i) client.start(server.url("/x"), i);
    BOOST_TEST(client.finish().size() == kWindow);
  }
  BOOST_TEST(server.connections() == static_cast<int>(kWindow));
}

BOOST_AUTO_TEST_CASE(several_lanes_answer_every_ticket_with_its_own_body) {
  constexpr std::size_t kWindow = 3 * kRequestsPerLane + 8;
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.number == 1) connection.pause(100ms);
    echo(connection, request);
  });
  Client client(quick(kWindow));
  BOOST_TEST(client.pool().capacity() == kWindow);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kWindow; ++i) client.start(server.url("/" + std::to_string(i)), i);
    BOOST_TEST(client.pool().in_flight() == kWindow);
    std::set<std::uint64_t> tickets;
    for (const Kept& answer : client.finish()) {
      BOOST_TEST(answer.error == TransportError::none);
      BOOST_TEST(answer.wire_sends == 1);
      BOOST_TEST(answer.body == "/" + std::to_string(answer.ticket));
      tickets.insert(answer.ticket);
    }
    BOOST_TEST(tickets.size() == kWindow);
    BOOST_TEST(client.pool().in_flight() == 0U);
  }
  BOOST_TEST(server.connections() == static_cast<int>(kWindow));
}

BOOST_AUTO_TEST_CASE(answers_of_one_wait_live_until_the_next_call) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    connection.answer(200, request.target, "X-Request-Id: id" + request.target + "\r\n");
  });
  Client client(quick(10));
  for (std::size_t i = 0; i < 10; ++i) client.start(server.url("/" + std::to_string(i)), i);
  std::size_t seen = 0;
  while (client.pool().in_flight() > 0) {
    const auto answers = client.pool().wait(in(10s));
    for (const Answer& answer : answers) {  // all of them still there when the last one came
      const std::string path = "/" + std::to_string(answer.ticket);
      BOOST_TEST(answer.body == path);
      BOOST_REQUIRE(answer.headers != nullptr);
      BOOST_TEST(answer.headers->value("X-Request-Id") == "id" + path);
      ++seen;
    }
  }
  BOOST_TEST(seen == 10U);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_in_time_and_without_burning_the_processor) {
  Client client;
  const TimePoint start = std::chrono::steady_clock::now();
  const Duration cpu = cpu_time();
  const auto answers = client.pool().wait(start + 300ms);
  const Duration took = std::chrono::steady_clock::now() - start;
  BOOST_TEST(answers.empty());
  BOOST_TEST(took >= 300ms);
  BOOST_TEST(took < 3s);
  BOOST_TEST((cpu_time() - cpu < 50ms));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_slow_server_does_not_burn_the_processor) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    connection.pause(1s);
    echo(connection, request);
  });
  Client client(quick(100));
  for (std::size_t i = 0; i < 100; ++i) client.start(server.url("/x"), i);
  client.pool().wait(in(300ms));  // connecting costs something
  const Duration cpu = cpu_time();
  std::size_t turns = 0;
  const TimePoint until = in(400ms);
  while (std::chrono::steady_clock::now() < until) {
    client.pool().wait(until);
    ++turns;
  }
  BOOST_TEST((cpu_time() - cpu < 100ms));
  BOOST_TEST(turns < 120U);
  client.finish();
}

BOOST_AUTO_TEST_CASE(a_time_in_the_past_does_not_wait) {
  ScriptedServer server([](Connection& connection, const Arrived&) { connection.stall(); });
  Client client;
  client.start(server.url("/x"));
  const TimePoint start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) client.pool().wait(TimePoint::min());
  BOOST_TEST((std::chrono::steady_clock::now() - start < 2s));
}

BOOST_AUTO_TEST_CASE(notify_wakes_a_wait_from_another_thread) {
  Client client;
  std::thread other([&] {
    std::this_thread::sleep_for(100ms);
    client.pool().notify();
  });
  const TimePoint start = std::chrono::steady_clock::now();
  const auto answers = client.pool().wait(TimePoint::max());
  const Duration took = std::chrono::steady_clock::now() - start;
  other.join();
  BOOST_TEST(answers.empty());
  BOOST_TEST(took >= 90ms);
  BOOST_TEST(took < 3s);
}

BOOST_AUTO_TEST_CASE(notify_before_a_wait_wakes_that_wait_once) {
  Client client;
  client.pool().notify();
  client.pool().notify();
  TimePoint start = std::chrono::steady_clock::now();
  client.pool().wait(start + 10s);
  BOOST_TEST((std::chrono::steady_clock::now() - start < 3s));
  start = std::chrono::steady_clock::now();
  client.pool().wait(start + 100ms);
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 100ms));
}

BOOST_AUTO_TEST_CASE(cancel_cuts_everything_and_says_what_had_been_sent) {
  ScriptedServer server([](Connection& connection, const Arrived&) { connection.stall(); });
  Client client(quick(kRequestsPerLane + 6));
  const std::size_t all = kRequestsPerLane + 6;
  for (std::size_t i = 0; i < all; ++i) client.start(server.url("/x"), i);
  // Nothing has moved yet for these; wait until the server has them all.
  const TimePoint deadline = in(10s);
  while (server.requests().size() < all && std::chrono::steady_clock::now() < deadline)
    client.pool().wait(in(10ms));
  BOOST_REQUIRE(server.requests().size() == all);
  client.pool().cancel();
  std::set<std::uint64_t> tickets;
  for (const Answer& answer : client.pool().wait(in(10s))) {
    BOOST_TEST(answer.error == TransportError::cancelled);
    BOOST_TEST(answer.wire_sends == 1);
    BOOST_TEST(answer.http_status == 0);
    tickets.insert(answer.ticket);
  }
  BOOST_TEST(tickets.size() == all);
  BOOST_TEST(client.pool().in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_cut_before_it_left_was_never_sent) {
  // A listener that nobody accepts from would still take connections: this one takes none.
  ScriptedServer server(echo);
  Client client;
  client.start(server.url("/x"));
  client.pool().cancel();  // before any wait(): libcurl has done nothing but remember the request
  const auto answers = client.pool().wait(in(10s));
  BOOST_REQUIRE(answers.size() == 1U);
  // Had it moved in the meantime, an answer or one send would be right, too; never more.
  if (answers[0].error == TransportError::cancelled) {
    BOOST_TEST(answers[0].wire_sends <= 1);
    BOOST_TEST(server.requests().size() <= static_cast<std::size_t>(answers[0].wire_sends));
  } else {
    BOOST_TEST(answers[0].wire_sends == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_pool_goes_on_after_a_cancel) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/stall") return connection.stall();
    echo(connection, request);
  });
  Client client(quick(3));
  for (std::size_t i = 0; i < 3; ++i) client.start(server.url("/stall"), i);
  client.pool().cancel();
  BOOST_TEST(client.finish().size() == 3U);
  BOOST_TEST(client.ask(server.url("/after")).body == "/after");
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_there_before_the_cut_is_kept) {
  ScriptedServer server(echo);
  Client client;
  client.start(server.url("/x"), 1);
  client.pool().wait(TimePoint::min());
  const TimePoint deadline = in(10s);
  while (server.requests().empty() && std::chrono::steady_clock::now() < deadline) {
    client.pool().wait(TimePoint::min());
    if (client.pool().in_flight() == 0) return;  // it was answered at once: nothing to cut
  }
  std::this_thread::sleep_for(50ms);
  client.pool().cancel();
  // It may be read or cut; it is one of them, once.
  const auto answers = client.finish();
  BOOST_REQUIRE(answers.size() == 1U);
  BOOST_TEST(answers[0].wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(a_pool_may_be_destroyed_with_requests_in_flight) {
  ScriptedServer server([](Connection& connection, const Arrived&) { connection.stall(); });
  Client client(quick(100));
  for (std::size_t i = 0; i < 100; ++i) client.start(server.url("/x"), i);
  for (int i = 0; i < 5; ++i) client.pool().wait(in(20ms));
  client.destroy();
  ScriptedServer other(echo);
  Client untouched(quick(2));
  untouched.start(other.url("/x"));  // not even begun
  untouched.destroy();
}

BOOST_AUTO_TEST_CASE(a_pool_that_never_sent_anything_costs_no_connection) {
  ScriptedServer server(echo);
  { const Client client(quick(200)); }
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(failures_do_not_wear_the_pool_out) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(unused_port()) + "/x";
  ScriptedServer server(echo);
  Client client(quick(8));
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = 0; i < 8; ++i) client.start(i % 2 == 0 ? nobody : server.url("/x"), i);
    for (const Kept& answer : client.finish())
      BOOST_TEST((answer.error == TransportError::none) == (answer.ticket % 2 == 1));
  }
}

BOOST_AUTO_TEST_CASE(a_slow_answer_does_not_hold_up_the_others) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/slow") connection.pause(2s);
    echo(connection, request);
  });
  Client client(quick(2));
  client.start(server.url("/slow"), 99);
  const TimePoint start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < 20; ++i) {
    client.start(server.url("/quick"), i);
    bool answered = false;
    while (!answered)
      for (const Answer& answer : client.pool().wait(in(10s))) answered = answered || answer.ticket == i;
  }
  BOOST_TEST((std::chrono::steady_clock::now() - start < 1900ms));
}

BOOST_AUTO_TEST_SUITE_END()
