// An answer that is cut is a broken answer to its own request, wherever it is cut, and nothing else: what the
// connection carried before stands.
#include <set>
#include <string>
#include <vector>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/net/answer_head.hpp"

using namespace bulkdrop;
using namespace bulkdrop::net;

namespace {

const std::string kBody = R"({"response":{"status":200,"error":false,"error_code":0}})";

std::string with_length(int status, std::string_view body) {
  return http_answer(status, body, "Content-Type: application/json\r\n");
}
std::string chunked(int status, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {} X\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", status, 10,
      body.substr(0, 10), body.size() - 10, body.substr(10));
}

struct Cut {
  std::string bytes;
  bool reset;
  bool may_do = false;
};

// Answers /0, /1, … with what stands in that place of `cuts`, and ends the connection; else in full.
ScriptedServer::Script cutting(const std::vector<Cut>& cuts) {
  return [&cuts](Connection& connection, const Arrived& request) {
    if (request.target == "/whole") return connection.answer(200, kBody);
    const Cut& cut = cuts[std::stoul(request.target.substr(1))];
    connection.send(cut.bytes);
    if (cut.reset)
      connection.reset();
    else
      connection.close();
  };
}

std::set<std::uint64_t> strays(Client& client) {
  client.pool().check_connections();
  std::set<std::uint64_t> strays;
  for (const ConnectionReport& report : client.pool().connection_reports())
    if (report.stray) strays.insert(report.connection);
  return strays;
}

