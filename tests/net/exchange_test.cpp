// What goes out, byte for byte, and what comes back.
#include <chrono>
#include <string>
#include <vector>

#include "against_script.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::net;
using bulkdrop::test::holds;

namespace {

void ok(Connection& connection, const Arrived&) {
  connection.answer(200, "{}");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exchange)

BOOST_AUTO_TEST_CASE(a_drop_is_a_delete_of_exactly_that_path_with_our_header_lines_and_no_body) {
  ScriptedServer server(ok);
  Client client;
  const Kept answer = client.ask(server.url("/p/api/pam/session/drop/3fcf1e4a~A.b_c-D"), Method::del,
                                 {"Accept: application/json", "Authorization: Bearer secret"});
  BOOST_TEST(answer.error == TransportError::none);
  BOOST_TEST(answer.error_text == "");
  const auto requests = server.requests();
  BOOST_REQUIRE(requests.size() == 1U);
  BOOST_TEST(requests[0].head ==
             "DELETE /p/api/pam/session/drop/3fcf1e4a~A.b_c-D HTTP/1.1\r\nHost: 127.0.0.1:" +
                 std::to_string(server.port()) +
                 "\r\nUser-Agent: bulkdrop-test\r\nAccept: application/json\r\n"
                 "Authorization: Bearer secret\r\n");
}

BOOST_AUTO_TEST_CASE(a_path_is_never_rewritten) {
  ScriptedServer server(ok);
  Client client;
  for (const char* path : {"/drop/..", "/a/../b/./c", "/drop//x", "/%2e%2e/x", "/drop/a%2Fb", "/drop/."}) {
    client.ask(server.url(path));
    BOOST_TEST(server.requests().back().target == path);
  }
}

BOOST_AUTO_TEST_CASE(a_slot_does_drops_and_token_requests_and_lists_in_any_order) {
  ScriptedServer server(ok);
  TransportOptions options = quick(1);  // one slot for all
  Client client(options);
  const std::string form = "grant_type=client_credentials&client_id=x&client_secret=y%2Bz";
  for (const char* kind : {"DELETE", "POST", "DELETE", "GET", "POST", "POST", "GET", "DELETE", "GET"}) {
    const std::string method(kind);
    const bool post = method == "POST";
    client.ask(server.url("/x"),
               post              ? Method::post
               : method == "GET" ? Method::get
                                 : Method::del,
               {"Authorization: Bearer " + method}, post ? form : "");
    const auto request = server.requests().back();
    BOOST_TEST(request.method == method);
    BOOST_TEST(request.field("Authorization") == "Bearer " + method);
    BOOST_TEST(request.body == (post ? form : ""));
    BOOST_TEST(request.field("Content-Length") == (post ? std::to_string(form.size()) : ""));
    BOOST_TEST(request.field("Content-Type") == (post ? "application/x-www-form-urlencoded" : ""));
    BOOST_TEST(request.field("Transfer-Encoding") == "");
    BOOST_TEST(request.field("Expect") == "");
  }
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_has_no_body_to_wait_for) {
  ScriptedServer server([](ScriptedServer::Connection& connection, const ScriptedServer::Request& request) {
    connection.send("HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n");
    if (request.method != "HEAD") connection.send("hello");
  });
  Client client(quick(1));
  for (const Method method :
       {Method::head, Method::get, Method::head, Method::del, Method::head, Method::post}) {
    const Kept kept = client.ask(server.url("/x"), method);
    BOOST_TEST((kept.error == TransportError::none));
    BOOST_TEST(kept.body == (method == Method::head ? "" : "hello"));
    BOOST_TEST((server.requests().back().method == "HEAD") == (method == Method::head));
  }
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(header_lines_change_from_one_request_to_the_next) {
  ScriptedServer server(ok);
  Client client(quick(1));
  for (int i = 0; i < 20; ++i) {
    client.ask(server.url("/x"), Method::del, {"Authorization: Bearer token-" + std::to_string(i)});
    BOOST_TEST(server.requests().back().field("Authorization") == "Bearer token-" + std::to_string(i));
  }
  Request bare;
  const std::string url = server.url("/x");
  bare.url = url.c_str();
  client.pool().start(bare);
  client.finish();
  BOOST_TEST(server.requests().back().field("Authorization") == "");
}

BOOST_AUTO_TEST_CASE(header_lines_can_be_read_back) {
  const std::vector<std::string> lines = {"A: 1", "B: 2"};
  BOOST_TEST(HeaderLines(lines).lines() == lines, boost::test_tools::per_element());
  BOOST_TEST(HeaderLines({}).list() == nullptr);
}

BOOST_AUTO_TEST_CASE(no_redirect_is_followed) {
  ScriptedServer elsewhere(ok);
  ScriptedServer server([&](Connection& connection, const Arrived& request) {
    connection.answer(request.target == "/307" ? 307 : 302, "moved",
                      "Location: " + elsewhere.url("/x") + "\r\n");
  });
  Client client;
  client.wanted_headers = {"Location"};
  for (const char* path : {"/302", "/307"}) {
    Kept answer = client.ask(server.url(path));
    BOOST_TEST(answer.error == TransportError::none);
    BOOST_TEST(answer.http_status == std::stoi(path + 1));
    BOOST_TEST(answer.headers["Location"] == elsewhere.url("/x"));
  }
  BOOST_TEST(elsewhere.connections() == 0);
}

BOOST_AUTO_TEST_CASE(no_cookie_comes_back) {
  ScriptedServer server(
      [](Connection& connection, const Arrived&) { connection.answer(200, "{}", "Set-Cookie: s=1\r\n"); });
  Client client(quick(1));
  client.ask(server.url("/x"));
  client.ask(server.url("/x"));
  BOOST_TEST(server.requests().back().field("Cookie") == "");
}

BOOST_AUTO_TEST_CASE(a_401_is_an_answer_and_nothing_is_tried_again) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.answer(401, "{}", "WWW-Authenticate: Basic realm=x\r\nWWW-Authenticate: Negotiate\r\n");
  });
  const Kept answer = Client().ask(server.url("/x"));
  BOOST_TEST(answer.http_status == 401);
  BOOST_TEST(server.requests().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_body_comes_byte_for_byte_however_it_is_cut_up) {
  std::string body;
  for (int i = 0; i < 3000; ++i) body.push_back(static_cast<char>(i * 7));
  ScriptedServer server([&](Connection& connection, const Arrived& request) {
    if (request.target == "/length") return connection.answer(200, body);
    if (request.target == "/pieces") {
      const std::string text = http_answer(200, body);
      for (std::size_t at = 0; at < text.size(); at += 97) {
        connection.send(std::string_view(text).substr(at, 97));
        if (at % 970 == 0) connection.pause(1ms);
      }
      return;
    }
    if (request.target == "/chunked") {
      connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (std::size_t at = 0; at < body.size(); at += 1000)
        connection.send("3E8;x=y\r\n" + body.substr(at, 1000) + "\r\n");
      connection.send("0\r\nTrailer: x\r\n\r\n");
      return;
    }
    connection.send("HTTP/1.0 200 OK\r\n\r\n" + body);
    connection.close();
  });
  Client client(quick(1));
  for (const char* path : {"/length", "/pieces", "/chunked", "/close"}) {
    const Kept answer = client.ask(server.url(path));
    BOOST_TEST(answer.error == TransportError::none, path);
    BOOST_TEST((answer.body == body), path);
  }
}

