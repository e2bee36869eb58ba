// The knee, the rate limit, stopping: what happens under load and over time.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "running_sandbox.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/server.hpp"

using namespace bulkdrop;
using namespace bulkdrop::test;
using namespace std::chrono_literals;
using End = RawReply::End;
using SteadyClock = std::chrono::steady_clock;

namespace {

std::vector<RawHttp> send_drops(const RunningSandbox& running, std::size_t count) {
  std::vector<RawHttp> clients;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(running.client());
  for (std::size_t i = 0; i < count; ++i)
    clients[i].send(clients[i].request("DELETE", running.drop_path(i), kBearer));
  return clients;
}

SteadyClock::duration time_for_all(const sandbox::Options& options, std::size_t count) {
  RunningSandbox running(options);
  const auto start = SteadyClock::now();
  auto clients = send_drops(running, count);
  for (auto& client : clients) BOOST_TEST(client.receive().status == 200);
  return SteadyClock::now() - start;
}

// The shortest of up to ten runs, for a machine that has other things to do, too; stops at one below `goal`.
SteadyClock::duration best_time(const sandbox::Options& options, std::size_t count,
                                SteadyClock::duration goal) {
  auto best = SteadyClock::duration::max();
  for (int run = 0; run < 10 && best >= goal; ++run) best = std::min(best, time_for_all(options, count));
  return best;
}

// Sanitizers take more time than what is measured here.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlowdown = 5;
#else
constexpr int kSlowdown = 1;
#endif

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_limits)

BOOST_AUTO_TEST_CASE(n_workers_do_n_drops_per_latency_and_the_rest_waits) {
  auto options = small_options();
  options.latency = 50ms;
  options.workers = 4;
  const auto took = best_time(options, 40, 900ms);
  BOOST_TEST((took >= 500ms));  // 40 / 4 * 50 ms
  BOOST_TEST((took < 900ms));   // whoever does one at a time needs 2 s
}

BOOST_AUTO_TEST_CASE(short_latencies_do_not_add_up_the_slack_of_the_timer) {
  auto options = small_options();
  options.sessions = 500;
  options.latency = 2ms;
  options.workers = 2;
  const auto took = best_time(options, 500, 800ms * kSlowdown);
  BOOST_TEST((took >= 500ms));
  BOOST_TEST((took < 800ms * kSlowdown));
}

BOOST_AUTO_TEST_CASE(latency_without_workers_delays_each_drop_by_itself) {
  auto options = small_options();
  options.latency = 100ms;
  const auto took = best_time(options, 40, 600ms);
  BOOST_TEST((took >= 100ms));
  BOOST_TEST((took < 600ms));
}

BOOST_AUTO_TEST_CASE(a_session_is_alive_until_the_worker_is_through) {
  auto options = small_options();
  options.latency = 700ms;
  RunningSandbox running(options);
  auto client = running.client();
  client.send(client.request("DELETE", running.drop_path(0), kBearer));
  BOOST_TEST(running.listed_ends().at(running.id(0)).empty());
  BOOST_TEST(client.receive().status == 200);
  BOOST_TEST(!running.listed_ends().at(running.id(0)).empty());
}

BOOST_AUTO_TEST_CASE(a_drop_goes_on_when_its_client_leaves) {
  auto options = small_options();
  options.latency = 300ms;
  RunningSandbox running(options);
  {
    auto client = running.client();
    client.send(client.request("DELETE", running.drop_path(0), kBearer));
    BOOST_TEST((client.state(10ms) == End::silent));
  }
  for (int i = 0; i < 200 && running.times_ended(running.id(0)) == 0; ++i) std::this_thread::sleep_for(10ms);
  BOOST_TEST(running.times_ended(running.id(0)) == 1U);
}

BOOST_AUTO_TEST_CASE(of_two_drops_of_one_session_the_second_fails) {
  auto options = small_options();
  options.latency = 300ms;
  RunningSandbox running(options);
  auto one = running.client();
  auto two = running.client();
  one.send(one.request("DELETE", running.drop_path(0), kBearer));
  BOOST_TEST((one.state(10ms) == End::silent));
  two.send(two.request("DELETE", running.drop_path(0), kBearer));
  BOOST_TEST(one.receive().status == 200);
  BOOST_TEST(two.receive().status == 500);
  BOOST_TEST((running.answers(running.id(0)) == std::vector<std::string>{"success", "drop_error"}));
}

