// Whose sessions a plan is about, as the input has it.
#include "bulkdrop/run/whose.hpp"

#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace bulkdrop::run {
namespace {

constexpr const char* kHeader = "Session ID;User;Credential;Device;Start;End\n";

std::string id(int number) {
  return fmt::format("{:040x}", number);
}

// As whoever asks the reader first counts it; another way, and the same, is compared in
// whose_members_test.cpp.
Whose whose_in(const std::string& text) {
  const test::TempDir dir;
  input::Reader reader({dir.file("export", text)}, {});
  reader.want(WhoseReader::wanted_members());
  WhoseReader whose(2);
  Row row;
  while (reader.next(row))
    if (row.admission == Admission::to_drop) whose.add(row, reader.sources());
  return whose.take();
}

BOOST_AUTO_TEST_SUITE(whose)

BOOST_AUTO_TEST_CASE(users_credentials_and_ends_are_counted_and_the_first_rows_told) {
  const Whose whose =
      whose_in(kHeader + id(1) + ";ana;root;10.0.0.1:22;2026-05-06 16:05:07;\n" + id(2) +
               ";\"b;ob\";root;10.0.0.2:22;2026-05-06 16:05:08;06/05/2026 17:00:00\nnot an ID;eve;x;;;\n" +
               id(3) + ";ana;root;;;0000-00-00 00:00:00\n");
  BOOST_TEST(whose.rows == 3U);
  BOOST_TEST(whose.over == 1U);
  BOOST_TEST(whose.users.words(whose.rows) == "2: ana (2), b;ob (1)");
  BOOST_TEST(whose.credentials.words(whose.rows) == "root (3 of 3)");
  BOOST_REQUIRE(whose.first.size() == 2U);
  BOOST_TEST(whose.first[0] == "ana, root @ 10.0.0.1:22, since 2026-05-06 16:05:07");
  BOOST_TEST(whose.first[1] == "b;ob, root @ 10.0.0.2:22, since 2026-05-06 16:05:08");
}

BOOST_AUTO_TEST_CASE(a_value_is_the_same_in_every_spelling_and_the_first_column_that_holds_one_counts) {
  std::string text = "Session ID;User;Username;Credential\n";
  int row = 0;
  for (const char* cells : {"ana;;r\xC3\xA9mi", "  ana ;x;r\xE9mi ", ";ana;\xC2\xA0r\xC3\xA9mi", " ;ana;",
                            "\"ana\";;", "\xA0;ana; \t", "bob;ana;r\xE9mi"})
    text += id(row++) + ";" + cells + "\n";
  const Whose whose = whose_in(text);
  BOOST_TEST(whose.rows == 7U);
  BOOST_TEST(whose.users.words(7) == "2: ana (6), bob (1)");
  BOOST_TEST(whose.credentials.words(7) == "r\xC3\xA9mi (4 of 7)");
}

BOOST_AUTO_TEST_CASE(json_members_may_come_in_any_order) {
  std::string text;
  const std::string key = "{\"session_id\":\"";
  text += key + id(1) + "\",\"user\":\"ana\",\"credential\":\"root\"}\n";
  text += key + id(2) + "\",\"credential\":\"root\",\"user\":\"ana\"}\n";
  text += key + id(3) + "\",\"user\":{\"name\":\"ana\"},\"target\":{\"user\":\"root\"}}\n";
  text += key + id(4) + "\",\"target\":{\"user\":\"root\"},\"user\":{\"name\":\"ana\"}}\n";
  const Whose whose = whose_in(text);
  BOOST_TEST(whose.users.words(4) == "2: ana (3), root (1)");
  BOOST_TEST(whose.credentials.words(4) == "root (2 of 4)");
}

BOOST_AUTO_TEST_CASE(json_says_it_too_and_plain_text_says_nothing) {
  const Whose lines = whose_in("{\"session_id\":\"" + id(1) + "\",\"user\":\"a\\u001bna\",\"end\":null}\n");
  BOOST_TEST(lines.users.words(1) == "a\\x1Bna (1 of 1)");
  const Whose document =
      whose_in("[{\"session_id\":\"" + id(1) + "\",\"user\":\"ana\"},\n{\"session_id\":\"" + id(2) +
               "\",\"user\":\"ana\"}]");
  BOOST_TEST(document.users.words(2) == "ana (2 of 2)");
  const Whose plain = whose_in(id(1) + "\n" + id(2) + "\n");
  BOOST_TEST(plain.users.words(2).empty());
  BOOST_TEST(plain.first.front().empty());
}

BOOST_AUTO_TEST_CASE(beyond_a_thousand_users_nobody_counts) {
  std::string text = kHeader;
  for (int i = 0; i < 1001; ++i) text += id(i) + fmt::format(";user{};c{};;;\n", i, i % 4);
  const Whose whose = whose_in(text);
  BOOST_TEST(whose.users.words(whose.rows) == "more than 1,000");
  BOOST_TEST(whose.credentials.words(whose.rows) == "4: c0 (251), c1 (250), c2 (250), …");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::run
