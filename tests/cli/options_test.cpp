// What can be typed, and what is said when it was typed wrongly.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/dropping.hpp"

namespace bulkdrop::test {
namespace {

// The program leaves at once with a message of one line that holds `part`.
void check_usage(const TempDir& here, const Words& words, std::string_view part) {
  const Finished finished = run(bulkdrop(here, words), Milliseconds(15'000));
  std::string told;
  for (const std::string& word : words) told += word + " ";
  BOOST_TEST_CONTEXT(told) {
    BOOST_TEST(!finished.timed_out);
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(finished.out == "");
    BOOST_TEST(undated(finished.err).starts_with("bulkdrop: error: "), finished.err);
    BOOST_TEST(std::count(finished.err.begin(), finished.err.end(), '\n') == 1);
    BOOST_TEST(has(finished.err, part), finished.err);
  }
}

std::string option_in_run_json(const RunDirectory& run, std::string_view name) {
  const Json json(slurp(run.file("run.json")));
  const std::string pointer = "/options/" + std::string(name);
  return json.has(pointer) ? json.minified(pointer) : "";
}

std::vector<std::size_t> line_lengths(const std::string& text) {
  std::vector<std::size_t> lengths;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lengths.push_back(end - at);
    at = end + 1;
  }
  return lengths;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(help_and_version_are_data) {
  const TempDir here;
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"help"}, Words{"drop", "--help"},
                             Words{"drop", "-h"}, Words{"help", "drop"}, Words{"help", "drop", "all"},
                             Words{"drop", "x.csv", "--url", "u", "--help"}}) {
    const Finished finished = run(bulkdrop(here, words));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    BOOST_TEST(has(finished.out, "bulkdrop drop") == true, finished.out);
    BOOST_TEST(finished.err == "");
  }
  const Finished version = run(bulkdrop(here, {"--version"}));
  BOOST_TEST(version.exit_code == 0);
  BOOST_TEST(version.out.starts_with("bulkdrop "));
  BOOST_TEST(version.err == "");
  const Finished of_drop = run(bulkdrop(here, {"drop", "--version"}));
  BOOST_TEST(of_drop.exit_code == 0, of_drop.err);
  BOOST_TEST(of_drop.out == version.out);
}

BOOST_AUTO_TEST_CASE(the_help_of_a_command_fits_a_screen_and_names_every_option) {
  const TempDir here;
  for (const char* command : {"drop", "resume", "list", "verify", "report", "check"}) {
    const std::string help = run(bulkdrop(here, {command, "--help"})).out;
    const std::string all = run(bulkdrop(here, {command, "--help", "all"})).out;
    BOOST_TEST(line_lengths(help).size() <= 50U, command);
    BOOST_TEST(has(help, "Exit codes"), command);
    for (const std::string& text : {help, all})
      for (const std::size_t length : line_lengths(text)) BOOST_TEST(length <= 100U, command);
    // Nor does a name run into its text.
    for (std::size_t at = all.find("\n  -"); at != std::string::npos; at = all.find("\n  -", at + 1)) {
      const std::string line = all.substr(at + 1, all.find('\n', at + 1) - at - 1);
      const bool name_alone = std::count(line.begin(), line.end(), ' ') <= 3;
      BOOST_TEST((name_alone || line.find("  ", 3) != std::string::npos), line);
    }
    // Whoever knows an option's name finds it in either.
    for (std::size_t at = all.find("\n  --"); at != std::string::npos; at = all.find("\n  --", at + 1)) {
      const std::string option = all.substr(at + 3, all.find_first_of(" \n", at + 3) - at - 3);
      BOOST_TEST(has(help, option), command << ": " << option);
    }
  }
  const std::string all = run(bulkdrop(here, {"drop", "--help", "all"})).out;
  for (const char* words : {"\n  --url URL", "\n  --pinned-pubkey H", "\n  --rotate D", "\n  --config F"})
    BOOST_TEST(has(all, words), words);
}

BOOST_AUTO_TEST_CASE(a_word_that_is_no_option_is_refused_with_the_nearest_one) {
  const TempDir here;
  check_usage(here, {"drop", "--max-session", "5"}, "--max-sessions");
  check_usage(here, {"drop", "--concurency=5"}, "--concurrency");
  check_usage(here, {"drop", "--dryrun"}, "--dry-run");
  check_usage(here, {"drop", "--nothing-like-any"}, "--help");
  // What other tools call it.
  for (const auto& [word, meant] : {std::pair("--output", "did you mean --out?"),
                                    {"--limit", "--max-sessions"},
                                    {"--limit", "--rate"},
                                    {"--parallel", "did you mean --concurrency?"},
                                    {"--jobs", "did you mean --concurrency?"},
                                    {"--workers", "did you mean --concurrency?"},
                                    {"--threads", "did you mean --concurrency?"},
                                    {"--insecure", "--cacert"},
                                    {"-k", "--cacert"},
                                    {"--force", "did you mean --yes?"},
                                    {"--retries", "did you mean --attempts?"},
                                    {"-n", "did you mean --dry-run?"},
                                    {"--input", "bulkdrop drop FILE"},
                                    {"--file", "bulkdrop drop FILE"}})
    check_usage(here, {"drop", word, "x.csv"}, meant);
  check_usage(here, {"list", "--output", "x.csv"}, "--help");
  check_usage(here, {"drop", "-x"}, "-x");
  check_usage(here, {"drob"}, "drob");
  check_usage(here, {}, "--help");
  check_usage(here, {"--url", "https://pam.example"}, "bulkdrop");
}

BOOST_AUTO_TEST_CASE(no_option_takes_a_secret) {
  const TempDir here;
  for (const char* option : {"--token", "--token-value", "--client-secret", "--secret", "--password"}) {
    const Finished finished = run(drop(here, {option, "hunter2", "x.csv"}));
    BOOST_TEST(finished.exit_code == 2);
    BOOST_TEST(!has(finished.err, "hunter2"), finished.err);
    // It must not end up in a URL either.
    BOOST_TEST(has(finished.err, "secrets are read from files: --"), finished.err);
    BOOST_TEST(!has(finished.err, "-path"), finished.err);
    const Finished joined = run(drop(here, {std::string(option) + "=hunter2", "x.csv"}));
    BOOST_TEST(joined.exit_code == 2);
    BOOST_TEST(!has(joined.err, "hunter2"), joined.err);
  }
  put(here, "config.toml", "client-secret = \"hunter2\"\n");
  const Finished config = run(drop(here, {"--dry-run", "--config", "config.toml"}));
  BOOST_TEST(config.exit_code == 2);
  BOOST_TEST(has(config.err, "client-secret"), config.err);
  BOOST_TEST(!has(config.err, "hunter2"), config.err);
  for (const char* url : {"https://user:hunter2@pam.example", "https://user:hunter2@pam.example:99999"}) {
    const Finished in_url = run(drop(here, {"--url", url, "--dry-run"}));
    BOOST_TEST(in_url.exit_code == 2);
    BOOST_TEST(!has(in_url.err, "hunter2"), in_url.err);
  }
}

BOOST_AUTO_TEST_CASE(an_option_without_its_operand_is_refused) {
  const TempDir here;
  check_usage(here, {"drop", "--url"}, "--url");
  check_usage(here, {"drop", "--timeout"}, "--timeout");
  check_usage(here, {"drop", "--out", "--yes"}, "--out");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--token-file", ""}, "--token-file");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--client-id", ""}, "--client-id");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--max-sessions="}, "--max-sessions");
  check_usage(here, {"drop", "--url", "https://pam.example", "--url", "https://other.example"}, "--url");
  check_usage(here, {"drop", "--yes"}, "--url is missing");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes"}, "log in");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--client-id", "x"},
              "BULKDROP_CLIENT_SECRET");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--client-secret-file", "x"},
              "--client-id");
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused_with_what_is_allowed) {
  const TempDir here;
  const Words start = {"drop", "--dry-run", "--url", "https://pam.example"};
  const std::vector<std::pair<std::string, std::string>> all = {{"--timeout", "soon"},
                                                                {"--timeout", "10 s"},
                                                                {"--timeout", "-1s"},
                                                                {"--timeout", "0"},
                                                                {"--timeout", "1e3"},
                                                                {"--timeout", "5x"},
                                                                {"--outage", ""},
                                                                {"--connect-timeout", "1h30"},
                                                                {"--concurrency", "0"},
                                                                {"--concurrency", "-1"},
                                                                {"--concurrency", "many"},
                                                                {"--concurrency", "1.5"},
                                                                {"--concurrency", "99999"},
                                                                {"--rate", "0"},
                                                                {"--rate", "-2"},
                                                                {"--rate", "inf"},
                                                                {"--rate", "nan"},
                                                                {"--rate", "10/s"},
                                                                {"--attempts", "0"},
                                                                {"--attempts", "x"},
                                                                {"--canary", "-1"},
                                                                {"--max-sessions", "1k"},
                                                                {"--confirm", "5 "},
                                                                {"--api", "v2"},
                                                                {"--format", "xml"},
                                                                {"--progress", "yes"},
                                                                {"--delimiter", ";;"},
                                                                {"--delimiter", "\""},
                                                                {"--field", "0"},
                                                                {"--match", "(["},
                                                                {"--match", "no group"},
                                                                {"--id-pattern", "("},
                                                                {"--url", "pam.example"},
                                                                {"--url", "ftp://pam.example"},
                                                                {"--url", "https://"},
                                                                {"--url", "https://pam.example/?a=b"},
                                                                {"--url", "https://pam.example/#x"},
                                                                {"--url", "https://pam.example:99999"}};
  put(here, "ids.csv", "session_id\n" + made_up_id(1) + "\n");
  for (const auto& [option, value] : all) {
    Words words = start;
    if (option == "--url") words = {"drop", "--dry-run"};
    check_usage(here, words + Words{option + "=" + value, "ids.csv"}, option);
  }
  for (const char* good : {"--timeout=250ms", "--timeout=30", "--timeout=10m", "--timeout=2h", "--rate=0.5",
                           "--rate=50", "--concurrency=1", "--delimiter=tab", "--canary=0"}) {
    const Finished finished = run(bulkdrop(here, start + Words{good, "--delimiter=,", "ids.csv"}));
    if (!has(good, "delimiter")) BOOST_TEST(finished.exit_code == 0, std::string(good) + finished.err);
  }
}

