// What the reader finds of JSON records beside the ID is what their text says, parsed once more.
#include <string>
#include <vector>

#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/run/particulars.hpp"
#include "bulkdrop/run/whose.hpp"

namespace bulkdrop::run {
namespace {

const std::vector<std::string> kNames = {
    "user",     "user", "User Name", "credential", "target", "end",    "event", "name", "Usuário",
    "ended_at", "fim",  "x",         "\\u0075ser", "source", "device", "duser", "",     "login"};
const std::vector<std::string> kScalars = {R"("ana")",
                                           R"("bob")",
                                           R"("  eve\t")",
                                           R"("")",
                                           R"(" \u00a0")",
                                           R"("r\u00e9mi")",
                                           R"("rémi")",
                                           "null",
                                           "true",
                                           "7",
                                           "-1.50",
                                           "1e3",
                                           R"("a\u0000b")",
                                           R"("会\"\\")",
                                           "[]",
                                           "[\"ana\",3]",
                                           "12345678901234567890123"};

std::string any_of(const std::vector<std::string>& all) {
  return *rc::gen::elementOf(all);
}

std::string any_object(int deepest, const std::string& first_member);

std::string any_value(int deepest) {
  const int kind = deepest == 0 ? 9 : *rc::gen::inRange(0, 10);
  if (kind < 3) return any_object(deepest - 1, {});
  if (kind == 3) return "[" + any_object(deepest - 1, {}) + "," + any_value(deepest - 1) + "]";
  if (kind == 4) return "\"" + std::string(*rc::gen::inRange<std::size_t>(0, 600), 'u') + "\"";
  if (kind == 5 && *rc::gen::inRange(0, 20) == 0) return "\"r\xE9mi\"";  // Windows-1252
  return any_of(kScalars);
}

std::string any_object(int deepest, const std::string& first_member) {
  std::string text = "{";
  const auto members = *rc::gen::inRange<std::size_t>(0, 7);
  const auto place = *rc::gen::inRange<std::size_t>(0, members + 1);
  for (std::size_t i = 0; i <= members; ++i) {
    std::string member = first_member;
    if (i != place) member = fmt::format("\"{}\": {}", any_of(kNames), any_value(deepest));
    if (member.empty()) continue;
    text += (text.size() == 1 ? "" : ", ") + member;
  }
  return text + "}";
}

// Records of which many have the same members as those before, in another order or other values now and then.
std::vector<std::string> any_records() {
  std::vector<std::string> records;
  const auto count = *rc::gen::inRange<std::size_t>(1, 80);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = fmt::format("\"session_id\":\"{:040x}\"", i);
    if (i > 0 && *rc::gen::inRange(0, 3) > 0) {
      std::string again = records.back();
      const auto at = again.find("\"session_id\"");
      records.push_back(again.replace(at, id.size(), id));
    } else {
      records.push_back(any_object(5, id));
    }
  }
  return records;
}

std::string written(const std::vector<std::string>& records, bool document) {
  std::string text = document ? "[" : "";
  for (const std::string& record : records) {
    if (document && text.size() > 1) text += ",";
    text += record + "\n";
  }
  return text + (document ? "]" : "");
}

void compare(const Row& row, const std::vector<input::SourceInfo>& sources, ParticularsReader& particulars,
             std::size_t& told) {
  if (row.admission != Admission::to_drop || row.members.empty()) return;
  ++told;
  const report::Particulars found = particulars.of(row, sources);
  RC_ASSERT(row.members.size() == 3U);
  RC_ASSERT(row.members[0] == found.user);
  RC_ASSERT(row.members[1] == found.credential);
  RC_ASSERT(row.members[2] == found.end);
}

BOOST_AUTO_TEST_SUITE(whose_members)

BOOST_AUTO_TEST_CASE(what_the_reader_finds_is_what_the_text_says) {
  std::size_t told = 0;
  test::holds("members of random records", [&told] {
    const test::TempDir dir;
    const std::string file = dir.file("export", written(any_records(), *rc::gen::arbitrary<bool>()));
    input::Options options;
    options.field = *rc::gen::element<std::string>("", "", "session_id", "/session_id");
    input::Reader reader({file}, options);
    reader.want(WhoseReader::wanted_members());
    ParticularsReader particulars;
    if (*rc::gen::arbitrary<bool>()) {
      for (Row row; reader.next(row);) compare(row, reader.sources(), particulars, told);
    } else {
      for (auto rows = reader.next_rows(); !rows.empty(); rows = reader.next_rows())
        for (const Row& row : rows) compare(row, reader.sources(), particulars, told);
    }
  });
  BOOST_TEST(told > 500U);
}

BOOST_AUTO_TEST_CASE(whoever_asks_the_reader_counts_the_same) {
  test::holds("Whose of random records", [] {
    const test::TempDir dir;
    const std::string file = dir.file("export", written(any_records(), *rc::gen::arbitrary<bool>()));
    std::vector<std::string> counted;
    for (const bool asked : {false, true}) {
      input::Reader reader({file}, {});
      if (asked) reader.want(WhoseReader::wanted_members());
      WhoseReader whose(2);
      for (auto rows = reader.next_rows(); !rows.empty(); rows = reader.next_rows())
        for (const Row& row : rows)
          if (row.admission == Admission::to_drop) whose.add(row, reader.sources());
      const Whose found = whose.take();
      std::string words = fmt::format("{} | {} | {}", found.over, found.users.words(found.rows),
                                      found.credentials.words(found.rows));
      for (const std::string& first : found.first) words += " | " + first;
      counted.push_back(words);
    }
    RC_ASSERT(counted[0] == counted[1]);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::run