// Whole answers first, on a connection that is kept, and then the one that is not.
void check_all(const std::vector<Cut>& cuts, int whole_ones) {
  ScriptedServer server(cutting(cuts));
  Client client;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    std::set<std::uint64_t> used;
    for (int k = 0; k < whole_ones; ++k) {
      const Kept whole = client.ask(server.url("/whole"));
      BOOST_TEST(whole.error == TransportError::none);
      used.insert(whole.connection);
    }
    const Kept cut = client.ask(server.url("/" + std::to_string(i)));
    BOOST_TEST_CONTEXT("after " << whole_ones << (cuts[i].reset ? ", reset: " : ", closed: ")
                                << cuts[i].bytes) {
      used.insert(cut.connection);
      BOOST_TEST(used.size() == 1U);
      BOOST_TEST((cut.error != TransportError::none || cuts[i].may_do));
      BOOST_TEST(cut.wire_sends == 1);
      BOOST_TEST(strays(client).empty());
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cut_answers)

BOOST_AUTO_TEST_CASE(a_cut_at_any_byte_puts_no_other_answer_in_doubt) {
  std::vector<Cut> cuts;
  for (const std::string& answer :
       {with_length(200, kBody), with_length(502, kBody), chunked(200, kBody), chunked(502, kBody),
        "HTTP/1.1 100 Continue\r\n\r\n" + with_length(200, kBody)}) {
    // A chunked body is complete with its last chunk, also without the empty line behind it (RFC 9112 §8).
    const std::size_t last_chunk = answer.ends_with("\r\n0\r\n\r\n") ? answer.size() - 2 : answer.size();
    for (std::size_t size = 0; size < answer.size(); ++size)
      for (const bool reset : {false, true})
        cuts.push_back({answer.substr(0, size), reset, size >= last_chunk});
  }
  check_all(cuts, 0);
  check_all(cuts, 2);
}

BOOST_AUTO_TEST_CASE(a_cut_within_the_head_is_a_lost_connection) {
  const std::vector<Cut> cuts = {{"HTTP/1.1 200 OK\r\n", false},
                                 {"HTTP/1.1 502 Bad Gateway\r\nContent-Ty", false},
                                 {"HTTP/1.1 429 X\r\nRetry-After: 9\r\n\r", false},
                                 {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 X\r\n", false},
                                 {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA", false}};
  ScriptedServer server(cutting(cuts));
  Client client;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const Kept answer = client.ask(server.url("/" + std::to_string(i)));
    BOOST_TEST_CONTEXT(cuts[i].bytes) {
      BOOST_TEST(answer.error == TransportError::connection_lost);
      BOOST_TEST(answer.error_text == "the connection was closed inside the head of the answer");
    }
  }
}

// The first one was cut, and what follows is nobody's.
BOOST_AUTO_TEST_CASE(another_answer_that_ran_into_a_cut_one_puts_all_of_the_connection_in_doubt) {
  const std::string stray = with_length(200, kBody);
  for (const std::string& answer : {with_length(200, kBody), with_length(502, kBody + kBody + kBody)})
    for (std::size_t size = answer.find(' ') + 5; size < answer.size(); size += 3) {
      const std::vector<Cut> cuts = {{answer.substr(0, size) + stray, false}};
      ScriptedServer server(cutting(cuts));
      Client client;
      const Kept whole = client.ask(server.url("/whole"));
      const Kept cut = client.ask(server.url("/0"));
      BOOST_TEST_CONTEXT(cuts[0].bytes) {
        BOOST_TEST((cut.error != TransportError::none || cut.body != kBody));
        BOOST_TEST(strays(client) == std::set{whole.connection}, boost::test_tools::per_element());
      }
    }
}

BOOST_AUTO_TEST_CASE(a_connection_on_which_answers_ran_into_each_other_carries_no_further_request) {
  const std::string two = "HTTP/1.1 200 OK\r\nServer: sHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
  ScriptedServer server([&](Connection& connection, const Arrived& request) {
    if (request.target == "/two") return static_cast<void>(connection.send(two));
    connection.answer(200, kBody);
  });
  Client client;
  const Kept first = client.ask(server.url("/two"));
  BOOST_TEST(first.error == TransportError::out_of_step);
  const Kept second = client.ask(server.url("/whole"));
  BOOST_TEST(second.error == TransportError::none);
  BOOST_TEST(second.connection != first.connection);
}

BOOST_AUTO_TEST_CASE(a_head_is_whole_with_the_empty_line_of_the_final_answer) {
  AnswerHead head;
  const auto whole_after = [&](std::string_view line) {
    head.take(line);
    return head.complete();
  };
  BOOST_TEST(!whole_after("\r\n"));
  BOOST_TEST(!whole_after("HTTP/1.1 100 Continue\r\n"));
  BOOST_TEST(!whole_after("\r\n"));
  BOOST_TEST(!whole_after("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(!whole_after("Server: s\r\n"));
  BOOST_TEST(whole_after("\r\n"));
  BOOST_TEST(whole_after("Trailer: HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(!head.ran_into_another());
  BOOST_TEST(whole_after("CONTENT-length: 2\r\n"));
  BOOST_TEST(head.ran_into_another());
  head.begin();
  BOOST_TEST(!head.complete());
  BOOST_TEST(!whole_after("HTTP/1.1 101 Switching Protocols\n"));
  BOOST_TEST(whole_after("\n"));
  head.begin();
  BOOST_TEST(!whole_after("HTTP/2 200 \r\n"));
  BOOST_TEST(whole_after("\r\n"));
}

BOOST_AUTO_TEST_CASE(a_page_that_speaks_of_status_lines_is_no_other_answer) {
  for (const char* bytes : {"", "HTTP/1.", "<p>HTTP/1.1 502 Bad Gateway</p>\n<p>a: b</p>\n",
                            "HTTP/1.1 502 Bad Gateway\n\nnothing: more", "HTTP/1.1 502 Bad Gateway\r\n",
                            "HTTP/1.1 5020\r\nServer: s\r\n", "HTTP/1.x 502 X\r\nServer: s\r\n"})
    BOOST_TEST(!holds_another_answer(bytes), bytes);
  for (const char* bytes : {"HTTP/1.1 200 OK\r\nServer: s\r\n", "{\"HTTP/1.HTTP/1.0 500\nA:b"})
    BOOST_TEST(holds_another_answer(bytes), bytes);
  for (const char* line :
       {"Via: HTTP/1.1 gateway\r\n", "Upgrade: HTTP/2.0\r\n", "HTTP/1.1 200 HTTP/1.1\r\n"}) {
    AnswerHead head;
    head.take(line);
    BOOST_TEST(!head.ran_into_another(), line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
