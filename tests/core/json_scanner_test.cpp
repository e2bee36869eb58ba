#include "bulkdrop/core/json_scanner.hpp"

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

using bulkdrop::JsonScanner;

BOOST_AUTO_TEST_SUITE(json_scanner)

BOOST_AUTO_TEST_CASE(the_scanner_finds_the_end_in_pieces_of_any_size) {
  const std::string value = R"({"a\"}":[1,"]\\",{"b":null}],"c":"\\\""})";
  for (std::size_t piece = 1; piece <= value.size(); ++piece) {
    JsonScanner scanner;
    scanner.restart();
    const std::string text = value + ",\"next\"";
    std::size_t position = 0;
    auto step = JsonScanner::Step::need_more;
    for (std::size_t end = piece; step == JsonScanner::Step::need_more && end < text.size() + piece;
         end += piece)
      step = scanner.scan(std::string_view(text).substr(0, end), position);
    BOOST_TEST((step == JsonScanner::Step::done));
    BOOST_TEST(position == value.size());
  }
}

BOOST_AUTO_TEST_CASE(a_bracket_that_closes_another_kind_is_broken_where_it_stands) {
  JsonScanner scanner;
  std::size_t position = 0;
  BOOST_TEST((scanner.scan(R"({"a":[1}])", position) == JsonScanner::Step::broken));
  BOOST_TEST(position == 7U);
}

BOOST_AUTO_TEST_CASE(nesting_has_a_limit) {
  JsonScanner scanner;
  const std::string text(JsonScanner::kMaxDepth + 1, '[');
  std::size_t position = 0;
  BOOST_TEST((scanner.scan(text, position) == JsonScanner::Step::broken));
  BOOST_TEST(position == JsonScanner::kMaxDepth);
}

BOOST_AUTO_TEST_CASE(a_number_ends_only_where_something_else_begins) {
  JsonScanner scanner;
  std::size_t position = 0;
  BOOST_TEST((scanner.scan("12", position) == JsonScanner::Step::need_more));
  BOOST_TEST(scanner.in_scalar());
  BOOST_TEST((scanner.scan("123,", position) == JsonScanner::Step::done));
  BOOST_TEST(position == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
