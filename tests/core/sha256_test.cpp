#include "bulkdrop/core/sha256.hpp"

#include <utility>

#include <boost/test/unit_test.hpp>

namespace bulkdrop {
namespace {

// FIPS 180-4's examples (NIST, SHA256.pdf), and that of the empty message.
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

BOOST_AUTO_TEST_SUITE(sha256)

BOOST_AUTO_TEST_CASE(it_can_be_read_at_any_point_and_goes_on) {
  Sha256 hash;
  BOOST_TEST(hash.finish() == kEmpty);
  hash.add("a");
  hash.add("");
  hash.add("bc");
  BOOST_TEST(hash.finish() == kAbc);
  BOOST_TEST(hash.finish() == kAbc);
  hash.add("dbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  BOOST_TEST(hash.finish() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

BOOST_AUTO_TEST_CASE(a_copy_goes_its_own_way) {
  Sha256 hash;
  hash.add("ab");
  Sha256 copy(hash);
  copy.add("x");
  hash.add("c");
  BOOST_TEST(hash.finish() == kAbc);
  BOOST_TEST(copy.finish() != kAbc);
  copy = hash;
  BOOST_TEST(copy.finish() == kAbc);
  Sha256 moved(std::move(copy));
  BOOST_TEST(moved.finish() == kAbc);
  copy = Sha256();
  BOOST_TEST(copy.finish() == kEmpty);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop
