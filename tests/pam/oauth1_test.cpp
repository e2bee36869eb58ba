// Signatures: the published values, and what the base string is made of.
#include "bulkdrop/pam/oauth1.hpp"

#include <string>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/pam/api.hpp"

namespace bulkdrop::pam::test {
namespace {

std::string base_uri_of(std::string_view url) {
  const std::string base = signature_base_string("GET", url, {});
  return base.substr(4, base.rfind('&') - 4);
}

std::string parameters_of(std::string_view url, const OAuth1Parameters& parameters = {}) {
  const std::string base = signature_base_string("GET", url, parameters);
  return base.substr(base.rfind('&') + 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oauth1)

// RFC 5849 §3.4.1.1; the signature is erratum 2550's, not the one printed there.
BOOST_AUTO_TEST_CASE(the_rfc_example_signs_to_the_value_of_its_erratum) {
  const std::string base =
      signature_base_string("POST", "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
                            {{"oauth_consumer_key", "9djdj82h48djs9d2"},
                             {"oauth_token", "kkk9d7dh3k39sjv7"},
                             {"oauth_signature_method", "HMAC-SHA1"},
                             {"oauth_timestamp", "137131201"},
                             {"oauth_nonce", "7d8f3e4a"},
                             {"c2", ""},
                             {"a3", "2 q"}});
  BOOST_TEST(base ==
             "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%"
             "25253D%26c%25"
             "40%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_"
             "signature_method"
             "%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7");
  BOOST_TEST(hmac_sha1_signature(base, signing_key("j49sk3j29djd", "dh893hdasih9")) ==
             "r6/TJjbCOr97/+UU0NsvSne7s5g=");
}

// OAuth Core 1.0, appendix A.
BOOST_AUTO_TEST_CASE(the_oauth_core_example_signs_to_its_value) {
  const std::string header =
      oauth1_header("GET", "http://photos.example.net/photos?file=vacation.jpg&size=original",
                    "dpf43f3p2l4k3l03", "nnch734d00sl2jdk",
                    signing_key("kd94hf93k423kf44", "pfkkdhi9sl3r4s00"), {1191242096, "kllo9940pd9333jh"});
  BOOST_TEST(
      header ==
      R"(OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", )"
      R"(oauth_signature_method="HMAC-SHA1", oauth_timestamp="1191242096", oauth_nonce="kllo9940pd9333jh", )"
      R"(oauth_version="1.0", oauth_signature="tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D")");
}

BOOST_AUTO_TEST_CASE(scheme_and_host_are_lower_case_and_a_default_port_is_left_out) {
  BOOST_TEST(base_uri_of("HTTPS://PAM.Example:443/Api/Drop") ==
             percent_encoded("https://pam.example/Api/Drop"));
  BOOST_TEST(base_uri_of("http://pam.example:80/") == percent_encoded("http://pam.example/"));
  BOOST_TEST(base_uri_of("http://pam.example:443/x") == percent_encoded("http://pam.example:443/x"));
  BOOST_TEST(base_uri_of("https://pam.example:8443/x") == percent_encoded("https://pam.example:8443/x"));
  BOOST_TEST(base_uri_of("https://[2001:DB8::1]:443/x") == percent_encoded("https://[2001:db8::1]/x"));
  BOOST_TEST(base_uri_of("https://pam.example") == percent_encoded("https://pam.example/"));
  BOOST_TEST(base_uri_of("https://pam.example?a=b#c") == percent_encoded("https://pam.example/"));
}

BOOST_AUTO_TEST_CASE(the_path_is_signed_as_it_is) {
  for (const char* url :
       {"https://pam.example/a%2fB//c/./../d", "https://pam.example/%E9t%e9", "https://h/~a-b._c"})
    BOOST_TEST(base_uri_of(url) == percent_encoded(url));
}

BOOST_AUTO_TEST_CASE(what_stands_in_the_query_is_signed_sorted_and_encoded) {
  BOOST_TEST(parameters_of("http://h/?b=2&a=1") == percent_encoded("a=1&b=2"));
  BOOST_TEST(parameters_of("http://h/?a=2&a=1&a=10") == percent_encoded("a=1&a=10&a=2"));
  BOOST_TEST(parameters_of("http://h/?x=a+b&y=a%2bb") == percent_encoded("x=a%20b&y=a%2Bb"));
  BOOST_TEST(parameters_of("http://h/?&&a&=b&c=d=e") == percent_encoded("=b&a=&c=d%3De"));
  BOOST_TEST(parameters_of("http://h/?a=%zz%4&b=%") == percent_encoded("a=%25zz%254&b=%25"));
  // Byte order of the encoded names: `%` before letters.
  BOOST_TEST(parameters_of("http://h/?a=1&%C3%A9=2") == percent_encoded("%C3%A9=2&a=1"));
  BOOST_TEST(parameters_of("http://h/?b=2", {{"a", "=&"}}) == percent_encoded("a=%3D%26&b=2"));
}

BOOST_AUTO_TEST_CASE(secrets_are_encoded_before_they_are_joined) {
  BOOST_TEST(signing_key("a&b", "c d").reveal() == "a%26b&c%20d");
  BOOST_TEST(signing_key("a", "").reveal() == "a&");
  BOOST_TEST(hmac_sha1_signature("x", signing_key("a&", "b")) !=
             hmac_sha1_signature("x", signing_key("a", "&b")));
}

BOOST_AUTO_TEST_CASE(nothing_that_is_signed_can_add_to_the_header) {
  bulkdrop::test::holds("quotes, commas and line breaks are encoded", [] {
    const auto key = *rc::gen::arbitrary<std::string>();
    const std::string header =
        oauth1_header("DELETE", "https://pam.example/x", key, key, signing_key(key, key), {1, "n"});
    RC_ASSERT(std::count(header.begin(), header.end(), '"') == 14);
    RC_ASSERT(std::count(header.begin(), header.end(), ',') == 6);
    for (const char c : header) RC_ASSERT(c >= 0x20 && c < 0x7F);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