BOOST_AUTO_TEST_CASE(beyond_the_rate_limit_the_gateway_says_when_to_come_back) {
  auto options = small_options();
  options.rate_limit = 5;
  RunningSandbox running(options);
  auto client = running.client();
  std::size_t refused = 0;
  // In one piece: all within one second, or the window would be a new one.
  std::string together;
  for (std::size_t i = 0; i < 10; ++i) together += client.request("DELETE", running.drop_path(i), kBearer);
  client.send(together);
  for (std::size_t i = 0; i < 10; ++i) {
    const RawReply reply = client.receive();
    BOOST_TEST(reply.field("RateLimit-Limit") == "5");
    BOOST_TEST(reply.field("RateLimit-Reset") == "1");
    BOOST_TEST(!reply.field("X-RateLimit-Reset").empty());
    if (i == 0) BOOST_TEST(reply.field("RateLimit-Remaining") == "4");
    if (reply.status == 200) {
      BOOST_TEST(reply.field("Retry-After").empty());
      continue;
    }
    ++refused;
    BOOST_TEST(reply.status == 429);
    BOOST_TEST(reply.body == R"({"message":"API rate limit exceeded"})");
    BOOST_TEST(reply.field("Retry-After") == "1");
    BOOST_TEST(reply.field("X-RateLimit-Remaining") == "0");
    BOOST_TEST((running.answers(running.id(i)) == std::vector<std::string>{"rate_limited"}));
    BOOST_TEST(running.times_ended(running.id(i)) == 0U);
  }
  BOOST_TEST(refused == 5U);
  std::this_thread::sleep_for(1s);
  BOOST_TEST(client.ask("DELETE", running.drop_path(9), kBearer).status == 200);
}

BOOST_AUTO_TEST_CASE(a_sandbox_that_stops_enters_what_it_did_not_get_to) {
  auto options = small_options();
  options.latency = 30s;
  options.workers = 1;
  RunningSandbox running(options);
  auto clients = send_drops(running, 3);
  BOOST_TEST((clients[2].state(100ms) == End::silent));
  BOOST_TEST(running.listed_ends().size() == 50U);  // an answer that came later: the drops have arrived
  running.stop();
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST((running.answers(running.id(i)) == std::vector<std::string>{"unanswered"}));
    BOOST_TEST(running.times_ended(running.id(i)) == 0U);
    BOOST_TEST((clients[i].state(5s) != End::silent));
  }
}

BOOST_AUTO_TEST_CASE(a_ledger_that_fills_the_disk_stops_the_sandbox) {
  auto options = small_options();
  options.ledger_file = "/dev/full";
  sandbox::Server server(options);
  bool stopped = false;
  std::thread thread([&] {
    try {
      server.run();
    } catch (const Error& error) {
      stopped = error.code() == ExitCode::run_directory;
    }
  });
  RawHttp client(server.port());
  client.send(client.request("DELETE", "/api/pam/session/drop/x", kBearer));
  thread.join();
  BOOST_TEST(stopped);
}

BOOST_AUTO_TEST_CASE(it_listens_on_loopback_only_and_on_a_free_port_only) {
  auto options = small_options();
  const sandbox::Server first(options);
  BOOST_TEST(first.url() == "http://127.0.0.1:" + std::to_string(first.port()));
  options.port = first.port();
  BOOST_CHECK_EXCEPTION(sandbox::Server{options}, Error, [](const Error& error) {
    return error.code() == ExitCode::usage &&
           std::string_view(error.what()).find("in use") != std::string_view::npos;
  });
  for (const char* const address : {"0.0.0.0", "192.0.2.1", "::", "localhost", ""}) {
    options.address = address;
    BOOST_CHECK_EXCEPTION(sandbox::Server{options}, Error, [](const Error& error) {
      return std::string_view(error.what()).find("loopback only") != std::string_view::npos;
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()
