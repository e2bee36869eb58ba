// Against a server that nobody here wrote.
#include "support/nginx.hpp"

#include <string>

#include "client.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::net;
using bulkdrop::test::Nginx;

namespace {

struct Tally {
  std::size_t answered = 0;
  std::size_t in_doubt = 0;
  std::size_t not_sent = 0;
};

// `count` distinct DELETEs with `window` in flight.
Tally drop_all(Client& client, const Nginx& nginx, std::size_t count, std::size_t window) {
  Tally tally;
  std::size_t next = 0;
  const TimePoint deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (next < count || client.pool().in_flight() > 0) {
    while (next < count && client.pool().in_flight() < window) {
      client.start(nginx.url("/drop/" + std::to_string(next)), next);
      ++next;
    }
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
    for (const Answer& answer : client.pool().wait(deadline)) {
      BOOST_TEST(answer.wire_sends <= 1);
      if (answer.error == TransportError::none && answer.http_status == 200)
        ++tally.answered;
      else
        ++(answer.wire_sends > 0 ? tally.in_doubt : tally.not_sent);
    }
  }
  return tally;
}

// The same against an nginx with `config`, whose own log must show each request once.
Tally each_once(const std::string& config, std::size_t count, std::size_t window) {
  Nginx nginx(config);
  Client client(quick(window));
  const Tally tally = drop_all(client, nginx, count, window);
  const auto requests = nginx.stop_and_count();
  for (const auto& [target, times] : requests) BOOST_TEST(times == 1, target);
  BOOST_TEST(tally.answered + tally.in_doubt + tally.not_sent == count);
  BOOST_TEST(requests.size() >= tally.answered);
  BOOST_TEST(requests.size() <= tally.answered + tally.in_doubt);
  return tally;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(against_nginx)

BOOST_AUTO_TEST_CASE(every_request_arrives_exactly_once) {
  const Tally tally = each_once("location / { return 200 'gone'; } keepalive_requests 100000;", 2000, 64);
  BOOST_TEST(tally.answered == 2000U);
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_after_a_few_requests_gets_each_of_ours_once) {
  const Tally tally = each_once("location / { return 200 'gone'; } keepalive_requests 7;", 2000, 32);
  BOOST_TEST(tally.answered == 2000U);  // it announces each close
}

BOOST_AUTO_TEST_CASE(a_server_without_keep_alive_gets_each_of_ours_once) {
  const Tally tally = each_once("location / { return 200 'gone'; } keepalive_timeout 0;", 1000, 100);
  BOOST_TEST(tally.answered == 1000U);
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_up_without_an_answer_gets_each_of_ours_once) {
  // 444: nginx closes the connection without a word, here for one request in three.
  const Tally tally =
      each_once("location / { return 200 'gone'; } location ~ [258]$ { return 444; }", 1000, 32);
  BOOST_TEST(tally.answered == 700U);
  BOOST_TEST(tally.in_doubt == 300U);
}

BOOST_AUTO_TEST_SUITE_END()
