// IDs of another length than all others, which somebody may have cut.
#include <string>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

// `ids` lines, of which those from `first` on, `odd` of them, have so many characters.
std::string odd_ids(std::size_t ids, std::size_t first, std::size_t odd, std::size_t bytes = 36,
                    const Options& options = {}) {
  std::string text = "user,session_id\n";
  for (std::size_t n = 1; n <= ids; ++n) {
    std::string id = id_of(n) + "0000";
    id = id.substr(0, n >= first && n < first + odd ? bytes : 40);
    text += fmt::format("u{},{}\n", n, id);
  }
  return read_text(text, options).sources.front().odd_ids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ids_of_odd_length)

BOOST_AUTO_TEST_CASE(one_of_many_is_told_of_wherever_it_stands) {
  for (const std::size_t at : {1U, 2U, 17U, 40U}) {
    const auto told = odd_ids(40, at, 1);
    BOOST_TEST(
        told.ends_with(fmt::format("export:{}: 1 ID has another length than the others (36 characters, the "
                                   "others 40): is it whole?",
                                   at + 1)),
        told);
  }
  BOOST_TEST(contains(odd_ids(40, 1, 2), "export:2: 2 IDs, this one the first, have another length"));
  BOOST_TEST(contains(odd_ids(40, 9, 1, 44), "44 characters, the others 40"));
}

BOOST_AUTO_TEST_CASE(it_is_told_of_only_where_by_far_most_are_alike) {
  BOOST_TEST(odd_ids(40, 9, 0).empty());
  BOOST_TEST(odd_ids(40, 9, 3).empty());
  BOOST_TEST(odd_ids(40, 1, 3).empty());
  BOOST_TEST(odd_ids(19, 9, 1).empty());
  BOOST_TEST(odd_ids(40, 1, 20).empty());
  Options stream;
  stream.stream = true;
  BOOST_TEST(odd_ids(40, 9, 1, 36, stream).empty());
}

BOOST_AUTO_TEST_SUITE_END()
