// From words, variables and a file to values: which one wins, and where a wrong one is said to stand.
#include "bulkdrop/cli/arguments.hpp"

#include <array>
#include <map>
#include <optional>

#include "cli/dropping.hpp"

#include "bulkdrop/cli/option_hints.hpp"
#include "bulkdrop/core/error.hpp"

namespace bulkdrop::cli {
namespace {

using test::TempDir;
using test::Words;

constexpr std::array kOptions = {OptionSpec{"url", 0, Kind::value, "URL", "G", "", ""},
                                 OptionSpec{"limit", 'l', Kind::value, "N", "G", "", ""},
                                 OptionSpec{"wait", 0, Kind::value, "D", "G", "", ""},
                                 OptionSpec{"rate", 0, Kind::value, "N", "G", "", ""},
                                 OptionSpec{"keep", 0, Kind::list, "F", "G", "", ""},
                                 OptionSpec{"dry-run", 'n', Kind::flag, "", "G", "", ""},
                                 OptionSpec{"config", 0, Kind::value, "F", "G", "", ""}};
constexpr CommandSpec kCommand{"drop", "bulkdrop drop", "", kOptions};

Arguments arguments(const Words& words, const std::map<std::string, std::string>& environment = {}) {
  return Arguments(kCommand, words, [&environment](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

// The message of the usage error that `action` ends in; empty if it does not.
template <typename Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    BOOST_TEST((error.code() == ExitCode::usage));
    return error.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(arguments_from_everywhere)

BOOST_AUTO_TEST_CASE(options_and_files_may_be_mixed_and_two_dashes_end_the_options) {
  const Arguments given =
      arguments({"a.csv", "--url=u", "-", "-l", "5", "--keep", "x", "--keep=y", "-n", "--", "--b"});
  BOOST_TEST(given.files() == (Words{"a.csv", "-", "--b"}), boost::test_tools::per_element());
  BOOST_TEST(given.text("url") == "u");
  BOOST_TEST(given.list("keep") == (Words{"x", "y"}), boost::test_tools::per_element());
  BOOST_TEST(given.flag("dry-run"));
  BOOST_TEST((given.count("limit", 0, 10) == 5U));
}

BOOST_AUTO_TEST_CASE(what_is_not_given_is_empty) {
  const Arguments given = arguments({});
  BOOST_TEST(!given.has("url"));
  BOOST_TEST(given.text("url") == "");
  BOOST_TEST(given.list("keep").empty());
  BOOST_TEST(!given.flag("dry-run"));
  BOOST_TEST(!given.count("limit", 0, 10).has_value());
  BOOST_TEST(!given.duration("wait").has_value());
  BOOST_TEST(!given.positive("rate").has_value());
  BOOST_TEST(given.files().empty());
}

BOOST_AUTO_TEST_CASE(an_operand_may_begin_with_a_dash_only_behind_an_equals_sign) {
  BOOST_TEST(arguments({"--url=-x"}).text("url") == "-x");
  BOOST_TEST(arguments({"--url=a=b"}).text("url") == "a=b");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_missing_or_empty_is_a_mistake) {
  const TempDir here;
  for (const Words& words : {Words{"--url"}, Words{"--url="}, Words{"--url", ""}, Words{"--url", "--dry-run"},
                             Words{"--url", "--"}, Words{"--keep", "a", "--keep="}})
    BOOST_TEST(test::has(refusal([&] { arguments(words); }), "needs a value"), words.front());
  BOOST_TEST(test::has(refusal([&] {
                         arguments({"--config", here.file("c.toml", "url = \"\"\n")});
                       }),
                       "c.toml:1: url needs a value"));
}

BOOST_AUTO_TEST_CASE(the_first_of_command_line_environment_and_file_wins_whole) {
  const TempDir here;
  const std::string file =
      here.file("c.toml", "url = \"file\"\nlimit = 1\nkeep = [\"f\", \"g\"]\n[drop]\nrate = 2\n");
  const std::map<std::string, std::string> environment = {
      {"BULKDROP_URL", "environment"}, {"BULKDROP_LIMIT", "2"}, {"BULKDROP_DRY_RUN", "yes"}};
  const Arguments given = arguments({"--config", file, "--url", "typed", "--keep", "t"}, environment);
  BOOST_TEST(given.text("url") == "typed");
  BOOST_TEST(given.origin("url") == "--url");
  BOOST_TEST(given.text("limit") == "2");
  BOOST_TEST(given.origin("limit") == "BULKDROP_LIMIT");
  BOOST_TEST(given.list("keep") == Words{"t"}, boost::test_tools::per_element());
  BOOST_TEST((given.positive("rate") == 2.0));
  BOOST_TEST(given.origin("rate") == file + ":5: rate");
  BOOST_TEST(given.flag("dry-run"));
  BOOST_TEST(arguments({"--config", file}).list("keep") == (Words{"f", "g"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_empty_variable_is_a_template_that_was_never_filled_in) {
  BOOST_TEST(test::has(refusal([] { arguments({}, {{"BULKDROP_LIMIT", ""}}); }), "BULKDROP_LIMIT"));
  BOOST_TEST(test::has(refusal([] {
                         arguments({"--limit", "1"}, {{"BULKDROP_LIMIT", ""}});
                       }),
                       "BULKDROP_LIMIT"));
}

BOOST_AUTO_TEST_CASE(a_mistyped_variable_is_refused_and_a_strange_one_is_named) {
  BOOST_TEST(unknown_variables({"PATH", "BULKDROP_MAX_SESSIONS", "BULKDROP_URL", "BULKDROPPER"}).empty());
  BOOST_TEST(unknown_variables({"BULKDROP_HOMEPAGE", "HOME"}) == Words{"BULKDROP_HOMEPAGE"},
             boost::test_tools::per_element());
  const std::string message = refusal([] { unknown_variables({"BULKDROP_MAX_SESSION"}); });
  BOOST_TEST(test::has(message, "BULKDROP_MAX_SESSION in the environment"));
  BOOST_TEST(test::has(message, "did you mean BULKDROP_MAX_SESSIONS?"));
}

BOOST_AUTO_TEST_CASE(sections_of_other_commands_are_theirs_and_others_are_mistakes) {
  const TempDir here;
  BOOST_TEST(refusal([&] { arguments({"--config", here.file("a.toml", "[drob]\nurl = \"x\"\n")}); }) != "");
  BOOST_TEST(refusal([&] {
               arguments({"--config", here.file("b.toml", "[drop.more]\nurl = \"x\"\n")});
             }) != "");
  BOOST_TEST(arguments({"--config", here.file("c.toml", "[drop]\nurl = \"x\"\n")}).text("url") == "x");
}

BOOST_AUTO_TEST_CASE(the_section_of_the_command_beats_the_top_of_the_file) {
  const TempDir here;
  const std::string file = here.file("c.toml", "limit = 50\n[drop]\nlimit = 5\n");
  BOOST_TEST((arguments({"--config", file}).count("limit", 1, 100) == 5U));
}

BOOST_AUTO_TEST_CASE(a_config_file_is_toml) {
  const TempDir here;
  const auto read = [&](const std::string& content) {
    return arguments({"--config", here.file("c.toml", content)});
  };
  BOOST_TEST(read("url = \"caf\\u00e9 \\\"x\\\" # y\"  # a comment\n").text("url") == "caf\u00e9 \"x\" # y");
  BOOST_TEST(read("url = 'a\\b'\n").text("url") == "a\\b");
  BOOST_TEST(read("keep = [\n  \"a\",  # first\n  \"b\",\n]\n").list("keep") == (Words{"a", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST((read("rate = 0.5\n").positive("rate") == 0.5));
  BOOST_TEST(read("dry-run = true\n").flag("dry-run"));
  BOOST_TEST(read("\xEF\xBB\xBFurl = \"x\"\r\n").text("url") == "x");
  const auto refused = [&](const std::string& content, std::string_view place) {
    const std::string message = refusal([&] { read(content); });
    BOOST_TEST(test::has(message, place), message);
  };
  refused("limit = 1\n; limit = 5\n", "c.toml:2");
  refused("limit = 1\nlimit = 2\n", "c.toml:2");
  refused("url = \"x\n", "c.toml:1");
  refused("url=http://x\n", "c.toml:1");
  refused("limit = [5]\n", "c.toml:1: 'limit' takes one value");
  refused("[[drop]]\nlimit = 5\n", "c.toml:");
  refused("limit = 2020-01-01\n", "c.toml:1");
  refused("\nhelp = true\n", "c.toml:2: unknown key 'help'");
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_and_in_their_range) {
  const auto limit = [](const std::string& text) {
    return arguments({"--limit=" + text}).count("limit", 1, 100);
  };
  BOOST_TEST((limit("1") == 1U));
  BOOST_TEST((limit("100") == 100U));
  BOOST_TEST((limit("007") == 7U));
  for (const char* wrong :
       {"0", "101", "-1", "+1", "1.0", "1e1", " 1", "1 ", "0x1", "18446744073709551616", "one", ""})
    BOOST_TEST(test::has(refusal([&] { limit(wrong); }), "--limit"), wrong);
}

BOOST_AUTO_TEST_CASE(rates_are_above_zero_and_finite) {
  const auto rate = [](const std::string& text) { return arguments({"--rate=" + text}).positive("rate"); };
  BOOST_TEST((rate("0.5") == 0.5));
  BOOST_TEST((rate("1000") == 1000.0));
  for (const char* wrong : {"0", "-1", "nan", "inf", "1e3", "5/s", "0.0000001", "10000000", ".", ""})
    BOOST_TEST(test::has(refusal([&] { rate(wrong); }), "--rate"), wrong);
}

BOOST_AUTO_TEST_CASE(durations_have_a_unit_or_are_seconds) {
  using namespace std::chrono_literals;
  const auto wait = [](const std::string& text) { return arguments({"--wait=" + text}).duration("wait"); };
  BOOST_TEST((wait("250ms") == 250ms));
  BOOST_TEST((wait("30") == 30s));
  BOOST_TEST((wait("1.5h") == 90min));
  BOOST_TEST((wait("1h30m") == 90min));
  for (const char* wrong : {"0", "0s", "-1s", "s", "1 s", "1S", "1h30", "1w", "99999999d"})
    BOOST_TEST(test::has(refusal([&] { wait(wrong); }), "--wait"), wrong);
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_proposed_only_if_it_is_near) {
  const std::vector<std::string> names = {"max-sessions", "max-failures", "timeout", "out"};
  BOOST_TEST(nearest("max-session", names).value_or("") == "max-sessions");
  BOOST_TEST(nearest("maxsessions", names).value_or("") == "max-sessions");
  BOOST_TEST(nearest("tiemout", names).value_or("") == "timeout");
  BOOST_TEST(nearest("time", names).value_or("") == "timeout");
  BOOST_TEST(!nearest("something-else", names).has_value());
  BOOST_TEST(!nearest("x", {}).has_value());
}

BOOST_AUTO_TEST_CASE(an_unknown_word_is_never_printed_with_its_value) {
  const std::string message = refusal([] { arguments({"--urll=secret"}); });
  BOOST_TEST(test::has(message, "--url"));
  BOOST_TEST(!test::has(message, "secret"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::cli
