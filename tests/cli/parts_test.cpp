// The smaller parts of the room: the option table, secrets, redaction, the plan as a page.
#include <cstdlib>
#include <optional>
#include <set>

#include "cli/dropping.hpp"

#include "bulkdrop/cli/help.hpp"
#include "bulkdrop/cli/plan_text.hpp"
#include "bulkdrop/cli/process_privacy.hpp"
#include "bulkdrop/cli/redaction.hpp"
#include "bulkdrop/cli/secrets.hpp"
#include "bulkdrop/cli/terminal.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/report/columns.hpp"

namespace bulkdrop::cli {
namespace {

using test::has;
using test::TempDir;

class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

std::string revealed(const std::optional<Secret>& secret) {
  return secret ? std::string(secret->reveal()) : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cli_parts)

BOOST_AUTO_TEST_CASE(every_option_stands_once_in_the_table_and_in_the_help) {
  for (const CommandSpec& command : commands()) {
    std::set<std::string_view> names;
    std::set<char> letters = {'h'};
    const std::string help = help_text(command, HelpLength::all);
    for (const OptionSpec& option : command.options) {
      BOOST_TEST(names.insert(option.name).second, option.name);
      if (option.letter != 0) BOOST_TEST(letters.insert(option.letter).second, option.name);
      BOOST_TEST(has(help, "--" + std::string(option.name) + " "), option.name);
      BOOST_TEST(!option.help.empty());
      BOOST_TEST((option.kind == Kind::flag) == option.operand.empty(), option.name);
      // No option takes a secret: files that hold one are named `…-file`.
      for (const char* secret : {"secret", "token", "password"})
        if (has(option.name, secret))
          BOOST_TEST(
              (option.name.ends_with("-file") || option.name == "token-path" || option.name == "oauth-token"),
              option.name);
    }
    BOOST_TEST(has(program_help_text(), command.name));
    BOOST_TEST(find_command(command.name) == &command);
  }
  BOOST_TEST(find_command("drob") == nullptr);
}

BOOST_AUTO_TEST_CASE(an_option_has_one_name_in_the_environment) {
  BOOST_TEST(environment_name({"max-sessions", 0, Kind::value, "N", "G", "", ""}) == "BULKDROP_MAX_SESSIONS");
  BOOST_TEST(environment_name({"url", 0, Kind::value, "N", "G", "", ""}) == "BULKDROP_URL");
}

BOOST_AUTO_TEST_CASE(secret_variables_are_taken_out_of_the_environment_and_overwritten) {
  const Variable token("BULKDROP_TOKEN", "t0ken\n");
  const Variable client("BULKDROP_CLIENT_SECRET", "s3cret");
  const char* const in_place = ::getenv("BULKDROP_TOKEN");
  SecretSources secrets;
  BOOST_TEST(::getenv("BULKDROP_TOKEN") == nullptr);
  BOOST_TEST(::getenv("BULKDROP_CLIENT_SECRET") == nullptr);
  BOOST_TEST(std::string(in_place) == "");
  BOOST_TEST(secrets.has("BULKDROP_TOKEN", "token"));
  BOOST_TEST(revealed(secrets.read("", "BULKDROP_TOKEN", "token")) == "t0ken");
  BOOST_TEST(revealed(secrets.read("", "BULKDROP_TOKEN", "token")) == "none");  // handed out once
  BOOST_TEST(revealed(secrets.read("", "BULKDROP_CLIENT_SECRET", "client-secret")) == "s3cret");
}

BOOST_AUTO_TEST_CASE(a_file_beats_the_variable_and_that_beats_the_credentials_directory) {
  const TempDir here;
  test::put(here, "token", "from systemd");
  const Variable directory("CREDENTIALS_DIRECTORY", here.path());
  {
    const Variable token("BULKDROP_TOKEN", "from the environment");
    SecretSources secrets;
    BOOST_TEST(revealed(secrets.read(here.file("f", "from a file\r\n"), "BULKDROP_TOKEN", "token")) ==
               "from a file");
    BOOST_TEST(revealed(secrets.read("", "BULKDROP_TOKEN", "token")) == "from the environment");
  }
  SecretSources secrets;
  BOOST_TEST(secrets.has("BULKDROP_TOKEN", "token"));
  BOOST_TEST(revealed(secrets.read("", "BULKDROP_TOKEN", "token")) == "from systemd");
  BOOST_TEST(!secrets.has("BULKDROP_CONSUMER_SECRET", "consumer-secret"));
  BOOST_TEST(revealed(secrets.read("", "BULKDROP_CONSUMER_SECRET", "consumer-secret")) == "none");
}

BOOST_AUTO_TEST_CASE(a_secret_is_one_line_of_printable_ascii) {
  const TempDir here;
  SecretSources secrets;
  const auto refused = [&](const std::string& content) {
    try {
      static_cast<void>(secrets.read(here.file("f", content), "", ""));
      return false;
    } catch (const Error& error) {
      BOOST_TEST((error.code() == ExitCode::usage));
      BOOST_TEST(has(error.what(), here.path("f")));
      if (content.size() > 3) BOOST_TEST(!has(error.what(), content.substr(0, 4)));
      return true;
    }
  };
  for (const std::string& bad :
       {std::string(), std::string("\r\n"), std::string("qqqq\nzzzz"), std::string("qqqq\tzz"),
        std::string("qqqq\0z", 6), std::string("qqqq\xC3\xA9"), std::string(16 * 1024 + 1, 'q')})
    BOOST_TEST(refused(bad));
  BOOST_TEST(!refused("a secret with spaces and ~!@#$%^&*()"));
  BOOST_TEST(!refused(std::string(16 * 1024, 'q') + "\n"));
}

BOOST_AUTO_TEST_CASE(user_and_password_are_taken_out_of_a_url) {
  BOOST_TEST(without_user_info("http://user:pass@proxy.example:3128/") == "http://***@proxy.example:3128/");
  BOOST_TEST(without_user_info("user:pass@proxy.example") == "***@proxy.example");
  BOOST_TEST(without_user_info("http://user:p@ss/w@rd@proxy.example") == "http://***@proxy.example");
  BOOST_TEST(without_user_info("socks5://proxy.example:1080") == "socks5://proxy.example:1080");
  BOOST_TEST(without_user_info("") == "");
}

BOOST_AUTO_TEST_CASE(user_and_password_of_a_proxy_are_blanked_where_others_could_read_them) {
  std::vector<std::string> words = {"bulkdrop",      "--proxy",        "http://user:pass@h:1",
                                    "--proxy=u:p@h", "--proxyy=u:p@h", "--proxy=http://h",
                                    "--proxy"};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Variable variable("BULKDROP_PROXY", "socks5://me:secret@h");
  hide_proxy_password(argv.data());
  const std::vector<std::string> expected = {"bulkdrop",      "--proxy",        "http://*********@h:1",
                                             "--proxy=***@h", "--proxyy=u:p@h", "--proxy=http://h",
                                             "--proxy"};
  BOOST_TEST(words == expected, boost::test_tools::per_element());
  BOOST_TEST(std::string(::getenv("BULKDROP_PROXY")) == "socks5://*********@h");
}

BOOST_AUTO_TEST_CASE(the_plan_shows_server_inputs_counts_and_the_first_sessions) {
  run::Plan plan;
  plan.url = "https://pam.example/api/pam/session/drop/";
  plan.rows = 12'000;
  plan.to_drop = 11'950;
  plan.duplicate = 38;
  plan.invalid = 12;
  plan.invalid_examples = {"a\x1b[2J.csv:7: not an ID"};
  plan.first_ids = {"one", "two", "three"};
  const std::string text = plan_text(plan);
  for (const char* part : {"https://pam.example", "12,000", "11,950 sessions", "38",
                           "a\\x1B[2J.csv:7: not an ID", "… and 11 more", "two", "… and 11,947 more"})
    BOOST_TEST(has(text, part), text);
  BOOST_TEST(!has(text, "protected"));
  BOOST_TEST(!has(text, "\x1b"));
  BOOST_TEST(has(text, "  server       https://pam.example/api/pam/session/drop/\n"), text);
}

BOOST_AUTO_TEST_CASE(a_plan_without_limits_says_so) {
  run::Plan plan;
  plan.terms.emplace().limits.adapt = true;
  const std::string text = plan_text(plan);
  for (const char* part : {"  limits       none (--max-sessions, --max-failures, --deadline)\n",
                           "  pace         up to 32 requests at once; the first session goes alone\n",
                           "  proof        the server's answers alone (no --verify)\n"})
    BOOST_TEST(has(text, part), text);
  BOOST_TEST(!has(text, "reason"), text);
}

BOOST_AUTO_TEST_CASE(the_plan_is_wrapped_beside_its_labels) {
  run::Plan plan;
  plan.url = "https://pam.example/prefix/api/pam/session/drop/";
  plan.account = "client night-shift, OAuth 2.0 from a file";
  plan.invalid = 1;
  plan.invalid_examples = {"export.csv:7: what stands there is not a session ID"};
  const std::string text = plan_text(plan, 40);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    BOOST_TEST(report::columns(text.substr(at, end - at)) <= 40U, text);
    at = end + 1;
  }
  BOOST_TEST(has(text, "  account      client night-shift, OAuth\n               2.0 from a file\n"), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::cli