BOOST_AUTO_TEST_CASE(options_that_contradict_each_other_are_refused) {
  const TempDir here;
  const Words start = {"drop", "--url", "https://pam.example", "--yes"};
  put(here, "s", "s");
  check_usage(here, start + Words{"--token-file", "s", "--client-id", "x"}, "--client-id");
  check_usage(here, start + Words{"--token-file", "s", "--match", "(x)", "--format", "text"}, "--match");
  check_usage(here, start + Words{"--token-file", "s", "--stream", "--confirm", "3"}, "--confirm");
  check_usage(here, start + Words{"--token-file", "-"}, "standard input");
  check_usage(here, start + Words{"--token-file", "-", "-"}, "standard input");
  check_usage(here, {"drop", "--url", "https://pam.example", "--token-file", "s", "--stream"}, "--yes");
}

BOOST_AUTO_TEST_CASE(a_secret_that_cannot_be_used_is_told_by_its_place_alone) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const auto refused = [&](const std::string& content, std::string_view part) {
    put(here, "secret", content);
    check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--token-file", "secret", "ids.txt"},
                part);
    const Finished finished =
        run(drop(here, {"--url", "https://pam.example", "--yes", "--token-file", "secret", "ids.txt"}));
    BOOST_TEST(!has(finished.err, "hunter2"));
  };
  refused("", "empty");
  refused("\n", "empty");
  refused("hunter2\nX-Evil: yes\n", "one line");
  refused("hunter2\x01", "ASCII");
  refused(std::string(20'000, 'x'), "16 KiB");
  refused("Bearer hunter2\n", "--token-file: secret: the token begins with \"Bearer \"");
  refused("hunter2 hunter2\n", "--token-file: secret: the token holds a space");
  check_usage(here, {"drop", "--url", "https://pam.example", "--yes", "--token-file", "missing", "ids.txt"},
              "missing");
  for (const auto& entry : std::filesystem::directory_iterator(here.path()))
    BOOST_TEST(!entry.is_directory());
}

BOOST_AUTO_TEST_CASE(the_command_line_beats_the_environment_and_that_beats_the_file) {
  const Sandbox sandbox(1);
  const TempDir here;
  put(here, "config.toml",
      "url = \"" + sandbox.url() + "\"\ntoken-file = \"" + sandbox.token_file() +
          "\"\nconcurrency = 3\nattempts = 3\nreason = \"file\"\nyes = true\n[drop]\ntimeout = \"7s\"\n");
  Command command =
      drop(here, {"--config", "config.toml", "--out", "run", "--reason", "typed", sandbox.export_file()});
  command.environment = {{"BULKDROP_REASON", "environment"}, {"BULKDROP_ATTEMPTS", "4"}};
  const Finished finished = run(command);
  BOOST_TEST_REQUIRE(finished.exit_code == 0, finished.err);
  const RunDirectory run(here.path("run"));
  BOOST_TEST(run.text("/reason") == "typed");
  BOOST_TEST(has(option_in_run_json(run, "attempts"), "4"));
  BOOST_TEST(has(option_in_run_json(run, "concurrency"), "3"));
  BOOST_TEST(has(option_in_run_json(run, "timeout"), "7s"));
}

BOOST_AUTO_TEST_CASE(the_config_file_itself_may_be_named_in_the_environment) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "config.toml", "dry-run = true\nmax-sessions = 1\n");
  Command command = drop(here, {"ids.txt"});
  command.environment = {{"BULKDROP_CONFIG", "config.toml"}};
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.out, "nothing was sent"));
}

