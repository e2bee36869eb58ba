// What is wanted of JSON records besides the ID.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::TempDir;

namespace {

// 0: `who`, or `name` in an object called `who`; 1: `n`.
WantedMembers who_and_n() {
  WantedMembers wanted;
  wanted.values = 2;
  wanted.deepest = 2;
  wanted.which = [](std::string_view parent, std::string_view name) -> std::optional<std::size_t> {
    if (name == "who" || (parent == "who" && name == "name")) return 0;
    if (name == "n") return 1;
    return std::nullopt;
  };
  return wanted;
}

// Each usable row's values in brackets; `-` where there are none. The same whichever way rows are taken.
std::string values_in(const std::string& text, Options options = {}) {
  const TempDir dir;
  const std::string file = dir.file("export", text);
  const auto append = [](std::string& all, const Row& row) {
    if (row.admission != Admission::to_drop) {
      BOOST_TEST(row.members.empty());
      return;
    }
    std::string values;
    for (const std::string_view value : row.members) values += "[" + std::string(value) + "]";
    all += values.empty() ? "-" : values;
  };
  std::string one_by_one;
  options.members = who_and_n();
  Reader reader({file}, options);
  for (Row row; reader.next(row);) append(one_by_one, row);
  std::string together;
  Reader other({file}, options);
  for (auto rows = other.next_rows(); !rows.empty(); rows = other.next_rows())
    for (const Row& row : rows) append(together, row);
  BOOST_TEST(one_by_one == together);
  return one_by_one;
}

std::string record(const std::string& id, const std::string& members) {
  return "{\"session_id\":\"" + id + "\"," + members + "}\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wanted_members)

BOOST_AUTO_TEST_CASE(texts_and_numbers_come_with_the_row_wherever_they_stand_in_it) {
  BOOST_TEST(values_in(record(kA, R"("who":" ana ","n":-1.50)") + record(kB, R"("n":3,"who":"b\u006fb")")) ==
             "[ana][-1.5][bob][3]");
  BOOST_TEST(values_in(record(kA, R"("x":{"n":1},"who":{"n":2,"name":"ana"})")) == "[ana][1]");
  // The same name at the same place, in another object.
  BOOST_TEST(values_in(record(kA, R"("who":{"name":"ana"})") + record(kB, R"("x":{"name":"bob"})") +
                       record(kC, R"("who":{"name":"eve"})")) == "[ana][][][][eve][]");
  BOOST_TEST(values_in("[" + record(kA, R"("who":"ana")") + "," + record(kB, R"("n":1)") + "]") ==
             "[ana][][][1]");
}

BOOST_AUTO_TEST_CASE(the_first_that_holds_anything_counts_and_other_values_do_not) {
  BOOST_TEST(values_in(record(
                 kA, R"("who":" \u00a0","n":null,"who":true,"n":[5],"who":"ana","who":"bob")")) == "[ana][]");
  BOOST_TEST(values_in(record(kA, R"("x":[{"who":"ana"}],"y":{"z":{"who":"too deep"}})")) == "[][]");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_pointed_at_makes_no_difference) {
  Options options;
  options.field = "/a/1";
  const std::string line = R"({"who":"ana","a":["x",")" + kA + "\"]}\n";
  BOOST_TEST(values_in(line, options) == "[ana][]");
  options.field = "key";
  BOOST_TEST(values_in(R"({"who":"ana","key":")" + kA + "\"}\n", options) == "[ana][]");
}

BOOST_AUTO_TEST_CASE(a_record_that_had_to_be_converted_or_says_too_much_is_left_to_the_caller) {
  const std::string fine = record(kC, R"("who":"ana")");
  BOOST_TEST(values_in(fine + record(kA, "\"who\":\"r\xE9mi\"") +
                       record(kB, R"("who":"ana","x":123456789012345678901)")) == "[ana][]--");
  const std::string most(WantedMembers::kMostBytes - 1, 'w');
  BOOST_TEST(values_in(record(kA, "\"who\":\"" + most + "\",\"n\":1")) == "[" + most + "][1]");
  BOOST_TEST(values_in(record(kA, "\"who\":\"" + most + "\",\"n\":12")) == "-");
  BOOST_TEST(values_in("\"" + kA + "\"\n\"" + kB + "\"\n") == "--");
}

BOOST_AUTO_TEST_CASE(rows_that_are_no_json_or_not_usable_have_none) {
  BOOST_TEST(values_in("session_id;who\n" + kA + ";ana\n") == "-");
  BOOST_TEST(values_in(kA + "\n") == "-");
  BOOST_TEST(values_in(record(kA, R"("who":"ana")") + record("x", R"("who":"bob")")) == "[ana][]");
}

BOOST_AUTO_TEST_CASE(values_of_rows_that_are_handed_out_together_stay_apart) {
  std::string text;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string who(static_cast<std::size_t>(i % 500), static_cast<char>('a' + i % 26));
    text += record(fmt::format("{:040x}", i), fmt::format(R"("who":"{}","n":{})", who, i));
    expected += fmt::format("[{}][{}]", who, i);
  }
  BOOST_TEST((values_in(text) == expected));
}

BOOST_AUTO_TEST_SUITE_END()