BOOST_AUTO_TEST_CASE(a_byte_at_a_time_is_still_an_answer) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    for (const char c : http_answer(200, "{\"a\":1}")) connection.send(std::string_view(&c, 1));
  });
  BOOST_TEST(Client().ask(server.url("/x")).body == "{\"a\":1}");
}

BOOST_AUTO_TEST_CASE(every_size_of_body_up_to_the_limit_arrives_whole_and_padded) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    connection.answer(200, std::string(std::stoul(request.target.substr(1)), 'x'));
  });
  Client client(quick(1));
  holds("a body of any size arrives whole", [&](std::uint16_t any) {
    const std::size_t size = any % (kMaxBodyBytes + 1);
    const Kept answer = client.ask(server.url("/" + std::to_string(size)));
    RC_ASSERT(answer.error == TransportError::none);
    RC_ASSERT(answer.body == std::string(size, 'x'));
  });
  for (const std::size_t size : {std::size_t{0}, std::size_t{959}, std::size_t{960}, std::size_t{961},
                                 kMaxBodyBytes - 1, kMaxBodyBytes})
    BOOST_TEST(client.ask(server.url("/" + std::to_string(size))).body.size() == size);
  const Kept larger = client.ask(server.url("/" + std::to_string(kMaxBodyBytes + 1)));
  BOOST_TEST(larger.error == TransportError::too_large);
  // What was too large leaves nothing behind.
  BOOST_TEST(client.ask(server.url("/3")).body == "xxx");
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_body_has_an_empty_one) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/204")
      connection.send("HTTP/1.1 204 No Content\r\n\r\n");
    else
      connection.answer(200, "");
  });
  Client client;
  for (const char* path : {"/204", "/200"}) {
    const Kept answer = client.ask(server.url(path));
    BOOST_TEST(answer.error == TransportError::none);
    BOOST_TEST(answer.http_status == std::stoi(path + 1));
    BOOST_TEST(answer.body == "");
  }
}

