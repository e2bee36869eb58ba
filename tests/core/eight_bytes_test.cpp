// Eight characters at once are what each of them is alone.
#include "bulkdrop/core/eight_bytes.hpp"

#include <cctype>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace bulkdrop;

BOOST_AUTO_TEST_SUITE(eight_bytes)

BOOST_AUTO_TEST_CASE(every_byte_at_every_place_beside_every_kind_of_neighbour) {
  for (const char neighbour : {'0', 'f', 'A', '\x00', '\x7F', '\x80', '\xFF'}) {
    for (int c = 0; c < 256; ++c) {
      for (std::size_t place = 0; place < 8; ++place) {
        std::string text(8, neighbour);
        text[place] = static_cast<char>(c);
        bool digits = true;
        std::string lower;
        for (const char byte : text) {
          const int value = static_cast<unsigned char>(byte);
          digits = digits && value < 0x80 && std::isxdigit(value) != 0;
          lower += value < 0x80 ? static_cast<char>(std::tolower(value)) : byte;
        }
        const std::uint64_t bytes = load_eight(text.data());
        BOOST_TEST_REQUIRE(are_hex_digits(bytes) == digits);
        BOOST_TEST_REQUIRE(lower_case(bytes) == load_eight(lower.data()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(short_texts_are_the_same_where_every_byte_is) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'n');
    BOOST_TEST(same_short(text, std::string(size, 'n')));
    BOOST_TEST(!same_short(text, text + "n"));
    for (std::size_t place = 0; place < size; ++place) {
      std::string other = text;
      other[place] = '\x80';
      BOOST_TEST(!same_short(text, other));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
