// `bulkdrop list` when something goes wrong: at the server, on the way, at the reader, on the command line.
#include <csignal>
#include <map>
#include <string>

#include "cli/listening_port.hpp"
#include "cli/listing.hpp"
#include <unistd.h>

namespace bulkdrop::test {

BOOST_AUTO_TEST_SUITE(list_trouble)

BOOST_AUTO_TEST_CASE(faults_that_pass_are_survived_and_no_session_comes_twice) {
  for (const char* fault : {"truncate", "truncate_close", "reset", "not_http", "html", "empty", "garbage",
                            "no_content", "unexpected", "bad_gateway", "unavailable", "gateway_timeout",
                            "request_timeout", "not_found", "throttle"}) {
    const Sandbox sandbox(40, {"--faults", std::string("list.") + fault + "=first:1"});
    const TempDir here;
    const Finished found = run(list(here, at(sandbox) + Words{"--format", "jsonl", "-v"}));
    BOOST_TEST(found.exit_code == 0, std::string(fault) + ": " + found.err);
    BOOST_TEST(set_of(column(found.out, "session_id")).size() == 40U);
    BOOST_TEST(lines_of(found.out).size() == 40U, fault);
    BOOST_TEST(lines_of(found.err).size() == 2U, found.err);
  }
}

BOOST_AUTO_TEST_CASE(faults_that_stay_give_no_line_at_all_and_a_code_of_the_contract) {
  const std::map<std::string, int> codes = {{"truncate", 5},       {"truncate_close", 5},
                                            {"reset", 5},          {"html", 2},
                                            {"unexpected", 5},     {"unavailable", 5},
                                            {"not_authorized", 4}, {"unauthorized", 4},
                                            {"access_denied", 4},  {"invalid_signature", 4},
                                            {"not_found", 2},      {"redirect", 2},
                                            {"no_route", 4},       {"empty", 2}};
  for (const auto& [fault, code] : codes) {
    const Sandbox sandbox(40, {"--faults", "list." + fault + "=100%"});
    const TempDir here;
    const Finished found = run(list(here, at(sandbox) + Words{"--attempts", "2"}));
    BOOST_TEST(found.exit_code == code, fault + ": " + found.err);
    BOOST_TEST(found.out == "", fault);
    if (code == 2 && fault != "html" && fault != "empty")
      BOOST_TEST(has(found.err, "--list-path"), found.err);
    BOOST_TEST(!has(found.err, "a-token-that"), found.err);
  }
}

BOOST_AUTO_TEST_CASE(silence_is_cut_after_the_timeout_and_tried_again) {
  const Sandbox sandbox(40, {"--faults", "list.stall=first:1"});
  const TempDir here;
  const Finished found = run(list(here, at(sandbox) + Words{"--timeout", "300ms", "-q"}));
  BOOST_TEST(found.exit_code == 0, found.err);
  BOOST_TEST(lines_of(found.out).size() == 41U);
}

BOOST_AUTO_TEST_CASE(a_token_that_the_server_no_longer_knows_is_renewed) {
  const Sandbox sandbox(40, {"--faults", "list.access_denied=first:1"});
  const TempDir here;
  const Words client = {"--url",
                        sandbox.url(),
                        "--client-id",
                        std::string(Sandbox::kClientId),
                        "--client-secret-file",
                        sandbox.client_secret_file()};
  const Finished found = run(list(here, client));
  BOOST_TEST(found.exit_code == 0, found.err);
  BOOST_TEST(lines_of(found.out).size() == 41U);
  put(here, "wrong", "wrong\n");
  const Finished refused = run(list(
      here, {"--url", sandbox.url(), "--client-id", "sandbox", "--client-secret-file", here.path("wrong")}));
  BOOST_TEST(refused.exit_code == 4, refused.err);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_outage) {
  const TempDir here;
  const Finished found =
      run(list(here, {"--url", url_of_nobody(), "--token-file", here.file("token", "t"), "--attempts", "2"}));
  BOOST_TEST(found.exit_code == 5, found.err);
  BOOST_TEST(has(found.err, "connect_failed"), found.err);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_it_and_nothing_is_printed) {
  for (const int number : {SIGINT, SIGTERM}) {
    const Sandbox sandbox(5, {"--faults", "list.unavailable=first:1,list.stall=2-9"});
    const TempDir here;
    Process process(list(here, at(sandbox)));
    BOOST_TEST_REQUIRE(process.shows("next try"), process.err());
    ::usleep(300'000);  // into the silence, or before it: either must end
    process.signal(number);
    const Finished finished = process.wait(Milliseconds(10'000));
    BOOST_TEST(!finished.timed_out);
    BOOST_TEST(finished.exit_code == 128 + number, finished.err);
    BOOST_TEST(finished.out == "");
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_is_no_error_and_a_full_disk_is_one) {
  const Sandbox sandbox(20'000);
  const TempDir here;
  const auto shell = [&](const std::string& rest) {
    Command command;
    command.program = "/bin/bash";
    command.arguments = {"-c", std::string(BULKDROP_BINARY) + " list --url " + sandbox.url() +
                                   " --token-file " + sandbox.token_file() + " " + rest};
    command.directory = here.path();
    return run(command);
  };
  const Finished head = shell("| head -1; echo ${PIPESTATUS[0]}");
  BOOST_TEST(has(head.out, "\n0\n"), head.out + head.err);
  const Finished full = shell("> /dev/full");
  BOOST_TEST(full.exit_code == 7, full.err);
  BOOST_TEST(has(full.err, "standard output"), full.err);
  const Finished closed = shell(">&-");
  BOOST_TEST(closed.exit_code == 7, closed.err);
  BOOST_TEST(has(closed.err, "standard output"), closed.err);
  const Finished no_room = shell("> /dev/null; exit $?");
  BOOST_TEST(no_room.exit_code == 0);
  Command command = list(here, at(sandbox));
  command.environment["TMPDIR"] = here.path("nowhere");
  const Finished nowhere = run(command);
  BOOST_TEST(nowhere.exit_code == 7, nowhere.err);
  BOOST_TEST(nowhere.out == "");
  BOOST_TEST(has(nowhere.err, here.path("nowhere")), nowhere.err);
}

BOOST_AUTO_TEST_CASE(a_path_that_was_given_is_the_only_one) {
  const Sandbox sandbox(5);
  const TempDir here;
  const Finished wrong = run(list(here, at(sandbox) + Words{"--list-path", "api/elsewhere"}));
  BOOST_TEST(wrong.exit_code == 2, wrong.err);
  BOOST_TEST(has(wrong.err, "/api/elsewhere"), wrong.err);
  const Finished right = run(list(here, at(sandbox) + Words{"--list-path", "/api/session/remotesessions"}));
  BOOST_TEST(right.exit_code == 0, right.err);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_told_before_anybody_is_asked) {
  const TempDir here;
  const Words target = {"--url", "http://127.0.0.1:1", "--token-file", here.file("token", "t")};
  const std::map<std::string, Words> wrong = {
      {"--url is missing", {"--token-file", here.path("token")}},
      {"no way to log in", {"--url", "http://127.0.0.1:1"}},
      {"neither csv nor jsonl", target + Words{"--format", "xml"}},
      {"not a time", target + Words{"--started-after", "yesterday"}},
      {"no time zone 'Mars/Base'", target + Words{"--older-than", "1h", "--server-tz", "Mars/Base"}},
      {"not a duration", target + Words{"--older-than", "old"}},
      {"'100000h' is too long: ten years", target + Words{"--older-than", "100000h"}},
      {"reads no files", target + Words{"export.csv"}},
      {"unknown option --drop-path", target + Words{"--drop-path", "x"}},
      {"unknown option --limit", target + Words{"--limit", "5"}},
      {"needs a value", target + Words{"--user", ""}},
      {"whole number from 1 to 1000", target + Words{"--attempts", "0"}}};
  for (const auto& [message, words] : wrong) {
    const Finished finished = run(list(here, words));
    BOOST_TEST(finished.exit_code == 2, message + ": " + finished.err);
    BOOST_TEST(has(finished.err, message), finished.err);
    BOOST_TEST(finished.out == "");
  }
  const Finished unknown = run(drop(here, {"--dry-run", "--active", "y.csv"}));
  BOOST_TEST(unknown.exit_code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
