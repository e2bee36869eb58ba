#include "bulkdrop/run/near_names.hpp"

#include <string>
#include <vector>

#include "surroundings.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::run {
namespace {

using Words = std::vector<std::string>;

Words told(const Words& filter, const Words& list) {
  pam::FilterSpec spec;
  spec.credential = filter;
  NearNames names(spec);
  names.forget();
  for (const std::string& credential : list) {
    pam::ListedSession session;
    session.credential = credential;
    names.add(session);
  }
  ConsoleDouble console;
  names.tell(console);
  Words all;
  for (const auto& [level, text] : console.logged) all.push_back(text);
  return all;
}

BOOST_AUTO_TEST_SUITE(near_names)

BOOST_AUTO_TEST_CASE(a_name_that_nothing_bears_is_told_with_near_ones) {
  const Words list = {"usrdomadm03", "usrdomadm01", "root", "usrdomadm02", "usrdomadm01", "usrdomadm"};
  BOOST_TEST(told({"usrdomadm1"}, list) ==
                 Words{"no session in the list has the credential usrdomadm1; it has usrdomadm01, usrdomadm, "
                       "usrdomadm03"},
             boost::test_tools::per_element());
  BOOST_TEST(told({"oracle"}, list) == Words{"no session in the list has the credential oracle"},
             boost::test_tools::per_element());
  BOOST_TEST(told({"oracle"}, {}) == Words{"no session in the list has the credential oracle"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_that_some_session_bears_is_none_nor_is_a_pattern) {
  BOOST_TEST(told({" ROOT", "root*", "x*"}, {"root "}).empty());
  BOOST_TEST(told({}, {"root"}).empty());
}

BOOST_AUTO_TEST_CASE(what_the_list_holds_is_made_printable) {
  BOOST_TEST(told({"adm\x1b"
                   "1"},
                  {"adm\x1b"
                   "2"}) == Words{"no session in the list has the credential adm\\x1B1; it has adm\\x1B2"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::run
