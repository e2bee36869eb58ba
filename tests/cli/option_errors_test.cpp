// Every option of every command, from the table: what can't be its value is refused, and the message says
// which option.
#include <algorithm>

#include "cli/dropping.hpp"

#include "bulkdrop/cli/arguments.hpp"
#include "bulkdrop/cli/option_table.hpp"

namespace bulkdrop::test {
namespace {

using cli::CommandSpec;
using cli::Kind;
using cli::OptionSpec;

// What is no value of such an operand; empty where every text is one.
Words garbage(const OptionSpec& option) {
  const std::string_view operand = option.operand;
  if (option.kind == Kind::flag) return {};
  for (const std::string_view name : {"N", "N|N%", "D", "I/N", "T", "ZONE", "H:P:ADDR"})
    if (operand == name) return {"?", "12q", "\x1b[2J"};
  if (operand == "REGEX") return {"(", "[z-a]"};
  if (operand == "C") return {"??", "\""};
  if (operand == "F" || operand == "FILE") return {"/no/such/file", "."};
  if (operand == "DIR") return {"ids.txt", "/proc/no/such/directory"};
  if (operand == "H")
    return {"sha256//short", "/no/such/file",
            "sha256//" + std::string(43, 'A') + "=;" + std::string(44, 'A')};
  if (operand == "URL") return {"?", "ftp://pam.example", "http://pam.example:99999", "http://"};
  const bool is_choice = operand.find_first_of("|,") != std::string_view::npos;
  return is_choice ? Words{"?", "failed,?"} : Words{};
}

// A command line that is right but for what comes on top of it.
Words right(const CommandSpec& command, const OptionSpec& but, const Sandbox& sandbox) {
  Words words = {std::string(command.name)};
  const auto add = [&](std::string_view name, const Words& option) {
    if (name == but.name) return;
    for (const OptionSpec& known : command.options)
      if (known.name == name) words = words + option;
  };
  add("url", {"--url", sandbox.url()});
  add("token-file", {"--token-file", sandbox.token_file()});
  add("yes", {"--yes"});
  if (command.name == "drop") return words + Words{"ids.txt"};
  if (command.name == "list" || command.name == "check") return words;
  return words + Words{"run"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(option_errors)

BOOST_AUTO_TEST_CASE(what_cannot_be_the_value_of_an_option_is_refused_by_its_name) {
  const Sandbox sandbox(3);
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "ids.txt"}));
  const std::size_t requests = sandbox.requests();
  std::size_t tried = 0;
  for (const CommandSpec& command : cli::commands()) {
    for (const OptionSpec& option : command.options) {
      // A finished run needs no login.
      const bool of_login = option.name == "token-file" || option.name.ends_with("-secret-file");
      if (command.name == "resume" && of_login) continue;
      for (const std::string& value : garbage(option)) {
        const std::string name = "--" + std::string(option.name);
        const Finished finished =
            run(bulkdrop(here, right(command, option, sandbox) + Words{name + "=" + value}));
        BOOST_TEST_CONTEXT(command.name << " " << name << "=" << value) {
          BOOST_TEST((finished.exit_code == 2 || finished.exit_code == 3 || finished.exit_code == 7),
                     std::to_string(finished.exit_code) + finished.out);
          BOOST_TEST(undated(finished.err).starts_with("bulkdrop: error: "), finished.err);
          // A file is named by its path.
          BOOST_TEST((has(finished.err, name) || has(finished.err, value)), finished.err);
          BOOST_TEST(std::count(finished.err.begin(), finished.err.end(), '\n') == 1, finished.err);
          BOOST_TEST(!has(finished.err, "\x1b"), finished.err);
        }
        ++tried;
      }
    }
  }
  BOOST_TEST(tried > 150U);
  BOOST_TEST(sandbox.requests() == requests);
}

BOOST_AUTO_TEST_CASE(a_number_without_a_limit_is_told_without_one) {
  const TempDir here;
  const auto told = [&](const std::string& value) {
    const Finished finished = run(drop(here, {"--dry-run", "--max-failures", value, "ids.txt"}));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    return undated(finished.err);
  };
  BOOST_TEST(told("x") == "bulkdrop: error: --max-failures: 'x' is not a whole number from 1 up\n");
  BOOST_TEST(told("99999999999999999999") ==
             "bulkdrop: error: --max-failures: '99999999999999999999' is too large a number\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_told_with_its_option) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "token", "any");
  for (const char* option : {"--token-file", "--plan", "--config", "--protect", "--cacert"}) {
    Words words = {"drop", option, "nowhere", "--yes"};
    if (std::string_view(option) != "--plan")
      words = words + Words{"--url", "https://pam.example", "ids.txt"};
    if (std::string_view(option) != "--token-file") words = words + Words{"--token-file", "token"};
    const Finished finished = run(bulkdrop(here, words));
    BOOST_TEST(finished.exit_code == (option == std::string_view("--protect") ? 3 : 2), finished.err);
    BOOST_TEST(has(finished.err, option == std::string_view("--protect") ? "protect list" : option),
               finished.err);
    BOOST_TEST(has(finished.err, "nowhere"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(where_logs_are_json_a_slip_is_told_as_json) {
  const TempDir here;
  for (const Words& words :
       {Words{"drop", "--log-format", "json", "--yse"}, Words{"drop", "--log-format=json", "--yse"},
        Words{"list", "--yse", "--log-format=json"}}) {
    const Finished finished = run(bulkdrop(here, words));
    BOOST_TEST(finished.exit_code == 2);
    BOOST_TEST(finished.err.starts_with("{\"time\":"), finished.err);
    BOOST_TEST(has(finished.err, "--yse"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(a_slip_in_any_option_is_answered_with_that_option) {
  for (const CommandSpec& command : cli::commands()) {
    for (const OptionSpec& option : command.options) {
      if (option.name.size() < 6) continue;  // too short for a slip to be told from another option
      std::string slip = "--" + std::string(option.name);
      slip.erase(slip.size() / 2, 1);
      const std::string meant = "did you mean --" + std::string(option.name) + "?";
      BOOST_CHECK_EXCEPTION(cli::Arguments(command, {slip}, [](const auto&) { return std::nullopt; }), Error,
                            [&](const Error& error) { return has(error.what(), meant); });
    }
  }
}

BOOST_AUTO_TEST_CASE(a_slip_in_a_command_is_answered_with_that_command) {
  const TempDir here;
  for (const auto& [slip, meant] :
       {std::pair("dorp", "drop"), std::pair("resum", "resume"), std::pair("lst", "list"),
        std::pair("verfy", "verify"), std::pair("reprot", "report")}) {
    const Finished finished = run(bulkdrop(here, {slip}));
    BOOST_TEST(finished.exit_code == 2);
    BOOST_TEST(has(finished.err, std::string("did you mean ") + meant + "?"), finished.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
