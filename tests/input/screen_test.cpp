// ID rules, duplicates, protect lists.
#include "bulkdrop/input/screen.hpp"

#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/input/id_rules.hpp"
#include "bulkdrop/input/seen_ids.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::TempDir;

namespace {

// `id` must outlive the row.
Row row_of(std::string_view id, std::uint64_t number, std::uint64_t line = 1, std::uint32_t source = 0) {
  Row row;
  row.line = line;
  row.source = source;
  row.number = number;
  row.session_id = id;
  return row;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(id_rules)

BOOST_AUTO_TEST_CASE(an_id_is_32_to_128_hexadecimal_digits) {
  const IdRules rules("");
  BOOST_TEST(rules.accept(std::string(32, '0')));
  BOOST_TEST(rules.accept(std::string(128, 'F')));
  BOOST_TEST(rules.accept("3fcf1e4a16104e328d6794e1b9693cfc457871d2"));
  BOOST_TEST(!rules.accept(std::string(31, 'a')));
  BOOST_TEST(!rules.accept(std::string(129, 'a')));
  BOOST_TEST(!rules.accept(""));
  for (int c = 0; c < 256; ++c) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    for (const std::size_t size : {32U, 40U, 41U, 47U}) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string id(size, 'a');
        id[place] = static_cast<char>(c);
        BOOST_TEST_REQUIRE(rules.accept(id) == hex);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_pattern_must_match_the_whole_id) {
  const IdRules rules("[a-z]{3}");
  BOOST_TEST(rules.accept("abc"));
  BOOST_TEST(!rules.accept("abcd"));
  BOOST_TEST(!rules.accept("abc\n"));
}

BOOST_AUTO_TEST_CASE(no_pattern_lets_anything_dangerous_through) {
  const IdRules rules("(?s).*");
  for (const std::string bad : {"", ".", "..", "a/b", "a b", "a%2e", "é", "a?b", "a#b", "a\nb"})
    BOOST_TEST(!rules.accept(bad), bad);
  BOOST_TEST(rules.accept("..."));
  BOOST_TEST(rules.accept(std::string(256, 'x')));
  BOOST_TEST(!rules.accept(std::string(257, 'x')));
}

BOOST_AUTO_TEST_CASE(a_pattern_that_is_no_expression_is_wrong_usage) {
  BOOST_TEST(error_of([] { IdRules rules("[a-"); }).starts_with("2: --id-pattern"));
}

BOOST_AUTO_TEST_CASE(explanations_say_what_happened_to_the_id) {
  const IdRules rules("");
  BOOST_TEST(contains(rules.explain("1dbd4*****8975"), "masked"));
  BOOST_TEST(contains(rules.explain("1dbd4…8975"), "masked"));
  BOOST_TEST(contains(rules.explain("8101"), "row number"));
  BOOST_TEST(contains(rules.explain("1.23E+38"), "spreadsheet"));
  BOOST_TEST(contains(rules.explain("3fcf1e4a"), "8 hexadecimal digits"));
  BOOST_TEST(contains(rules.explain("hello"), "not an ID: hello"));
  BOOST_TEST(contains(IdRules("x").explain("a/b"), "ever sent"));
  BOOST_TEST(contains(IdRules("x").explain("y"), "--id-pattern"));
}

BOOST_AUTO_TEST_CASE(explanations_are_bounded_and_printable) {
  const IdRules rules("");
  for (const std::string& bad :
       {std::string(1000000, 'z'), std::string(1000000, '\x01'), std::string("\xFF\x1b[0m")}) {
    const auto text = rules.explain(bad);
    BOOST_TEST(text.size() <= 500U);
    BOOST_TEST(!contains(text, "\x1b"));
    BOOST_TEST(!contains(text, "\x01"));
  }
}

BOOST_AUTO_TEST_CASE(what_is_shown_of_a_bad_id_is_short_utf8) {
  const auto reading = read_text("session_id,x\n" + std::string(1000, 'z') + "\xE9,1\n\xE9,2\n");
  BOOST_TEST(reading.rows[0].id.size() <= 256U);
  BOOST_TEST(reading.rows[1].id == "é");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(screen)

BOOST_AUTO_TEST_CASE(the_first_of_equal_ids_is_dropped_and_the_others_point_to_it) {
  Screen screen({}, "", {"a.csv", "-"});
  auto first = row_of(kA, 6, 12);
  auto other = row_of(kB, 7, 13, 1);
  auto again = row_of(kA, 8, 14);
  auto other_again = row_of(kB, 9, 15);
  screen.admit(first);
  screen.admit(other);
  screen.admit(again);
  BOOST_TEST((first.admission == Admission::to_drop));
  BOOST_TEST((other.admission == Admission::to_drop));
  BOOST_TEST((again.admission == Admission::duplicate));
  BOOST_TEST((again.reason == Reason::duplicate));
  BOOST_TEST(again.message == "the same ID stands in a.csv:12");
  screen.admit(other_again);
  BOOST_TEST(other_again.message == "the same ID stands in standard input:13");
  BOOST_TEST(screen.distinct() == 2U);
}

BOOST_AUTO_TEST_CASE(hexadecimal_ids_are_the_same_in_either_case) {
  Screen screen({}, "");
  const std::string in_capitals(40, 'A');
  auto lower = row_of(kA, 0);
  auto upper = row_of(in_capitals, 1);
  screen.admit(lower);
  screen.admit(upper);
  BOOST_TEST((lower.admission == Admission::to_drop));
  BOOST_TEST((upper.admission == Admission::duplicate));
  BOOST_TEST(upper.session_id == in_capitals);
}

BOOST_AUTO_TEST_CASE(ids_of_ones_own_pattern_compare_exactly) {
  Screen screen({}, "[A-Za-z]+");
  auto lower = row_of("abc", 0);
  auto upper = row_of("ABC", 1);
  auto again = row_of("abc", 2);
  screen.admit(lower);
  screen.admit(upper);
  screen.admit(again);
  BOOST_TEST((upper.admission == Admission::to_drop));
  BOOST_TEST((again.admission == Admission::duplicate));
}

BOOST_AUTO_TEST_CASE(a_place_that_cannot_be_named_is_an_earlier_row) {
  Screen screen({}, "", {std::string(1000, 'x') + "/é/end.csv"});
  auto far = row_of(kA, 0, 1ULL << 40U);
  auto far_again = row_of(kA, 1);
  auto many = row_of(kB, 2, 7, 70000);
  auto many_again = row_of(kB, 3);
  auto named = row_of(kC, 4, 9);
  auto named_again = row_of(kC, 5);
  for (auto* row : {&far, &many, &named}) screen.admit(*row);
  screen.admit(far_again);
  BOOST_TEST(far_again.message == "the same ID stands in an earlier row");
  screen.admit(many_again);
  BOOST_TEST(many_again.message == "the same ID stands in an earlier row");
  screen.admit(named_again);
  BOOST_TEST(named_again.message.size() < 300U);
  BOOST_TEST(named_again.message.ends_with("x/é/end.csv:9"), named_again.message);
}

BOOST_AUTO_TEST_CASE(a_protected_id_survives_another_spelling_and_comes_before_duplicate) {
  const TempDir dir;
  Screen screen({dir.file("keep", "# break glass\n" + std::string(40, 'A') + "\n")}, "");
  for (std::uint64_t i = 0; i < 2; ++i) {
    auto row = row_of(kA, i);
    screen.admit(row);
    BOOST_TEST((row.admission == Admission::protected_));
    BOOST_TEST((row.reason == Reason::protected_));
    BOOST_TEST(!row.message.empty());
  }
  BOOST_TEST(screen.distinct() == 0U);
}

BOOST_AUTO_TEST_CASE(invalid_rows_are_left_alone) {
  Screen screen({}, "");
  for (std::uint64_t i = 0; i < 2; ++i) {
    auto row = row_of("x", i);
    row.admission = Admission::invalid;
    row.reason = Reason::bad_id;
    screen.admit(row);
    BOOST_TEST((row.admission == Admission::invalid));
    BOOST_TEST((row.reason == Reason::bad_id));
  }
}

BOOST_AUTO_TEST_CASE(protect_lists_come_in_every_format) {
  const TempDir dir;
  Screen screen(
      {dir.file("a.csv", "ID;Session ID\n1;" + kA + "\n"),
       dir.file("b.json", "[{\"session_id\":\"" + kB + "\"}]"), dir.file("c", kA + "\r" + kC + "\r")},
      "");
  auto a = row_of(kA, 0);
  auto b = row_of(kB, 1);
  auto c = row_of(kC, 2);
  screen.admit(a);
  screen.admit(b);
  screen.admit(c);
  BOOST_TEST((a.admission == Admission::protected_));
  BOOST_TEST((b.admission == Admission::protected_));
  BOOST_TEST((c.admission == Admission::protected_));
  std::string told;
  for (const auto& list : screen.protect_lists())
    told += list.file.substr(list.file.rfind('/') + 1) + "=" + std::to_string(list.ids) + " ";
  BOOST_TEST(told == "a.csv=1 b.json=1 c=2 ");
}

BOOST_AUTO_TEST_CASE(lists_that_share_an_id_have_each_met_it_once) {
  const TempDir dir;
  Screen screen(
      {dir.file("a", kA + "\n" + kB + "\n" + kA + "\n"), dir.file("b", kA + "\n"), dir.file("c", kC)}, "");
  for (std::uint64_t i = 0; i < 2; ++i) {
    auto row = row_of(kA, i);
    screen.admit(row);
  }
  std::string told;
  for (const auto& list : screen.protect_lists()) told += fmt::format("{}/{} ", list.met, list.unmet);
  BOOST_TEST(told == "1/1 1/0 0/1 ");
}

BOOST_AUTO_TEST_CASE(a_protected_id_of_another_length_is_told_of) {
  const TempDir dir;
  const auto told = [&](const std::string& list, const std::vector<std::string>& ids,
                        const std::string& pattern = "") {
    Screen screen({dir.file("keep", list)}, pattern, {"in"});
    std::uint64_t line = 0;
    for (const auto& id : ids) {
      auto row = row_of(id, line, line + 1);
      ++line;
      screen.admit(row);
    }
    return std::pair(screen.protected_ids().of_odd_size(), screen.protected_ids().beginnings());
  };
  const std::string part = kB.substr(0, 36);
  std::string upper = kB;
  for (char& c : upper) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  const auto cut = told(kC + "\n" + part + "\n", {kA, upper});
  BOOST_TEST_REQUIRE(cut.first.size() == 1U);
  BOOST_TEST(
      cut.first[0].ends_with("keep:2: the ID has 36 characters, all IDs of the input have 40: is it whole?"));
  BOOST_TEST_REQUIRE(cut.second.size() == 1U);
  BOOST_TEST(contains(cut.second[0], "that is not protected, in in:2: write the whole ID"), cut.second[0]);
  // Nothing to compare with, or nothing odd.
  BOOST_TEST(told(part, {}).first.empty());
  BOOST_TEST(told(kA, {kA, kB}).first.empty());
  // A row that is kept is no matter, and a second row with the same ID neither.
  BOOST_TEST(told(kB + "\n" + part + "\n", {kA, kB}).second.empty());
  // Hexadecimal digits of two lengths: none begins with another by chance. Numbers do.
  BOOST_TEST(told(part, {kB, std::string(36, 'f')}).second.size() == 1U);
  BOOST_TEST(told("12", {"123", "45"}, "[0-9]+").second.empty());
  BOOST_TEST(told("12", {"45", "123"}, "[0-9]+").second.empty());
  BOOST_TEST(told("12", {"123", "456"}, "[0-9]+").second.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_protect_list_with_ids_in_a_quoted_cell_is_refused) {
  const TempDir dir;
  const auto error = error_of([&] {
    Screen screen(
        {dir.file("keep.csv", "Session ID,Why\n" + kA + ",\"3.5 inch\n" + kB + ",x\n" + kC + ",y\"\n")}, "");
  });
  BOOST_TEST(contains(error, "keep.csv:2: a quoted cell holds 2 lines"), error);
}

BOOST_AUTO_TEST_CASE(a_protect_list_without_any_id_is_refused) {
  const TempDir dir;
  for (const auto* content :
       {"", "\n\n", "session_id\n", "ID;Session ID\r\n", "# nobody\n#\n", "[]", "{\"remote_sessions\":[]}"}) {
    const auto error = error_of([&] {
      Screen screen({dir.file("full", kA), dir.file("keep", content)}, "");
    });
    BOOST_TEST(error.starts_with("3: "), error);
    BOOST_TEST(contains(error, "/keep: holds no ID: "), error);
    BOOST_TEST(contains(error, "leave --protect out"), error);
  }
}

BOOST_AUTO_TEST_CASE(a_protect_list_that_is_not_whole_is_input_that_cannot_be_used) {
  const TempDir dir;
  const auto error_with = [](const std::string& file) {
    return error_of([&] { Screen screen({file}, ""); });
  };
  const auto bad_row = error_with(dir.file("keep", kA + "\nnot an id\n"));
  BOOST_TEST(bad_row.starts_with("3: "));
  BOOST_TEST(contains(bad_row, "keep:2: "));
  BOOST_TEST(error_with(dir.path("missing")).starts_with("3: "));
  BOOST_TEST(contains(error_with(dir.path("missing")), "missing"));
  BOOST_TEST(error_with(dir.file("cut.json", "[\"" + kA + "\"")).starts_with("3: "));
  BOOST_TEST(error_with(dir.file("ids.csv", "ID,User\n1,2\n")).starts_with("3: "));
  BOOST_TEST(error_with("-").starts_with("2: "));
}

BOOST_AUTO_TEST_CASE(rows_are_admitted_together_as_they_are_one_by_one) {
  const TempDir dir;
  const std::string list = dir.file("keep", id_of(7) + "\n");
  Screen screen({list}, "", {"a.csv"});
  std::vector<std::string> ids;
  for (const std::uint32_t id : {1U, 2U, 1U, 7U, 3U, 2U, 2U}) ids.push_back(id_of(id));
  std::vector<Row> rows;
  for (std::size_t i = 0; i < ids.size(); ++i) rows.push_back(row_of(ids[i], i, i + 2));
  rows[4].admission = Admission::invalid;
  screen.admit(rows);
  const auto is = [&](std::size_t row, Admission admission, std::string_view message) {
    BOOST_TEST((rows[row].admission == admission));
    BOOST_TEST(rows[row].message == message);
  };
  is(0, Admission::to_drop, "");
  is(1, Admission::to_drop, "");
  is(2, Admission::duplicate, "the same ID stands in a.csv:2");
  is(3, Admission::protected_, "on a protect list");
  is(4, Admission::invalid, "");
  is(5, Admission::duplicate, "the same ID stands in a.csv:3");
  is(6, Admission::duplicate, "the same ID stands in a.csv:3");
  BOOST_TEST(screen.distinct() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_expected_makes_room_and_a_wrong_number_does_no_harm) {
  for (const std::uint64_t expected : {0U, 100U, 200000U, 4000000U}) {
    SeenIds seen;
    std::size_t peak = 0;
    for (std::uint32_t i = 1; i <= 200000; ++i) {
      seen.expect(expected);
      BOOST_TEST_REQUIRE(!seen.insert(id_of(i), {i, 0}));
      peak = std::max(peak, seen.memory());
    }
    for (std::uint32_t i = 1; i <= 200000; ++i) BOOST_TEST_REQUIRE(seen.insert(id_of(i), {1, 0})->line == i);
    // 16 bytes each at a load of 0.80, or 0.68 and more where it is not known, but never much below a
    // quarter.
    const std::size_t each = expected == 200000U ? 21 : expected > 200000U ? 78 : 26;
    BOOST_TEST(peak <= each * 200000, "expected " << expected << ": " << peak);
  }
}

BOOST_AUTO_TEST_CASE(the_id_pattern_holds_for_protect_lists) {
  const TempDir dir;
  Screen screen({dir.file("keep", "s-1\n")}, "s-[0-9]+");
  auto row = row_of("S-1", 0);
  screen.admit(row);
  BOOST_TEST((row.admission == Admission::protected_));
}

BOOST_AUTO_TEST_CASE(a_million_ids_are_told_apart_in_27_mebibytes_and_kept_in_18) {
  SeenIds seen;
  std::size_t peak = 0;
  const auto place_of = [](std::uint32_t i) { return IdPlace{i, static_cast<std::uint16_t>(i % 65536)}; };
  for (std::uint32_t i = 1; i <= 1000000; ++i) {
    if (seen.insert(id_of(i), place_of(i))) BOOST_FAIL("two IDs were taken for one");
    if (i % 10000 == 0) peak = std::max(peak, seen.memory());
  }
  BOOST_TEST(seen.size() == 1000000U);
  BOOST_TEST(peak <= 27U * 1024 * 1024);
  const auto check = [&] {
    for (std::uint32_t i = 1; i <= 1000000; i += 997) {
      BOOST_TEST_REQUIRE(seen.contains(id_of(i)));
      const auto found = seen.insert(id_of(i), {1, 1}).value();
      BOOST_TEST_REQUIRE(found.line == place_of(i).line);
      BOOST_TEST_REQUIRE(found.source == place_of(i).source);
    }
    BOOST_TEST(!seen.contains(id_of(1000001)));
  };
  check();
  seen.compact();
  BOOST_TEST(seen.memory() <= 18U * 1024 * 1024);
  check();
  for (std::uint32_t i = 1000001; i <= 1010000; ++i) BOOST_TEST_REQUIRE(!seen.insert(id_of(i), {1, 1}));
  BOOST_TEST(seen.size() == 1010000U);
}

BOOST_AUTO_TEST_SUITE_END()