BOOST_AUTO_TEST_CASE(flags_can_be_switched_in_the_environment_and_in_the_file) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  for (const char* on : {"1", "true", "yes", "on", "True"}) {
    Command command = drop(here, {"ids.txt"});
    command.environment = {{"BULKDROP_DRY_RUN", on}};
    BOOST_TEST(run(command).exit_code == 0, on);
  }
  for (const char* not_on : {"0", "false", "no", "off", "maybe"}) {
    Command command = drop(here, {"ids.txt"});
    command.environment = {{"BULKDROP_DRY_RUN", not_on}};
    const Finished finished = run(command);
    BOOST_TEST(finished.exit_code == 2, not_on);
    BOOST_TEST(has(finished.err, "BULKDROP_DRY_RUN") == (std::string_view(not_on) == "maybe"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(a_config_file_with_a_mistake_is_refused_by_name_and_place) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const auto refused = [&](const std::string& content, std::string_view part) {
    put(here, "config.toml", content);
    check_usage(here, {"drop", "--dry-run", "--config", "config.toml", "ids.txt"}, part);
    check_usage(here, {"drop", "--dry-run", "--config", "config.toml", "ids.txt"}, "config.toml");
  };
  refused("max-session = 5\n", "max-sessions");
  refused("nothing-like-any = 5\n", "nothing-like-any");
  refused("[nothing]\nurl = \"https://pam.example\"\n", "nothing");
  refused("concurrency = \"lots\"\n", "concurrency");
  refused("concurrency = [1, 2]\n", "concurrency");
  refused("config = \"other.toml\"\n", "config");
  refused("stream = \"perhaps\"\n", "stream");
  refused("this is not TOML\n", "config.toml");
  check_usage(here, {"drop", "--dry-run", "--config", "missing.toml", "ids.txt"}, "missing.toml");
}

BOOST_AUTO_TEST_CASE(a_way_to_the_server_that_leads_nowhere_is_refused_before_anything_is_read) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const auto refused = [&](const std::string& option, const std::string& value, std::string_view part) {
    const Words words = {"drop", "--url", "https://pam.example", "--yes", option, value, "ids.txt"};
    check_usage(here, words, part);
    check_usage(here, words, option);
  };
  refused("--resolve", "foo", "HOST:PORT:ADDRESS");
  refused("--proxy", "nonsense://x", "proxy");
  refused("--cacert", "nope.pem", "nope.pem: cannot be read");
  put(here, "fw.py", "import sys\n");
  put(here, "torn.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  refused("--cacert", "fw.py", "--cacert: fw.py: holds no PEM certificate");
  refused("--cacert", "torn.pem", "torn.pem: holds no PEM certificate");
  refused("--cert", "fw.py", "--cert: fw.py: holds no PEM certificate");
  refused("--key", "fw.py", "--key: fw.py: holds no PEM private key");
  check_usage(here, {"drop", "--dry-run", "--cacert", "fw.py", "ids.txt"}, "fw.py: holds no PEM certificate");
  refused("--cert", "nope.pem", "nope.pem");
  refused("--key", "nope.pem", "nope.pem");
  refused("--pinned-pubkey", "abc", "abc");
  const Finished proxy = run(bulkdrop(here, {"drop", "--url", "https://pam.example", "--yes", "--proxy",
                                             "http://u:PROXY PASS@proxy.example", "ids.txt"}));
  BOOST_TEST(proxy.exit_code == 2);
  BOOST_TEST(!has(proxy.err, "PASS"), proxy.err);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
