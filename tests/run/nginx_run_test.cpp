// The loop, libcurl and the judge against a server that nobody here wrote.
#include <string>

#include "simulation.hpp"
#include "support/nginx.hpp"
#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/net/curl_library.hpp"
#include "bulkdrop/net/curl_pool.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::Nginx;
using bulkdrop::test::simulated_id;

namespace {

// libcurl must begin before any thread does.
struct CurlForThisProgram {
  net::CurlLibrary library;
};

constexpr std::uint64_t kRows = 2000;

const std::string kServer = R"(
  location = /api/oauth2/token {
    return 200 '{"token_type":"Bearer","expires_in":3600,"access_token":"t"}';
  }
  location /api/pam/session/drop/ {
    return 200 '{"code":200,"response":{"status":200,"message":"Sessão interrompida com sucesso","error":false,"error_code":0,"detail":"","mensagem":"Sessão interrompida com sucesso","erro":false,"cod_erro":0}}';
  }
)";

void drops_all(const std::string& more) {
  Nginx nginx(kServer + more);
  policy::Limits limits;
  policy::Dispatcher dispatcher(limits, 1);
  net::TransportOptions options;
  options.capacity = limits.concurrency + 1;
  net::CurlPool pool(options);
  pam::Credentials credentials = some_client(limits.outage, 2);
  NumberedFeed feed(kRows);
  KeepingRecorder recorder(kRows);
  QuietSupervisor supervisor;
  const SystemClock clock;
  Loop loop({clock, dispatcher, pool, credentials, feed, recorder, supervisor},
            pam::endpoints(nginx.url("/"), pam::default_paths(pam::Generation::v4)));
  loop.run();
  BOOST_TEST(!dispatcher.stopped());
  BOOST_TEST(recorder.counts.of(Status::dropped) == kRows);
  BOOST_TEST(dispatcher.totals().sent == kRows);
  const auto requests = nginx.stop_and_count();
  BOOST_TEST(requests.size() == kRows + 1);
  for (const auto& [target, times] : requests) BOOST_TEST(times == 1, target);
  for (std::uint64_t i = 0; i < kRows; ++i)
    BOOST_TEST(requests.contains("/api/pam/session/drop/" + simulated_id(i)));
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(CurlForThisProgram);

BOOST_AUTO_TEST_SUITE(against_nginx)

BOOST_AUTO_TEST_CASE(every_session_is_dropped_with_exactly_one_request) {
  drops_all("keepalive_requests 100000;");
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_connections_all_the_time_makes_no_difference) {
  drops_all("keepalive_requests 5;");
}

BOOST_AUTO_TEST_SUITE_END()
