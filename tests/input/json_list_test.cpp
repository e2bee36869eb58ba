// JSON documents whose records stand in a list that has no known name.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

std::string in_list(const std::string& key) {
  std::string list;
  for (std::uint64_t n = 1; n <= 20; ++n)
    list += fmt::format(R"({}{{"session":{{"{}":"{}"}},"n":{}}})", n == 1 ? "" : ",", key, id_of(n), n);
  return R"({"total":20,"data":{"sessions":[)" + list + "]}}";
}

Options field(std::string name) {
  Options options;
  options.field = std::move(name);
  return options;
}

const std::string kCommand = "export | bulkdrop drop --field /session/id";

}  // namespace

BOOST_AUTO_TEST_SUITE(json_list)

BOOST_AUTO_TEST_CASE(fields_of_a_list_are_named_once_with_the_command_that_drops_all) {
  for (const std::string end : {"\n", "\n\n", ""}) {
    const auto error = error_reading(in_list("id") + end);
    BOOST_TEST(
        contains(error, R"(fields found: "/total", "/data/sessions/*/session/id", "/data/sessions/*/n"; )"),
        error);
    BOOST_TEST(contains(error, "write one record a line: jq -c '.data.sessions[]' "), error);
    BOOST_TEST(error.ends_with(kCommand), error);
  }
  BOOST_TEST(error_reading(in_list("id"), field("/session/id")).ends_with(kCommand));
}

BOOST_AUTO_TEST_CASE(a_pointer_to_one_of_many_is_refused) {
  const auto error = error_reading(in_list("id"), field("/data/sessions/0/session/id"));
  BOOST_TEST(error.starts_with("3: "), error);
  BOOST_TEST(contains(error, ":1: --field /data/sessions/0/session/id names one element of a list"), error);
  BOOST_TEST(error.ends_with(kCommand), error);
  Options stream = field("/data/sessions/0/session/id");
  stream.stream = true;
  BOOST_TEST(read_text(in_list("id"), stream).lines() == "1:missing_field");
  // Several lists, one in the other.
  const auto nested = error_reading(
      fmt::format(R"({{"a b":[{{"x":[{{"s":"{}"}}]}},{{"x":[{{"s":"{}"}},{{"s":"{}"}}]}}]}})", kA, kB, kC),
      field("/a b/1/x/0/s"));
  BOOST_TEST(contains(nested, R"(jq -c '."a b"[].x[]' )"), nested);
  BOOST_TEST(nested.ends_with("--field /s"), nested);
}

BOOST_AUTO_TEST_CASE(a_later_record_that_has_several_is_an_invalid_row) {
  const auto one = fmt::format(R"({{"ids":["{}"]}})", kA);
  const auto two = fmt::format(R"({{"ids":["{}","{}"]}})", kB, kC);
  BOOST_TEST(read_text(one + "\n" + two + "\n" + one + "\n", field("/ids/0")).lines() ==
             "1 2:missing_field 3");
}

BOOST_AUTO_TEST_CASE(a_pointer_to_the_only_element_with_an_id_is_followed) {
  const auto record = fmt::format(R"({{"events":[{{"kind":"x"}},{{"pam":"{}"}}]}})", kA);
  BOOST_TEST(read_text(record, field("/events/1/pam")).ids().size() == 1U);
}

BOOST_AUTO_TEST_CASE(several_fields_of_a_list_are_not_advised_to_be_one) {
  const auto error = error_reading(in_list("session_id"));
  BOOST_TEST(contains(error, "20 fields could be the session ID"), error);
  BOOST_TEST(contains(error, "jq -c '.data.sessions[]' "), error);
  BOOST_TEST(!contains(error, "such as --field"), error);
}

BOOST_AUTO_TEST_SUITE_END()
