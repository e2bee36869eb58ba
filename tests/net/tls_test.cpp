// TLS against nginx and haproxy: whose certificate is believed, and that nothing is sent to anybody else.
#include <cstdlib>
#include <filesystem>
#include <string>

#include "client.hpp"
#include "support/haproxy.hpp"
#include "support/nginx.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::net;
using bulkdrop::test::Certificate;
using bulkdrop::test::Haproxy;
using bulkdrop::test::Nginx;
using bulkdrop::test::self_signed;
using bulkdrop::test::TempDir;

namespace {

// A server whose certificate is for pam.example and signed by itself.
struct TlsServer {
  explicit TlsServer(const std::string& more = "")
      : certificate(self_signed(directory, "pam.example")),
        nginx("location / { return 200 'secure'; }\n" + more, &certificate) {}

  [[nodiscard]] std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(nginx.port()) + "/x";
  }
  [[nodiscard]] TransportOptions options() const {
    TransportOptions options = quick();
    for (const char* host : {"pam.example", "other.example"})
      options.resolve.push_back(std::string(host) + ":" + std::to_string(nginx.port()) + ":127.0.0.1");
    return options;
  }
  [[nodiscard]] TransportOptions trusting() const {
    TransportOptions trusting = options();
    trusting.cacert = certificate.certificate;
    return trusting;
  }

  TempDir directory;
  Certificate certificate;
  Nginx nginx;
};

void is_untrusted(const Kept& answer) {
  BOOST_TEST(answer.error == TransportError::tls_untrusted);
  BOOST_TEST(answer.wire_sends == 0);
  BOOST_TEST(answer.http_status == 0);
  BOOST_TEST(!answer.error_text.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(a_certificate_that_nobody_vouches_for_gets_no_request) {
  TlsServer server;
  is_untrusted(Client(server.options()).ask(server.url("pam.example")));
  BOOST_TEST(server.nginx.stop_and_count().empty());
}

BOOST_AUTO_TEST_CASE(a_certificate_of_our_own_authority_is_trusted) {
  TlsServer server;
  Client client(server.trusting());
  for (int i = 0; i < 3; ++i) {
    const Kept answer = client.ask(server.url("pam.example"));
    BOOST_TEST(answer.error == TransportError::none);
    BOOST_TEST(answer.wire_sends == 1);
    BOOST_TEST(answer.body == "secure");
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_host_gets_no_request) {
  TlsServer server;
  is_untrusted(Client(server.trusting()).ask(server.url("other.example")));
  is_untrusted(Client(server.trusting()).ask(server.url("127.0.0.1")));
  BOOST_TEST(server.nginx.stop_and_count().empty());
}

BOOST_AUTO_TEST_CASE(a_key_that_is_not_the_pinned_one_gets_no_request) {
  TlsServer server;
  TransportOptions options = server.trusting();
  options.pinned_pubkey = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  is_untrusted(Client(options).ask(server.url("pam.example")));
  BOOST_TEST(server.nginx.stop_and_count().empty());
}

BOOST_AUTO_TEST_CASE(an_authority_file_that_is_not_there_is_no_reason_to_trust) {
  TlsServer server;
  TransportOptions options = server.options();
  options.cacert = server.directory.path("nothing.pem");
  is_untrusted(Client(options).ask(server.url("pam.example")));
}

BOOST_AUTO_TEST_CASE(old_protocols_are_not_spoken) {
  // Which error that is differs between OpenSSL versions; nothing may be sent.
  TlsServer server("ssl_protocols TLSv1 TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;");
  const Kept answer = Client(server.trusting()).ask(server.url("pam.example"));
  BOOST_TEST(answer.error == TransportError::tls_failed);
  BOOST_TEST(answer.wire_sends == 0);
}

BOOST_AUTO_TEST_CASE(a_server_that_wants_a_certificate_of_ours_gets_the_one_that_was_given) {
  TempDir directory;
  const Certificate ours = self_signed(directory, "client.example");
  TlsServer server("ssl_verify_client on; ssl_client_certificate " + ours.certificate + ";");
  const Kept without = Client(server.trusting()).ask(server.url("pam.example"));
  BOOST_TEST(without.http_status == 400);
  TransportOptions options = server.trusting();
  options.cert = ours.certificate;
  options.key = ours.key;
  BOOST_TEST(Client(options).ask(server.url("pam.example")).body == "secure");
}

// Such a server ends the handshake over it, nginx sends a page. With TLS 1.3 the request is under way by
// then.
BOOST_AUTO_TEST_CASE(a_handshake_that_ends_over_our_certificate_is_no_lost_connection) {
  TempDir directory;
  TempDir elsewhere;
  const Certificate theirs = self_signed(directory, "pam.example");
  const Certificate ours = self_signed(elsewhere, "client.example");
  for (const std::string version : {"TLSv1.2", "TLSv1.3"}) {
    const Haproxy server("http-request return status 200 content-type text/plain string secure", theirs,
                         "ca-file " + ours.certificate + " verify required ssl-min-ver " + version +
                             " ssl-max-ver " + version);
    const std::string port = std::to_string(server.port());
    const std::string url = "https://pam.example:" + port + "/x";
    TransportOptions options = quick();
    options.cacert = theirs.certificate;
    options.resolve.push_back("pam.example:" + port + ":127.0.0.1");
    const int most_sends = version == "TLSv1.3" ? 1 : 0;
    const Kept without = Client(options).ask(url);
    BOOST_TEST(without.error == TransportError::tls_failed, version << ": " << without.error_text);
    BOOST_TEST(without.wire_sends <= most_sends);
    options.cert = theirs.certificate;
    options.key = theirs.key;
    const Kept with_another = Client(options).ask(url);
    BOOST_TEST(with_another.error == TransportError::tls_failed, version << ": " << with_another.error_text);
    BOOST_TEST(with_another.wire_sends <= most_sends);
    options.cert = ours.certificate;
    options.key = ours.key;
    BOOST_TEST(Client(options).ask(url).body == "secure", version);
  }
}

BOOST_AUTO_TEST_CASE(a_key_file_that_does_not_fit_is_a_tls_failure_and_sends_nothing) {
  TempDir directory;
  TempDir elsewhere;
  TlsServer server;
  TransportOptions options = server.trusting();
  options.cert = self_signed(directory, "client.example").certificate;
  options.key = self_signed(elsewhere, "client.example").key;
  const Kept answer = Client(options).ask(server.url("pam.example"));
  BOOST_TEST(answer.error == TransportError::tls_failed);
  BOOST_TEST(answer.wire_sends == 0);
}

BOOST_AUTO_TEST_CASE(session_keys_are_not_written_anywhere) {
  // libcurl reads the variable when its TLS begins, which was at the start of this program: the environment
  // test shows that it is gone then. Here nothing comes of setting it again.
  TlsServer server;
  const std::string keys = server.directory.path("keys");
  ::setenv("SSLKEYLOGFILE", keys.c_str(), 1);
  BOOST_TEST(Client(server.trusting()).ask(server.url("pam.example")).body == "secure");
  ::unsetenv("SSLKEYLOGFILE");
  BOOST_TEST(!std::filesystem::exists(keys));
}

BOOST_AUTO_TEST_SUITE_END()
