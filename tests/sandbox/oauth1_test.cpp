// OAuth 1.0a: the published test values, and what a server must refuse.
#include "bulkdrop/sandbox/oauth1.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

using namespace bulkdrop::sandbox;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

struct Signing {
  std::string method = "DELETE";
  std::string uri = "http://127.0.0.1:8080/api/pam/session/drop/abc";
  std::string key = "sandbox-consumer";
  std::string token = "sandbox-token";
  std::string consumer_secret = "sandbox-consumer-secret";
  std::string signature_method = "HMAC-SHA1";
  std::string version = "1.0";
  std::int64_t timestamp = kNow;
  std::string nonce = "n1";
};

std::string header_for(const Signing& signing, const Parameters& further = {}) {
  Parameters own = {{"oauth_consumer_key", signing.key},
                    {"oauth_token", signing.token},
                    {"oauth_signature_method", signing.signature_method},
                    {"oauth_timestamp", std::to_string(signing.timestamp)},
                    {"oauth_nonce", signing.nonce},
                    {"oauth_version", signing.version}};
  Parameters all = own;
  all.insert(all.end(), further.begin(), further.end());
  own.emplace_back("oauth_signature",
                   hmac_sha1_signature(signature_base_string(signing.method, signing.uri, all),
                                       signing.consumer_secret, "sandbox-token-secret"));
  std::string header = "OAuth realm=\"x\"";
  for (const auto& [name, value] : own) header += ", " + name + "=\"" + percent_encode(value) + "\"";
  return header;
}

Request request_with(std::string authorization) {
  Request request;
  request.method_name = "DELETE";
  request.target = "/api/pam/session/drop/abc";
  request.host = "127.0.0.1:8080";
  request.authorization = std::move(authorization);
  return request;
}

OAuth1Verdict verdict_on(const Signing& signing) {
  const Credentials credentials;
  return OAuth1Verifier(credentials).verify(request_with(header_for(signing)), kNow);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_oauth1)

BOOST_AUTO_TEST_CASE(the_rfc_5849_example_signs_to_the_corrected_value) {
  Request request;
  request.target = "/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
  Parameters all = *parse_oauth_header(
      R"(OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7",)"
      R"( oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a",)"
      R"( oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D")");
  for (const std::string_view text : {request.query(), std::string_view("c2&a3=2+q")}) {
    const Parameters more = parse_form(text).value();
    all.insert(all.end(), more.begin(), more.end());
  }
  const std::string base = signature_base_string("POST", "http://example.com/request", all);
  BOOST_TEST(base ==
             "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%"
             "25253D%26c%25"
             "40%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_"
             "signature_method"
             "%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7");
  BOOST_TEST(hmac_sha1_signature(base, "j49sk3j29djd", "dh893hdasih9") == "r6/TJjbCOr97/+UU0NsvSne7s5g=");
}

