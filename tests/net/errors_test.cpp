// How attempts go wrong, and what is known of them afterwards: was the request on the wire, and how often did
// the server get it?
#include <chrono>
#include <string>
#include <vector>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "bulkdrop/net/transport_errors.hpp"

using namespace bulkdrop;
using namespace bulkdrop::net;

namespace {

// One request to a server that follows `script`; the server must have got it once.
Kept one(const ScriptedServer::Script& script, const TransportOptions& options = quick()) {
  ScriptedServer server(script);
  Client client(options);
  Kept answer = client.ask(server.url("/api/pam/session/drop/abc"));
  BOOST_TEST(server.requests().size() == 1U);
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(a_refused_connection_was_never_sent) {
  const Kept answer = Client().ask("http://127.0.0.1:" + std::to_string(unused_port()) + "/x");
  BOOST_TEST(answer.error == TransportError::connect_failed);
  BOOST_TEST(answer.wire_sends == 0);
  BOOST_TEST(answer.http_status == 0);
  BOOST_TEST(!answer.error_text.empty());
}

BOOST_AUTO_TEST_CASE(a_name_without_an_address_was_never_sent) {
  const Kept answer = Client().ask("http://pam.invalid/x");
  BOOST_TEST(answer.error == TransportError::resolve_failed);
  BOOST_TEST(answer.wire_sends == 0);
}

BOOST_AUTO_TEST_CASE(a_connection_that_does_not_come_about_in_time_was_never_sent) {
  // A listener whose queue is full: its kernel answers no SYN any more.
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
  BOOST_REQUIRE(::bind(listener.get(), generic, size) == 0);
  BOOST_REQUIRE(::listen(listener.get(), 0) == 0);
  BOOST_REQUIRE(::getsockname(listener.get(), generic, &size) == 0);
  std::vector<Fd> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    static_cast<void>(::connect(fillers.back().get(), generic, size));
  }
  TransportOptions options = quick();
  options.connect_timeout = 200ms;
  const Kept answer =
      Client(options).ask("http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x");
  BOOST_TEST(answer.error == TransportError::connect_failed);
  BOOST_TEST(answer.wire_sends == 0);
  BOOST_TEST(answer.took >= 190ms);
  BOOST_TEST(answer.took < 5s);
}

BOOST_AUTO_TEST_CASE(a_server_that_accepts_and_closes_at_once_may_have_got_the_request) {
  ScriptedServer server([](Connection&, const Arrived&) {},
                        [](Connection& connection) { connection.close(); });
  const Kept answer = Client().ask(server.url("/x"));
  // Whether libcurl could still write is a race: either way it is an error, and never more than one send.
  BOOST_TEST(
      (answer.error == TransportError::connection_lost || answer.error == TransportError::connect_failed));
  BOOST_TEST(answer.wire_sends <= 1);
  BOOST_TEST((answer.error == TransportError::connect_failed) == (answer.wire_sends == 0));
}

// In a burst, the end of the stream is there before most requests could be.
BOOST_AUTO_TEST_CASE(a_server_that_closes_every_connection_before_it_is_asked_is_away) {
  ScriptedServer server([](Connection&, const Arrived&) {},
                        [](Connection& connection) { connection.close(); });
  Client client(quick(64));
  for (std::uint64_t ticket = 0; ticket < 64; ++ticket) client.start(server.url("/x"), ticket);
  std::size_t never_asked = 0;
  for (const Kept& answer : client.finish()) {
    const bool sent = answer.wire_sends > 0;
    BOOST_TEST(answer.wire_sends <= 1);
    BOOST_TEST(answer.error == (sent ? TransportError::connection_lost : TransportError::connect_failed),
               answer.error_text);
    never_asked += sent ? 0U : 1U;
  }
  BOOST_TEST_MESSAGE(never_asked << " of 64 found the connection closed");
}

BOOST_AUTO_TEST_CASE(no_answer_in_time_was_sent_once) {
  TransportOptions options = quick();
  options.timeout = 200ms;
  const Kept answer = one([](Connection& connection, const Arrived&) { connection.stall(); }, options);
  BOOST_TEST(answer.error == TransportError::timed_out);
  BOOST_TEST(answer.wire_sends == 1);
  BOOST_TEST(answer.http_status == 0);
  BOOST_TEST(answer.took >= 190ms);
}

BOOST_AUTO_TEST_CASE(a_body_that_stalls_is_a_timeout_although_a_status_came) {
  TransportOptions options = quick();
  options.timeout = 300ms;
  const Kept answer = one(
      [](Connection& connection, const Arrived&) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
        connection.stall();
      },
      options);
  BOOST_TEST(answer.error == TransportError::timed_out);
  BOOST_TEST(answer.wire_sends == 1);
  BOOST_TEST(answer.http_status == 200);
}

