#include "bulkdrop/pam/api.hpp"

#include <string>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/session_id.hpp"

namespace bulkdrop::pam {

BOOST_AUTO_TEST_SUITE(api)

BOOST_AUTO_TEST_CASE(each_generation_has_the_documented_paths) {
  BOOST_TEST(default_paths(Generation::v4).drop == "api/pam/session/drop/");
  BOOST_TEST(default_paths(Generation::v4).list == "api/pam/session/remotesessions");
  BOOST_TEST(default_paths(Generation::v4).token == "api/oauth2/token");
  BOOST_TEST(default_paths(Generation::v3).drop == "iso/session/drop/");
  BOOST_TEST(default_paths(Generation::v3).list == "api/session/remotesessions");
  BOOST_TEST(default_paths(Generation::v3).token == "iso/oauth2/token");
}

BOOST_AUTO_TEST_CASE(generations_are_read_back_from_their_names) {
  for (const Generation generation : {Generation::v4, Generation::v3})
    BOOST_TEST((generation_from_name(name(generation)) == generation));
  for (const auto* text : {"", "v", "v5", "V4", "4", "v4 "})
    BOOST_TEST(!generation_from_name(text).has_value());
}

BOOST_AUTO_TEST_CASE(exactly_one_slash_joins_a_url_and_a_path) {
  for (const auto* base : {"https://pam.example", "https://pam.example/", "https://pam.example//"})
    for (const auto* path : {"api/x", "/api/x", "//api/x"})
      BOOST_TEST(join_url(base, path) == "https://pam.example/api/x");
  BOOST_TEST(join_url("https://pam.example:8443/prefix/", "api/x/") ==
             "https://pam.example:8443/prefix/api/x/");
  BOOST_TEST(join_url("https://[::1]", "a") == "https://[::1]/a");
}

BOOST_AUTO_TEST_CASE(a_drop_prefix_ends_in_one_slash) {
  BOOST_TEST(as_drop_prefix("a/drop") == "a/drop/");
  BOOST_TEST(as_drop_prefix("a/drop/") == "a/drop/");
  BOOST_TEST(as_drop_prefix("") == "/");
}

BOOST_AUTO_TEST_CASE(only_unreserved_characters_stay_as_they_are) {
  BOOST_TEST(percent_encoded("") == "");
  BOOST_TEST(percent_encoded("azAZ09-._~") == "azAZ09-._~");
  BOOST_TEST(percent_encoded(" &=+%/?#\"\r\n") == "%20%26%3D%2B%25%2F%3F%23%22%0D%0A");
  BOOST_TEST(percent_encoded("é") == "%C3%A9");
  BOOST_TEST(percent_encoded(std::string(1, '\0')) == "%00");
  bulkdrop::test::holds("it can be read back", [](const std::string& text) {
    const std::string encoded = percent_encoded(text);
    std::string decoded;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      if (encoded[i] == '%') {
        decoded.push_back(static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16)));
        i += 2;
      } else {
        RC_ASSERT(is_sendable(std::string(3, encoded[i])));
        decoded.push_back(encoded[i]);
      }
    }
    RC_ASSERT(decoded == text);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam
