#include "bulkdrop/record/crc32c.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::record {
namespace {

struct Known {
  std::string bytes;
  std::uint32_t crc;
};

// RFC 3720 appendix B.4, and the catalogue's check value of `123456789`.
std::array<Known, 6> known_values() {
  std::string up(32, '\0');
  std::iota(up.begin(), up.end(), '\0');
  const std::string down(up.rbegin(), up.rend());
  std::string read_command(48, '\0');
  read_command[0] = 0x01;
  read_command[1] = '\xc0';
  read_command[16] = 0x14;
  read_command[22] = 0x04;
  read_command[27] = 0x14;
  read_command[31] = 0x18;
  read_command[32] = 0x28;
  read_command[40] = 0x02;
  return {Known{std::string(32, '\0'), 0x8a9136aa},
          Known{std::string(32, '\xff'), 0x62a8ab43},
          Known{up, 0x46dd794e},
          Known{down, 0x113fdb5c},
          Known{read_command, 0xd9963a56},
          Known{"123456789", 0xe3069283}};
}

BOOST_AUTO_TEST_SUITE(crc32c_values)

BOOST_AUTO_TEST_CASE(both_ways_give_the_published_values) {
  for (const Known& known : known_values()) {
    BOOST_TEST(crc32c(known.bytes) == known.crc);
    BOOST_TEST(crc32c_portable(known.bytes) == known.crc);
  }
}

BOOST_AUTO_TEST_CASE(both_ways_agree_on_any_bytes_in_any_pieces) {
  test::holds("instruction and table agree, whole and in two pieces",
              [](const std::string& a, const std::string& b) {
                const std::uint32_t whole = crc32c_portable(a + b);
                RC_ASSERT(crc32c(a + b) == whole);
                RC_ASSERT(crc32c(b, crc32c(a)) == whole);
                RC_ASSERT(crc32c_portable(b, crc32c_portable(a)) == whole);
              });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
