// HTTP itself: pipelining, bodies, limits, what is not HTTP.
#include <chrono>
#include <string>
#include <vector>

#include "running_sandbox.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::test;
using End = RawReply::End;

BOOST_AUTO_TEST_SUITE(sandbox_http)

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  RunningSandbox running(small_options());
  auto client = running.client();
  std::string all;
  for (std::size_t i = 0; i < 20; ++i) all += client.request("DELETE", running.drop_path(i / 2), kBearer);
  client.send(all);
  for (int i = 0; i < 20; ++i) BOOST_TEST(client.receive().status == (i % 2 == 0 ? 200 : 500));
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_byte_by_byte) {
  RunningSandbox running(small_options());
  auto client = running.client();
  const std::string whole = client.request("POST", "/api/oauth2/token", kForm, kGrant);
  for (const char c : whole) client.send(std::string_view(&c, 1));
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(a_chunked_request_body_is_read) {
  RunningSandbox running(small_options());
  auto client = running.client();
  client.send(
      client.request("POST", "/api/oauth2/token", std::string(kForm) + "Transfer-Encoding: chunked\r\n") +
      "5\r\ngrant\r\n" + "47\r\n" + std::string(kGrant).substr(5) + "\r\n0\r\n\r\n");
  BOOST_TEST_REQUIRE(kGrant.size() == 5U + 0x47U);
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(expect_100_continue_is_answered_before_the_body) {
  RunningSandbox running(small_options());
  auto client = running.client();
  client.send(client.request("POST", "/api/oauth2/token",
                             std::string(kForm) + "Expect: 100-continue\r\nContent-Length: " +
                                 std::to_string(kGrant.size()) + "\r\n"));
  BOOST_TEST(client.receive().status == 100);
  client.send(kGrant);
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(what_is_not_http_gets_400_and_is_shown_the_door) {
  RunningSandbox running(small_options());
  for (const std::string bytes : {"nonsense\r\n\r\n", "GET / HTTP/3.0\r\nHost: x\r\n\r\n",
                                  "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                                  "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"}) {
    auto client = running.client();
    client.send(bytes);
    const RawReply reply = client.receive();
    BOOST_TEST_CONTEXT(bytes) BOOST_TEST(reply.status == 400);
    BOOST_TEST(reply.field("Connection") == "close");
    BOOST_TEST((client.state(std::chrono::seconds(5)) == End::closed));
  }
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_refused) {
  RunningSandbox running(small_options());
  auto client = running.client();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'x') + "\r\n\r\n");
  BOOST_TEST(client.receive().status == 431);
  auto other = running.client();
  other.send(other.request("POST", "/api/oauth2/token", "Content-Length: 1000000\r\n"));
  BOOST_TEST(other.receive().status == 413);
}

BOOST_AUTO_TEST_CASE(connection_close_and_http_1_0_are_honoured) {
  RunningSandbox running(small_options());
  auto client = running.client();
  BOOST_TEST(
      client.ask("DELETE", running.drop_path(0), std::string(kBearer) + "Connection: close\r\n").status ==
      200);
  BOOST_TEST((client.state(std::chrono::seconds(5)) == End::closed));
  auto old = running.client();
  old.send("DELETE " + running.drop_path(1) + " HTTP/1.0\r\nConnection: keep-alive\r\n" +
           std::string(kBearer) + "\r\nDELETE " + running.drop_path(2) + " HTTP/1.0\r\n" +
           std::string(kBearer) + "\r\n");
  const RawReply kept = old.receive();
  BOOST_TEST(kept.status == 200);
  BOOST_TEST(kept.field("Connection") == "keep-alive");
  BOOST_TEST(old.receive().status == 200);
  BOOST_TEST((old.state(std::chrono::seconds(5)) == End::closed));
}

BOOST_AUTO_TEST_CASE(a_target_in_absolute_form_is_understood) {
  RunningSandbox running(small_options());
  BOOST_TEST(
      running.client().ask("DELETE", "http://pam.example" + running.drop_path(0) + "?x=1", kBearer).status ==
      200);
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(hundreds_of_connections_are_served_side_by_side) {
  auto options = small_options();
  options.sessions = 500;
  RunningSandbox running(options);
  std::vector<RawHttp> clients;
  for (int i = 0; i < 500; ++i) clients.push_back(running.client());
  for (std::size_t i = 0; i < 500; ++i)
    clients[i].send(clients[i].request("DELETE", running.drop_path(i), kBearer));
  for (auto& client : clients) BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