BOOST_AUTO_TEST_CASE(the_oauth_core_appendix_example_signs_to_its_value) {
  const Parameters all = {{"file", "vacation.jpg"},
                          {"size", "original"},
                          {"oauth_consumer_key", "dpf43f3p2l4k3l03"},
                          {"oauth_token", "nnch734d00sl2jdk"},
                          {"oauth_signature_method", "HMAC-SHA1"},
                          {"oauth_timestamp", "1191242096"},
                          {"oauth_nonce", "kllo9940pd9333jh"},
                          {"oauth_version", "1.0"}};
  const std::string base = signature_base_string("GET", "http://photos.example.net/photos", all);
  BOOST_TEST(hmac_sha1_signature(base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00") ==
             "tR3+Ty81lMeYAr/Fid0kMTYa/WM=");
}

BOOST_AUTO_TEST_CASE(a_good_signature_is_accepted_once) {
  const Credentials credentials;
  OAuth1Verifier verifier(credentials);
  const Request request = request_with(header_for({}));
  BOOST_TEST((verifier.verify(request, kNow) == OAuth1Verdict::ok));
  BOOST_TEST((verifier.verify(request, kNow) == OAuth1Verdict::used_nonce));
  BOOST_TEST((verifier.verify(request_with(header_for({.nonce = "n2"})), kNow) == OAuth1Verdict::ok));
}

BOOST_AUTO_TEST_CASE(a_nonce_is_remembered_as_long_as_its_timestamp_counts) {
  const Credentials credentials;
  OAuth1Verifier verifier(credentials);
  const Request request = request_with(header_for({}));
  BOOST_TEST((verifier.verify(request, kNow) == OAuth1Verdict::ok));
  BOOST_TEST((verifier.verify(request, kNow + 300) == OAuth1Verdict::used_nonce));
  BOOST_TEST((verifier.verify(request, kNow + 301) == OAuth1Verdict::bad_timestamp));
}

BOOST_AUTO_TEST_CASE(whatever_differs_from_what_was_signed_is_refused) {
  BOOST_TEST((verdict_on({.method = "GET"}) == OAuth1Verdict::bad_signature));
  BOOST_TEST((verdict_on({.uri = "http://127.0.0.1:8080/api/pam/session/drop/abd"}) ==
              OAuth1Verdict::bad_signature));
  BOOST_TEST((verdict_on({.uri = "https://127.0.0.1:8080/api/pam/session/drop/abc"}) ==
              OAuth1Verdict::bad_signature));
  BOOST_TEST((verdict_on({.consumer_secret = "wrong"}) == OAuth1Verdict::bad_signature));
  BOOST_TEST((verdict_on({.key = "wrong"}) == OAuth1Verdict::unknown_client));
  BOOST_TEST((verdict_on({.token = "wrong"}) == OAuth1Verdict::unknown_client));
  BOOST_TEST((verdict_on({.timestamp = kNow - 301}) == OAuth1Verdict::bad_timestamp));
  BOOST_TEST((verdict_on({.timestamp = kNow + 301}) == OAuth1Verdict::bad_timestamp));
  BOOST_TEST((verdict_on({.signature_method = "PLAINTEXT"}) == OAuth1Verdict::malformed));
  BOOST_TEST((verdict_on({.version = "2.0"}) == OAuth1Verdict::malformed));
  BOOST_TEST((verdict_on({.nonce = ""}) == OAuth1Verdict::malformed));
}

BOOST_AUTO_TEST_CASE(the_query_and_a_form_body_are_signed_too) {
  const Credentials credentials;
  OAuth1Verifier verifier(credentials);
  Request request = request_with(header_for({}, {{"q", "a b"}, {"f", "1"}}));
  request.target += "?q=a%20b";
  request.content_type = "application/x-www-form-urlencoded; charset=UTF-8";
  request.body = "f=1";
  BOOST_TEST((verifier.verify(request, kNow) == OAuth1Verdict::ok));
  request.body = "f=2";
  BOOST_TEST((verifier.verify(request, kNow) == OAuth1Verdict::bad_signature));
}

BOOST_AUTO_TEST_CASE(behind_a_tls_proxy_the_signed_url_is_https_without_its_default_port) {
  const Credentials credentials;
  OAuth1Verifier verifier(credentials);
  Request request = request_with(header_for({.uri = "https://pam.example/api/pam/session/drop/abc"}));
  request.host = "PAM.example:443";
  request.forwarded_proto = "https";
  BOOST_TEST((verifier.verify(request, kNow) == OAuth1Verdict::ok));
}

BOOST_AUTO_TEST_CASE(a_header_that_is_not_oauth_is_malformed) {
  for (const char* const header : {"OAuth", "OAuth ", "OAuth a", "OAuth a=b", "OAuth a=\"b",
                                   "OAuth a=\"b\" c=\"d\"", "OAuth =\"b\"", "OAuth a=\"%zz\"", "Bearer x"}) {
    const Credentials credentials;
    BOOST_TEST_CONTEXT(header)
    BOOST_TEST((OAuth1Verifier(credentials).verify(request_with(header), kNow) == OAuth1Verdict::malformed));
  }
}

BOOST_AUTO_TEST_SUITE_END()