BOOST_AUTO_TEST_CASE(a_close_without_an_answer_is_a_lost_connection) {
  const Kept answer = one([](Connection& connection, const Arrived&) { connection.close(); });
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.wire_sends == 1);
  BOOST_TEST(answer.http_status == 0);
}

BOOST_AUTO_TEST_CASE(a_reset_without_an_answer_is_a_lost_connection) {
  const Kept answer = one([](Connection& connection, const Arrived&) { connection.reset(); });
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(a_body_shorter_than_promised_is_a_lost_connection) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
    connection.close();
  });
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_without_its_end_is_a_lost_connection) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
    connection.close();
  });
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(bad_chunks_are_an_error) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n");
    connection.close();
  });
  BOOST_TEST(answer.error != TransportError::none);
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(a_head_that_is_cut_brings_no_body) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Le");
    connection.close();
  });
  // libcurl may take the end of the connection for the end of an answer without length: it proves nothing.
  BOOST_TEST(answer.body == "");
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(without_a_length_the_end_of_the_connection_ends_the_body) {
  // libcurl can't know better; the judge finds the JSON cut.
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n{\"response\":{\"status\":200");
    connection.close();
  });
  BOOST_TEST(answer.error == TransportError::none);
  BOOST_TEST(answer.body == "{\"response\":{\"status\":200");
}

BOOST_AUTO_TEST_CASE(a_reset_in_a_body_without_length_is_a_lost_connection) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n{\"response\":{\"status\":200");
    connection.pause(100ms);
    connection.reset();
  });
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(garbage_instead_of_http_is_unusable) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("SSH-2.0-OpenSSH_9.2p1\r\nhello\r\n");
    connection.close();
  });
  BOOST_TEST(answer.error == TransportError::unusable);
  BOOST_TEST(answer.wire_sends == 1);
  BOOST_TEST(answer.http_status == 0);
}

BOOST_AUTO_TEST_CASE(a_bare_body_without_a_head_is_unusable) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("{\"response\":{\"status\":200,\"error\":false,\"error_code\":0}}");
    connection.close();
  });
  BOOST_TEST(answer.error == TransportError::unusable);
  BOOST_TEST(answer.wire_sends == 1);
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_cut) {
  const Kept answer = one(
      [](Connection& connection, const Arrived&) { connection.answer(200, std::string(70 * 1024, 'x')); });
  BOOST_TEST(answer.error == TransportError::too_large);
  BOOST_TEST(answer.wire_sends == 1);
  BOOST_TEST(answer.body.size() <= kMaxBodyBytes);
}

BOOST_AUTO_TEST_CASE(an_endless_body_ends_at_the_limit) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send(std::string(8192, 'x'))) {
    }
  });
  BOOST_TEST(answer.error == TransportError::too_large);
  BOOST_TEST(answer.took < 5s);
}

BOOST_AUTO_TEST_CASE(an_endless_head_does_not_fill_the_memory) {
  std::size_t sent = 0;
  const Kept answer = one([&](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\n");
    const std::string line = "X-Filler: " + std::string(1000, 'x') + "\r\n";
    while (sent < 200'000'000 && connection.send(line)) sent += line.size();
  });
  BOOST_TEST(answer.error != TransportError::none);
  BOOST_TEST(answer.wire_sends == 1);
  BOOST_TEST(sent < 20'000'000U);
}

BOOST_AUTO_TEST_CASE(contradicting_lengths_are_not_trusted) {
  const Kept answer = one([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 60\r\n\r\n{}");
    connection.close();
  });
  BOOST_TEST(answer.error != TransportError::none);
}

BOOST_AUTO_TEST_CASE(a_server_without_tls_is_no_https_server) {
  ScriptedServer server([](Connection& connection, const Arrived&) { connection.answer(200, "{}"); },
                        [](Connection& connection) {
                          connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
                          connection.close();
                        });
  const Kept answer = Client().ask("https://127.0.0.1:" + std::to_string(server.port()) + "/x");
  BOOST_TEST((answer.error == TransportError::tls_failed || answer.error == TransportError::connect_failed));
  BOOST_TEST(answer.wire_sends == 0);
}

