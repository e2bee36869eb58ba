// Parts of an input: which row belongs to which, and that nothing is in two of them or in none.
#include "bulkdrop/input/shard.hpp"

#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "input/reading.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/screen.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;
using bulkdrop::test::holds;
using bulkdrop::test::TempDir;

namespace {

Row row_with(std::string_view id, std::uint64_t number = 0, Admission admission = Admission::to_drop) {
  Row row;
  row.session_id = id;
  row.number = number;
  row.admission = admission;
  return row;
}

// What is known of a row when it was read and screened, by where it stands.
struct Known {
  std::string id;
  Admission admission;
  std::string message;
  bool operator==(const Known&) const = default;
};
using Rows = std::map<std::pair<std::uint32_t, std::uint64_t>, Known>;

Rows read_part(const std::vector<std::string>& files, const std::string& protect, const Shard& shard,
               const std::string& id_pattern = "") {
  Options options;
  options.shard = shard;
  options.id_pattern = id_pattern;
  Reader reader(files, options);
  Screen screen({protect}, id_pattern, files);
  Rows rows;
  Row row;
  while (reader.next(row)) {
    screen.admit(row);
    const auto [at, added] = rows.try_emplace(
        {row.source, row.line}, Known{std::string(row.session_id), row.admission, std::string(row.message)});
    RC_ASSERT(added);
    RC_ASSERT(shard.takes(row));
  }
  return rows;
}

std::string spelled(std::string id) {
  const bool upper = *rc::gen::arbitrary<bool>();
  for (char& c : id)
    if (upper && c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return id;
}

// Lines of IDs, most of them more than once and in several spellings, among lines that are none.
std::string ids_and_others(std::size_t most) {
  std::string text;
  const auto lines = *rc::gen::inRange<std::size_t>(1, most);
  for (std::size_t i = 0; i < lines; ++i) {
    const auto kind = *rc::gen::inRange(0, 10);
    text += kind == 0 ? "no-id" : kind == 1 ? "# a comment" : spelled(id_of(*rc::gen::inRange(10U, 40U)));
    text += '\n';
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shards)

// Figures of XXH3-64 by xxHash 0.8. They must never change: parts of a job may be done by several versions.
BOOST_AUTO_TEST_CASE(an_id_belongs_to_the_same_part_in_every_version) {
  for (const auto& [id, eighth, seventh, thousandth] :
       {std::tuple{"3fcf1e4a16104e328d6794e1b9693cfc457871d2", 3U, 1U, 51U},   // 0x6418302534fdae7b
        std::tuple{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 6U, 5U, 854U},  // 0xa3a3092146606996
        std::tuple{"0123456789abcdef0123456789abcdef", 5U, 4U, 109U}}) {       // 0x01121d5b6c0ac055
    BOOST_TEST(shard_of(row_with(id), 8) == eighth);
    BOOST_TEST(shard_of(row_with(id), 7) == seventh);
    BOOST_TEST(shard_of(row_with(id), 1000) == thousandth);
    BOOST_TEST(shard_of(row_with(id), 1) == 0U);
  }
}

BOOST_AUTO_TEST_CASE(how_an_id_is_spelled_and_where_it_stands_does_not_matter) {
  const std::string id = "3FCF1e4a16104e328d6794e1b9693cfc457871D2";
  BOOST_TEST(shard_of(row_with(id, 17), 1000) == 51U);
  BOOST_TEST(shard_of(row_with(id, 18, Admission::duplicate), 1000) == 51U);
  BOOST_TEST(shard_of(row_with(id, 19, Admission::protected_), 1000) == 51U);
}

BOOST_AUTO_TEST_CASE(a_row_without_an_id_goes_by_its_number) {
  for (std::uint64_t number = 0; number < 20; ++number)
    BOOST_TEST(shard_of(row_with("no id", number, Admission::invalid), 7) == number % 7);
}

BOOST_AUTO_TEST_CASE(parts_are_about_equal) {
  std::map<std::uint32_t, int> sizes;
  for (std::uint64_t n = 0; n < 8000; ++n) ++sizes[shard_of(row_with(id_of(n)), 8)];
  for (std::uint32_t part = 0; part < 8; ++part) {
    BOOST_TEST(sizes[part] > 850);
    BOOST_TEST(sizes[part] < 1150);
  }
}

BOOST_AUTO_TEST_CASE(it_is_written_as_i_of_n) {
  BOOST_TEST((shard_from_text("1/1") == Shard{0, 1}));
  BOOST_TEST((shard_from_text("3/8") == Shard{2, 8}));
  BOOST_TEST((shard_from_text("65536/65536") == Shard{65535, 65536}));
  for (const char* bad : {"",      "/",     "1",       "1/",           "/1",
                          "0/3",   "4/3",   "1/0",     "0/0",          "x",
                          "a/b",   "-1/3",  "+1/3",    "1/3 ",         " 1/3",
                          "1/3/4", "1.0/3", "1/65537", "1/4294967297", "1/99999999999999999999"})
    BOOST_TEST(!shard_from_text(bad).has_value(), bad);
  BOOST_TEST(text_of({2, 8}) == "3/8");
}

BOOST_AUTO_TEST_CASE(the_source_is_read_and_told_whole_whatever_part_of_it_is_taken) {
  const TempDir dir;
  std::string text = "# IDs\n";
  for (std::uint64_t n = 0; n < 50; ++n) text += id_of(n) + "\n";
  const std::string file = dir.file("ids.txt", text);
  Options options;
  options.shard = {1, 3};
  const Reading part = read_files({file}, options);
  const Reading whole = read_files({file});
  BOOST_TEST(part.rows.size() > 0U);
  BOOST_TEST(part.rows.size() < 50U);
  BOOST_TEST(part.sources[0].rows == 50U);
  BOOST_TEST(part.sources[0].bytes == whole.sources[0].bytes);
  BOOST_TEST(part.sources[0].sha256 == whole.sources[0].sha256);
  BOOST_TEST(part.sources[0].ignored_lines == 1U);
  for (const Got& got : part.rows) BOOST_TEST(got.row.line == got.row.number + 2);
}

BOOST_AUTO_TEST_CASE(the_parts_together_are_the_whole_row_for_row) {
  holds("each row is in one part, and is there what it is in the whole", [] {
    const TempDir dir;
    const std::vector<std::string> files = {dir.file("a.txt", ids_and_others(60)),
                                            dir.file("b.txt", ids_and_others(60))};
    const std::string protect = dir.file("protect.txt", id_of(11) + "\n" + spelled(id_of(12)) + "\n");
    const std::string pattern = *rc::gen::element<std::string>("", "[0-9A-Fa-f]{40}");
    const auto count = *rc::gen::inRange(1U, 9U);
    const Rows whole = read_part(files, protect, {}, pattern);
    Rows together;
    std::map<std::string, int> times_to_drop;
    for (std::uint32_t index = 0; index < count; ++index) {
      for (const auto& [place, known] : read_part(files, protect, {index, count}, pattern)) {
        RC_ASSERT(together.try_emplace(place, known).second);
        const std::string id = pattern.empty() ? lower_ascii(known.id) : known.id;
        if (known.admission == Admission::to_drop) RC_ASSERT(++times_to_drop[id] == 1);
      }
    }
    RC_ASSERT(together == whole);
  });
}

BOOST_AUTO_TEST_SUITE_END()
