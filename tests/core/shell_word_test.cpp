// What is shown to be pasted into a shell arrives there as it is.
#include "bulkdrop/core/shell_word.hpp"

#include <cstdio>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace bulkdrop;

namespace {

// What a shell makes of it.
std::string echoed(const std::string& word) {
  FILE* const shell = ::popen(("printf %s " + word).c_str(), "r");
  std::string text;
  for (int c = 0; (c = std::fgetc(shell)) != EOF;) text += static_cast<char>(c);
  ::pclose(shell);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shell_words)

BOOST_AUTO_TEST_CASE(arrive_in_a_shell_as_they_are) {
  for (const std::string text : {"plain/file-1.csv", "two words", "it's", "$HOME `id` \\ \"x\"", ".data[].id",
                                 "*", "~", "#1", "a;b&c|d", "", "später\n"})
    BOOST_TEST(echoed(shell_word(text)) == text, text);
  BOOST_TEST(shell_word("plain/file-1.csv") == "plain/file-1.csv");
}

BOOST_AUTO_TEST_SUITE_END()
