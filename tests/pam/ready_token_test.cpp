// Tokens that somebody else fetched: given once, or in a file that may be renewed.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "answers.hpp"
#include "login.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/pam/credentials.hpp"

namespace bulkdrop::pam::test {

BOOST_AUTO_TEST_SUITE(ready_token)

BOOST_AUTO_TEST_CASE(a_ready_token_that_could_carry_header_lines_is_refused) {
  for (const auto* text : {"a\r\nX-Evil: 1", "a\nb", "a b", "\x7f", "t\xC3\xA9"})
    BOOST_CHECK_EXCEPTION(Credentials::bearer(secret(text), {}), Error,
                          [](const Error& e) { return e.code() == ExitCode::usage; });
}

BOOST_AUTO_TEST_CASE(a_ready_token_that_one_node_does_not_know_serves_at_the_others) {
  Credentials c = Credentials::bearer(secret("abc"), {});
  c.accepted(1);
  for (int i = 0; i < 100; ++i) {
    // A few in a row are chance: many requests are under way.
    for (int k = 0; k < 19; ++k) BOOST_TEST(!c.refused(1, kStart, "HTTP 401").has_value());
    BOOST_TEST(c.usable());
    c.accepted(1);
  }
}

BOOST_AUTO_TEST_CASE(a_ready_token_that_was_accepted_and_then_revoked_ends_the_run) {
  Credentials c = Credentials::bearer(secret("abc"), {});
  c.accepted(1);
  for (int i = 0; i < 19; ++i) BOOST_TEST(!c.refused(1, kStart, "HTTP 401").has_value());
  BOOST_TEST(c.refused(1, kStart, "HTTP 401").has_value());
  BOOST_TEST(!c.usable());
}

BOOST_AUTO_TEST_CASE(a_ready_token_that_is_refused_three_times_in_a_row_ends_the_run) {
  Credentials c = Credentials::bearer(secret("abc"), {});
  BOOST_TEST(c.usable());
  BOOST_TEST(c.generation() == 1U);
  BOOST_TEST(!c.due(kStart));
  BOOST_TEST((c.wakes_at() == TimePoint::max()));
  for (int i = 0; i < 2; ++i) BOOST_TEST(!c.refused(1, kStart, "HTTP 401").has_value());
  const auto stop = c.refused(1, kStart, "HTTP 401");
  BOOST_REQUIRE(stop.has_value());
  BOOST_TEST(stop->exit_code == ExitCode::not_allowed);
  BOOST_TEST(stop->message.find("abc") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_file_that_was_renewed_is_read_again) {
  std::vector<std::string> contents = {"one", "two"};
  std::size_t reads = 0;
  Credentials c = Credentials::bearer(
      secret("one"), [&]() -> std::optional<Secret> { return secret(contents.at(++reads)); });
  c.accepted(1);
  BOOST_TEST(!c.refused(1, kStart, "expired").has_value());
  BOOST_TEST(c.generation() == 2U);
  BOOST_TEST(c.usable());
  BOOST_TEST(header_of(c) == "Authorization: Bearer two");
  BOOST_TEST(reads == 1U);
  BOOST_TEST(!c.refused(1, kStart, "expired").has_value());
  BOOST_TEST(reads == 1U);
}

BOOST_AUTO_TEST_CASE(what_the_old_token_was_refused_is_not_held_against_the_new_one) {
  std::string content = "one";
  Credentials c =
      Credentials::bearer(secret("one"), [&]() -> std::optional<Secret> { return secret(content); });
  c.accepted(1);
  for (int i = 0; i < 10; ++i) BOOST_TEST(!c.refused(1, kStart, "expired").has_value());
  content = "two";  // renewed late
  BOOST_TEST(!c.refused(1, kStart, "expired").has_value());
  BOOST_TEST(c.generation() == 2U);
  for (int i = 0; i < 2; ++i) BOOST_TEST(!c.refused(2, kStart, "HTTP 401").has_value());
  BOOST_TEST(c.refused(2, kStart, "HTTP 401").has_value());
}

BOOST_AUTO_TEST_CASE(a_token_file_that_was_not_renewed_or_is_unusable_ends_the_run) {
  for (const std::optional<std::string>& content :
       {std::optional<std::string>("one"), std::optional<std::string>(""), std::optional<std::string>(),
        std::optional<std::string>("a\r\nX-Evil: 1")}) {
    Credentials c = Credentials::bearer(secret("one"), [&]() -> std::optional<Secret> {
      if (!content) return std::nullopt;
      return secret(*content);
    });
    for (int i = 0; i < 2; ++i) BOOST_TEST(!c.refused(1, kStart, "expired").has_value());
    BOOST_TEST(c.refused(1, kStart, "expired").has_value());
    BOOST_TEST(!c.usable());
  }
}

BOOST_AUTO_TEST_CASE(a_token_file_with_nothing_but_bad_tokens_ends_the_run) {
  int n = 0;
  Credentials c = Credentials::bearer(
      secret("bad"), [&]() -> std::optional<Secret> { return secret("bad" + std::to_string(++n)); });
  BOOST_TEST(!c.refused(1, kStart, "401").has_value());
  BOOST_TEST(!c.refused(2, kStart, "401").has_value());
  BOOST_TEST(c.refused(3, kStart, "401").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
