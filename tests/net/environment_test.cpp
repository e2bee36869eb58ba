// libcurl for this whole program, begun in the worst of environments.
#include <cstdlib>
#include <memory>
#include <string>

#include "against_script.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/net/curl_library.hpp"

using namespace bulkdrop;
using namespace bulkdrop::net;

namespace {

constexpr const char* kHarmful[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",  "all_proxy",
                                    "ALL_PROXY",  "no_proxy",   "NO_PROXY",    "SSLKEYLOGFILE"};

struct HarmfulEnvironment {
  HarmfulEnvironment() {
    // A proxy that nobody runs: whoever obeyed it would reach nothing.
    for (const char* name : kHarmful) ::setenv(name, "http://127.0.0.1:9", 1);
    library = std::make_unique<CurlLibrary>();
  }
  std::unique_ptr<CurlLibrary> library;
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(HarmfulEnvironment);

BOOST_AUTO_TEST_SUITE(environment)

BOOST_AUTO_TEST_CASE(what_libcurl_would_obey_behind_our_back_is_taken_out_of_the_environment) {
  for (const char* name : kHarmful) BOOST_TEST(::getenv(name) == nullptr, name);
}

BOOST_AUTO_TEST_CASE(no_proxy_is_used_even_if_the_environment_names_one_later) {
  ScriptedServer server([](auto& connection, const auto&) { connection.answer(200, "{}"); });
  Client client;
  ::setenv("http_proxy", "http://127.0.0.1:9", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
  const Kept answer = client.ask(server.url("/x"));
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  BOOST_TEST(answer.error == TransportError::none);
  BOOST_TEST(answer.http_status == 200);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_was_asked_for_is_used) {
  ScriptedServer proxy([](auto& connection, const auto&) { connection.answer(200, "from the proxy"); });
  TransportOptions options = quick();
  options.proxy = proxy.url("");
  Client client(options);
  BOOST_TEST(client.ask("http://pam.invalid/x").body == "from the proxy");
  BOOST_TEST(proxy.requests().front().target == "http://pam.invalid/x");
}

BOOST_AUTO_TEST_SUITE_END()