BOOST_AUTO_TEST_CASE(only_an_alert_about_a_certificate_tells_of_ours) {
  const auto words = [](unsigned reason) {
    return fmt::format("OpenSSL SSL_read: OpenSSL/3.0.22: error:{:08X}:SSL routines::some words, errno 0",
                       (20U << 23U) + reason);  // ERR_LIB_SSL, and the reason
  };
  BOOST_TEST(words(1116).find("error:0A00045C:") != std::string::npos);   // as seen from OpenSSL 3.0
  for (const unsigned alert : {42U, 43U, 44U, 45U, 46U, 48U, 49U, 116U})  // RFC 8446 §6.2
    BOOST_TEST(tells_of_our_certificate(words(1000 + alert)), alert);
  for (const unsigned alert : {0U, 10U, 20U, 22U, 40U, 47U, 50U, 70U, 80U, 86U, 90U, 112U, 115U, 120U})
    BOOST_TEST(!tells_of_our_certificate(words(1000 + alert)), alert);
  for (const char* other :
       {"", "Recv failure: Connection reset by peer", "error:", "error:x", "error:80000068",
        "OpenSSL SSL_read: error:0A000126:SSL routines::unexpected eof while reading"})
    BOOST_TEST(!tells_of_our_certificate(other), other);
}

BOOST_AUTO_TEST_CASE(a_port_without_tls_is_told_in_plain_words) {
  ScriptedServer server([](Connection& connection, const Arrived&) { connection.answer(200, "{}"); },
                        [](Connection& connection) {
                          connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                        });
  const Kept answer = Client().ask("https://127.0.0.1:" + std::to_string(server.port()) + "/x");
  BOOST_TEST(answer.error == TransportError::tls_failed);
  BOOST_TEST(answer.error_text.find("no TLS is spoken at this port") != std::string::npos, answer.error_text);
  BOOST_TEST(in_plain_words("TLS connect error: error:0A00010B:SSL routines::wrong version number") ==
             in_plain_words("error:0A00010B:SSL routines::wrong version number"));
  BOOST_TEST(in_plain_words("error:0A000126:SSL routines::unexpected eof") ==
             "error:0A000126:SSL routines::unexpected eof");
}

BOOST_AUTO_TEST_CASE(a_port_that_speaks_tls_and_is_asked_without_is_told_in_plain_words) {
  const ScriptedServer::Script closes = [](Connection& connection, const Arrived&) { connection.close(); };
  const Kept answer = one(closes);
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.error_text == kClosedUnanswered);
}

BOOST_AUTO_TEST_CASE(a_server_that_answered_before_is_not_asked_for_tls) {
  int asked = 0;
  ScriptedServer server([&](Connection& connection, const Arrived&) {
    if (asked++ == 0) connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
    connection.close();
  });
  Client client;
  BOOST_TEST(client.ask(server.url("/x")).http_status == 200);
  const Kept answer = client.ask(server.url("/x"));
  BOOST_TEST(answer.error == TransportError::connection_lost);
  BOOST_TEST(answer.error_text != kClosedUnanswered);
}

BOOST_AUTO_TEST_CASE(every_result_of_libcurl_means_something) {
  const auto meaning = [](CURLcode code, int sends) { return transport_error(code, sends); };
  BOOST_TEST(meaning(CURLE_OK, 1) == TransportError::none);
  BOOST_TEST(meaning(CURLE_COULDNT_RESOLVE_HOST, 0) == TransportError::resolve_failed);
  BOOST_TEST(meaning(CURLE_COULDNT_RESOLVE_PROXY, 0) == TransportError::resolve_failed);
  BOOST_TEST(meaning(CURLE_COULDNT_CONNECT, 0) == TransportError::connect_failed);
  BOOST_TEST(meaning(CURLE_PROXY, 0) == TransportError::connect_failed);
  BOOST_TEST(meaning(CURLE_OPERATION_TIMEDOUT, 0) == TransportError::connect_failed);
  BOOST_TEST(meaning(CURLE_OPERATION_TIMEDOUT, 1) == TransportError::timed_out);
  BOOST_TEST(meaning(CURLE_PEER_FAILED_VERIFICATION, 0) == TransportError::tls_untrusted);
  BOOST_TEST(meaning(CURLE_SSL_PINNEDPUBKEYNOTMATCH, 0) == TransportError::tls_untrusted);
  BOOST_TEST(meaning(CURLE_SSL_CACERT_BADFILE, 0) == TransportError::tls_untrusted);
  BOOST_TEST(meaning(CURLE_SSL_CONNECT_ERROR, 0) == TransportError::tls_failed);
  BOOST_TEST(meaning(CURLE_SSL_CERTPROBLEM, 0) == TransportError::tls_failed);
  for (const CURLcode code : {CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE,
                              CURLE_HTTP2, CURLE_HTTP2_STREAM}) {
    BOOST_TEST(meaning(code, 1) == TransportError::connection_lost);
    BOOST_TEST(meaning(code, 0) == TransportError::connect_failed);
  }
  // Whatever else a libcurl of today or tomorrow may say is no answer.
  for (int code = 1; code < CURL_LAST + 5; ++code)
    BOOST_TEST(meaning(static_cast<CURLcode>(code), 1) != TransportError::none);
}

BOOST_AUTO_TEST_SUITE_END()
