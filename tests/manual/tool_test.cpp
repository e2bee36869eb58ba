// What a shell offers behind an option follows from its operand. The scripts run in their shells in
// tests/install/completions_test.py.
#include "bulkdrop/manual/tool.hpp"

#include <boost/test/unit_test.hpp>

#include "bulkdrop/manual/completions.hpp"

namespace bulkdrop::manual {
namespace {

using cli::Kind;
using cli::OptionSpec;

OptionSpec taking(std::string_view operand) {
  return {"option", 0, Kind::value, operand, "", "", ""};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tool)

BOOST_AUTO_TEST_CASE(the_operand_says_what_there_is_to_choose_from) {
  BOOST_TEST((operand_of({"yes", 0, Kind::flag, "", "", "", ""}) == Operand::none));
  for (const char* name : {"F", "FILE"}) BOOST_TEST((operand_of(taking(name)) == Operand::file));
  BOOST_TEST((operand_of(taking("DIR")) == Operand::directory));
  for (const char* name : {"N", "N|N%", "URL", "I/N", "H:P:ADDR", "SHARE[:DELAY]"})
    BOOST_TEST((operand_of(taking(name)) == Operand::text), name);
  const std::vector<std::string_view> words = {"1.1", "2", "auto"};
  BOOST_TEST((operand_of(taking("1.1|2|auto")) == Operand::one_of));
  BOOST_TEST((choices(taking("1.1|2|auto")) == words));
  BOOST_TEST((operand_of(taking("1.1,2,auto")) == Operand::list_of));
  BOOST_TEST((choices(taking("1.1,2,auto")) == words));
  BOOST_TEST(choices(taking("URL")).empty());
}

BOOST_AUTO_TEST_CASE(the_synopsis_says_what_a_command_works_on) {
  const auto of = [](std::string_view name) { return arguments_of(*cli::find_command(name)); };
  BOOST_TEST((of("drop") == Operand::file));
  BOOST_TEST((of("resume") == Operand::directory));
  BOOST_TEST((of("report") == Operand::directory));
  BOOST_TEST((of("list") == Operand::none));
}

BOOST_AUTO_TEST_CASE(every_script_knows_every_option) {
  for (const std::string& script :
       {bash_completion(bulkdrop()), zsh_completion(bulkdrop()), fish_completion(bulkdrop())})
    for (const cli::CommandSpec& command : cli::commands())
      for (const OptionSpec& option : command.options)
        BOOST_TEST(script.find(option.name) != std::string::npos, option.name);
}

BOOST_AUTO_TEST_CASE(quotes_in_a_help_text_end_no_string_of_a_script) {
  constexpr OptionSpec kOption{"a", 'x', Kind::value, "F", "", "it's [one]: `two` \\", ""};
  const Tool tool{"t", "", {}, std::span(&kOption, 1)};
  BOOST_TEST(zsh_completion(tool).find("[it'\\''s \\[one\\]\\: `two` \\\\]") != std::string::npos);
  BOOST_TEST(fish_completion(tool).find("-d 'it\\'s [one]: `two` \\\\'") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::manual
