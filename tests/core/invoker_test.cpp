#include "bulkdrop/core/invoker.hpp"

#include <array>

#include <boost/test/unit_test.hpp>
#include <stdlib.h>
#include <unistd.h>

namespace bulkdrop {

BOOST_AUTO_TEST_SUITE(who_started_it)

BOOST_AUTO_TEST_CASE(it_is_the_user_on_this_host_and_whoever_is_behind_sudo) {
  ::unsetenv("SUDO_USER");
  const Invoker plain = invoker();
  std::array<char, 256> host{};
  BOOST_REQUIRE(::gethostname(host.data(), host.size() - 1) == 0);
  BOOST_TEST(plain.host == host.data());
  if (::getuid() == 0) BOOST_TEST(plain.user == "root");
  ::setenv("SUDO_USER", "ana", 1);
  BOOST_TEST(invoker().user == plain.user + " (sudo by ana)");
  ::unsetenv("SUDO_USER");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop
