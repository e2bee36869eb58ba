// HTTP/2 against nginx: many requests over few connections, and what stays as it was.
#include <set>
#include <string>
#include <vector>

#include "client.hpp"
#include "support/nginx.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/net/connections.hpp"

using namespace bulkdrop;
using namespace bulkdrop::net;
using bulkdrop::test::Certificate;
using bulkdrop::test::Nginx;
using bulkdrop::test::self_signed;
using bulkdrop::test::TempDir;

namespace {

constexpr std::size_t kWindow = 40;

// Each answer says what was asked for, how, and over which of nginx's connections.
struct Server {
  explicit Server(std::string_view protocol = "http2", const std::string& more = "keepalive_requests 100000;")
      : certificate(self_signed(directory, "IP:127.0.0.1")),
        nginx("location / { return 200 '$request_uri $server_protocol $connection'; }\n" + more, &certificate,
              protocol) {}

  [[nodiscard]] std::string url(const std::string& path) const {
    return "https://127.0.0.1:" + std::to_string(nginx.port()) + path;
  }
  [[nodiscard]] TransportOptions options() const {
    TransportOptions options = quick(kWindow);
    options.cacert = certificate.certificate;
    options.http2 = true;
    return options;
  }

  TempDir directory;
  Certificate certificate;
  Nginx nginx;
};

std::string path_of(std::uint64_t ticket) {
  return "/" + std::to_string(ticket);
}

// The answers to that many requests, with the window always full.
std::vector<Kept> ask_all(Client& client, const Server& server, std::uint64_t count) {
  std::vector<Kept> answers;
  std::uint64_t next = 0;
  while (answers.size() < count) {
    while (next < count && client.pool().in_flight() < kWindow) {
      client.start(server.url(path_of(next)), next);
      ++next;
    }
    for (Kept& answer : client.finish()) answers.push_back(std::move(answer));
  }
  return answers;
}

// What nginx says of the connections that good answers came over; each is the answer to its own request.
std::set<std::string> connections_of(const std::vector<Kept>& answers, const std::string& protocol) {
  std::set<std::string> connections;
  for (const Kept& answer : answers) {
    BOOST_TEST(answer.wire_sends == 1);
    BOOST_TEST_REQUIRE(answer.error == TransportError::none, answer.error_text);
    const std::string begin = path_of(answer.ticket) + " " + protocol + " ";
    BOOST_TEST_REQUIRE(answer.body.starts_with(begin), answer.body);
    connections.insert(answer.body.substr(begin.size()));
  }
  return connections;
}

bool finds_strays(Client& client) {
  client.pool().check_connections();
  for (const ConnectionReport& report : client.pool().connection_reports())
    if (report.stray) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http2)

BOOST_AUTO_TEST_CASE(a_full_window_shares_one_connection_however_many_answers_it_carries) {
  const Server server;
  Client client(server.options());
  const std::vector<Kept> answers = ask_all(client, server, 2 * kAnswersPerConnection + 10);
  BOOST_TEST(connections_of(answers, "HTTP/2.0").size() == 1U);
  BOOST_TEST(!finds_strays(client));
}

BOOST_AUTO_TEST_CASE(a_first_burst_waits_for_the_connection_that_is_being_made) {
  const Server server;
  Client client(server.options());
  for (std::uint64_t i = 0; i < kWindow; ++i) client.start(server.url(path_of(i)), i);
  BOOST_TEST(connections_of(client.finish(), "HTTP/2.0").size() == 1U);
  BOOST_TEST(!finds_strays(client));
}

BOOST_AUTO_TEST_CASE(a_server_that_has_none_is_spoken_to_as_before_over_many_connections) {
  const Server server("");
  Client client(server.options());
  // A quick answer's connection may serve the next request of the same burst.
  BOOST_TEST(connections_of(ask_all(client, server, 10 * kWindow), "HTTP/1.1").size() > kWindow / 4);
  BOOST_TEST(!finds_strays(client));
}

BOOST_AUTO_TEST_CASE(it_is_not_spoken_unasked) {
  const Server server;
  TransportOptions options = server.options();
  options.http2 = false;
  Client client(options);
  connections_of(ask_all(client, server, 3), "HTTP/1.1");
}

// GOAWAY (RFC 9113 section 6.8): what the server has not begun with may be sent again, but not by libcurl on
// its own.
BOOST_AUTO_TEST_CASE(a_server_that_ends_the_connection_now_and_then_gets_nothing_twice) {
  Server server("http2", "keepalive_requests 50;");
  Client client(server.options());
  constexpr std::uint64_t kRequests = 400;
  std::uint64_t good = 0;
  for (const Kept& answer : ask_all(client, server, kRequests)) {
    BOOST_TEST(answer.wire_sends <= 1);
    if (answer.error != TransportError::none) continue;
    ++good;
    BOOST_TEST(answer.body.starts_with(path_of(answer.ticket) + " "), answer.body);
  }
  BOOST_TEST(good >= kRequests / 2);
  BOOST_TEST(!finds_strays(client));
  for (const auto& [target, count] : server.nginx.stop_and_count()) BOOST_TEST(count == 1, target);
}

BOOST_AUTO_TEST_SUITE_END()
