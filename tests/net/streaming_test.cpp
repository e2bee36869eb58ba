// Bodies of any length, taken as they come.
#include <chrono>
#include <string>
#include <string_view>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::net;

namespace {

class Bucket final : public BodySink {
 public:
  explicit Bucket(std::size_t most = ~std::size_t{0}) : most_(most) {}
  bool take(std::string_view chunk) override {
    text.append(chunk);
    ++chunks;
    return text.size() <= most_;
  }
  std::string text;
  int chunks = 0;

 private:
  std::size_t most_;
};

std::string long_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
  text.resize(size);
  return text;
}

Kept get(Client& client, const std::string& url, BodySink* sink, std::optional<Duration> idle = {}) {
  Request request;
  request.ticket = 7;
  request.method = Method::get;
  request.url = url.c_str();
  request.sink = sink;
  request.idle_timeout = idle;
  client.pool().start(request);
  auto kept = client.finish();
  BOOST_REQUIRE(kept.size() == 1U);
  return kept.front();
}

// A list that a server with that script sends into a sink.
struct Streamed {
  explicit Streamed(const ScriptedServer::Script& script, std::size_t most = ~std::size_t{0})
      : server(script), bucket(most), answer(get(client, server.url("/list"), &bucket)) {}
  ScriptedServer server;
  Client client;
  Bucket bucket;
  Kept answer;
};

ScriptedServer::Script answering(int status, const std::string& body) {
  return [status, body](Connection& connection, const Arrived&) { connection.answer(status, body); };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(streaming)

BOOST_AUTO_TEST_CASE(a_sink_takes_a_body_of_any_length_and_the_answer_holds_none) {
  const std::string body = long_text(5'000'000);
  const Streamed list(answering(200, body));
  BOOST_TEST(list.answer.error == TransportError::none);
  BOOST_TEST(list.answer.http_status == 200);
  BOOST_TEST(list.answer.body == "");
  BOOST_TEST((list.bucket.text == body));
  BOOST_TEST(list.bucket.chunks > 10);
}

BOOST_AUTO_TEST_CASE(chunked_bodies_and_bodies_that_end_with_the_connection_go_to_the_sink_as_well) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/chunked") {
      connection.send(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    } else {
      connection.send("HTTP/1.1 200 OK\r\n\r\nabcde");
      connection.close();
    }
  });
  Client client;
  for (const char* path : {"/chunked", "/closed"}) {
    Bucket bucket;
    BOOST_TEST(get(client, server.url(path), &bucket).error == TransportError::none);
    BOOST_TEST(bucket.text == "abcde");
  }
}

BOOST_AUTO_TEST_CASE(the_body_of_an_error_is_kept_for_the_judge) {
  const Streamed list(answering(500, R"({"message":"no"})"));
  BOOST_TEST(list.answer.http_status == 500);
  BOOST_TEST(list.answer.body == R"({"message":"no"})");
  BOOST_TEST(list.bucket.text == "");
}

BOOST_AUTO_TEST_CASE(the_body_of_an_error_is_bounded_all_the_same) {
  const Streamed list(answering(404, std::string(kMaxBodyBytes + 1, 'x')));
  BOOST_TEST(list.answer.error == TransportError::too_large);
  BOOST_TEST(list.answer.http_status == 404);
  BOOST_TEST(list.bucket.text == "");
}

BOOST_AUTO_TEST_CASE(a_sink_that_has_enough_cuts_the_transfer) {
  const Streamed list(answering(200, long_text(5'000'000)), 100'000);
  BOOST_TEST(list.answer.error == TransportError::cancelled);
  BOOST_TEST(list.bucket.text.size() > 100'000U);
  BOOST_TEST(list.bucket.text.size() < 1'000'000U);
}

BOOST_AUTO_TEST_CASE(a_transfer_that_is_cut_in_the_middle_is_lost_whatever_the_sink_got) {
  const Streamed list([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    connection.close();
  });
  BOOST_TEST(list.answer.error == TransportError::connection_lost);
  BOOST_TEST(list.bucket.text == "abc");
}

BOOST_AUTO_TEST_CASE(with_an_idle_timeout_a_slow_answer_may_last_longer_than_the_timeout) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
      connection.pause(60ms);
      connection.send("x");
    }
  });
  TransportOptions options = quick();
  options.timeout = 200ms;
  Client client(options);
  Bucket bucket;
  const Kept answer = get(client, server.url("/list"), &bucket, 400ms);
  BOOST_TEST(answer.error == TransportError::none);
  BOOST_TEST(bucket.text == "xxxxxxxxxx");
  BOOST_TEST((answer.took > 500ms));
}

BOOST_AUTO_TEST_CASE(silence_ends_an_attempt_in_the_middle_of_a_body_and_before_its_head) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/middle") connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.stall();
  });
  Client client;
  for (const char* path : {"/middle", "/silent"}) {
    Bucket bucket;
    const Kept answer = get(client, server.url(path), &bucket, 150ms);
    BOOST_TEST(answer.error == TransportError::timed_out);
    BOOST_TEST(answer.error_text != "");
    BOOST_TEST(answer.wire_sends == 1);
    BOOST_TEST((answer.took >= 150ms));
    BOOST_TEST((answer.took < 5s));
  }
}

BOOST_AUTO_TEST_CASE(the_next_request_of_a_slot_has_the_ordinary_timeout_and_no_sink) {
  ScriptedServer server([](Connection& connection, const Arrived& request) {
    if (request.target == "/stall") return connection.stall();
    connection.answer(200, "{}");
  });
  TransportOptions options = quick(1);
  options.timeout = 300ms;
  Client client(options);
  Bucket bucket;
  BOOST_TEST(get(client, server.url("/list"), &bucket, 20s).error == TransportError::none);
  BOOST_TEST(client.ask(server.url("/x")).body == "{}");
  BOOST_TEST(bucket.text == "{}");
  const Kept answer = client.ask(server.url("/stall"));
  BOOST_TEST(answer.error == TransportError::timed_out);
  BOOST_TEST((answer.took < 10s));
}

BOOST_AUTO_TEST_CASE(cancelling_cuts_a_stream) {
  ScriptedServer server([](Connection& connection, const Arrived&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    connection.stall();
  });
  Client client;
  Bucket bucket;
  Request request;
  const std::string url = server.url("/list");
  request.method = Method::get;
  request.url = url.c_str();
  request.sink = &bucket;
  request.idle_timeout = 20s;
  client.pool().start(request);
  while (bucket.text.empty()) client.pool().wait(std::chrono::steady_clock::now() + 10ms);
  client.pool().cancel();
  const auto answers = client.pool().wait(std::chrono::steady_clock::now() + 10s);
  BOOST_REQUIRE(answers.size() == 1U);
  BOOST_TEST(answers[0].error == TransportError::cancelled);
}

BOOST_AUTO_TEST_SUITE_END()