BOOST_AUTO_TEST_CASE(an_interim_answer_is_not_the_answer) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 100 Continue\r\nX-Request-Id: interim\r\n\r\n");
    connection.send("HTTP/1.1 103 Early Hints\r\nX-Request-Id: interim\r\nRetry-After: 9\r\n\r\n");
    connection.answer(503, "down", "X-Request-Id: final\r\n");
  });
  Client client;
  client.wanted_headers = {"X-Request-Id", "Retry-After"};
  Kept answer = client.ask(server.url("/x"));
  BOOST_TEST(answer.http_status == 503);
  BOOST_TEST(answer.body == "down");
  BOOST_TEST(answer.headers["X-Request-Id"] == "final");
  BOOST_TEST(answer.headers["Retry-After"] == "");
}

BOOST_AUTO_TEST_CASE(a_header_field_is_found_in_any_case_and_the_last_one_counts) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    std::string lines = "Retry-After: 1\r\nretry-AFTER: 2\r\nRETRY-after:   3  \r\nX-Empty:\r\n";
    for (int i = 0; i < 150; ++i)
      lines += "X-Filler-" + std::to_string(i) + ": " + std::string(200, 'x') + "\r\n";
    connection.answer(429, "{}", lines);
  });
  Client client;
  client.wanted_headers = {"Retry-After", "retry-after", "X-Empty", "X-Absent", "X-Filler-149"};
  Kept answer = client.ask(server.url("/x"));
  BOOST_TEST(answer.headers["Retry-After"] == "3");
  BOOST_TEST(answer.headers["retry-after"] == "3");
  BOOST_TEST(answer.headers["X-Empty"] == "");
  BOOST_TEST(answer.headers["X-Absent"] == "");
  BOOST_TEST(answer.headers["X-Filler-149"] == std::string(200, 'x'));
}

BOOST_AUTO_TEST_CASE(the_fields_of_one_answer_are_not_those_of_the_one_before) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    connection.answer(200, "{}", request.number == 1 ? "X-Request-Id: first\r\n" : "");
  });
  Client client(quick(1));
  client.wanted_headers = {"X-Request-Id"};
  BOOST_TEST(client.ask(server.url("/x")).headers["X-Request-Id"] == "first");
  BOOST_TEST(client.ask(server.url("/x")).headers["X-Request-Id"] == "");
}

BOOST_AUTO_TEST_CASE(times_enclose_the_attempt) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.pause(100ms);
    connection.answer(200, "{}");
  });
  const Kept answer = Client().ask(server.url("/x"));
  BOOST_TEST(answer.took >= 95ms);
  BOOST_TEST(answer.took < 5s);
}

BOOST_AUTO_TEST_SUITE_END()
