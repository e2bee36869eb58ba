// What a person meets at the edge of the program: a terminal that asks, a system that gives nothing more.
#include <csignal>
#include <system_error>

#include "cli/dropping.hpp"
#include "support/loopback.hpp"
#include "support/scripted_server.hpp"

#include "bulkdrop/cli/refused_resources.hpp"

namespace bulkdrop::test {

BOOST_AUTO_TEST_SUITE(surroundings)

BOOST_AUTO_TEST_CASE(threads_and_memory_that_are_refused_are_named_with_their_limits) {
  const auto said = [](std::errc code) {
    return cli::refused_resource(std::system_error(std::make_error_code(code)));
  };
  for (const std::string& words :
       {said(std::errc::resource_unavailable_try_again), said(std::errc::not_enough_memory)}) {
    for (const char* part : {"ulimit -v", "cgroup", "bulkdrop resume"}) BOOST_TEST(has(words, part), words);
  }
  BOOST_TEST(has(said(std::errc::resource_unavailable_try_again), "ulimit -u"));
  BOOST_TEST(said(std::errc::no_such_file_or_directory).empty());
}

BOOST_AUTO_TEST_CASE(a_secret_is_asked_for_at_a_terminal_and_not_shown) {
  const Sandbox sandbox(1);
  const TempDir here;
  Command command = bulkdrop(
      here, {"check", "--url", sandbox.url(), "--client-id", "sandbox", "--client-secret-file", "-"});
  command.on_terminal = true;
  Process process(command);
  BOOST_REQUIRE(process.shows("client-secret (not shown): "));
  process.type("planted-wrong-one\n");
  const Finished finished = process.wait();
  BOOST_TEST(finished.exit_code == 4, finished.err);  // asked the server with it
  BOOST_TEST(!has(finished.err, "planted"), finished.err);
}

BOOST_AUTO_TEST_CASE(control_c_at_the_question_for_a_secret_ends_it) {
  const Sandbox sandbox(1);
  const TempDir here;
  for (const char* subcommand : {"check", "list"}) {
    Command command = bulkdrop(here, {subcommand, "--url", sandbox.url(), "--token-file", "-"});
    command.on_terminal = true;
    Process process(command);
    BOOST_REQUIRE(process.shows("token (not shown): "));
    process.type("planted\x03");
    const Finished finished = process.wait();
    BOOST_TEST(finished.exit_code == 130, finished.err);
    BOOST_TEST(!has(finished.err, "planted"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(the_word_version_finds_its_option) {
  const TempDir here;
  const Finished finished = run(bulkdrop(here, {"version"}));
  BOOST_TEST(finished.exit_code == 2);
  BOOST_TEST(has(finished.err, "bulkdrop --version"), finished.err);
}

// As a port that speaks TLS does when it is asked without.
BOOST_AUTO_TEST_CASE(a_port_that_closes_without_an_answer_may_speak_tls) {
  ScriptedServer server(
      [](ScriptedServer::Connection& connection, const ScriptedServer::Request&) { connection.close(); });
  const TempDir here;
  const Words login = {"--url", server.url(""),         "--client-id",
                       "x",     "--client-secret-file", here.file("secret", "s")};
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Finished checked = run(bulkdrop(here, Words{"check"} + login));
  BOOST_TEST(has(checked.out, "does it speak TLS? then the URL is https://"), checked.out);
  BOOST_TEST(!has(checked.out, "next try"), checked.out);
  Process process(drop(here, login + Words{"--yes", "--out", "run", "ids.txt"}));
  BOOST_TEST(process.shows("does it speak TLS?"));
  BOOST_TEST(!has(process.err(), "giving up in 9 min"), process.err());
  BOOST_TEST(!has(process.err(), "giving up in 10 min"), process.err());
  process.signal(SIGINT);
  process.wait();
}

BOOST_AUTO_TEST_CASE(a_chosen_outage_holds_where_nobody_answers) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  const Words words = {"--url",
                       "http://127.0.0.1:" + std::to_string(unused_port()),
                       "--client-id",
                       "x",
                       "--client-secret-file",
                       here.file("secret", "s"),
                       "--yes",
                       "--out"};
  Process chosen(drop(here, words + Words{"chosen", "--outage", "5m", "ids.txt"}));
  BOOST_TEST(chosen.shows("giving up in 5 min 00 s"));
  Process unchosen(drop(here, words + Words{"unchosen", "ids.txt"}));
  BOOST_TEST(unchosen.shows("giving up in "));
  BOOST_TEST(!has(unchosen.err(), "giving up in 10 min"), unchosen.err());
  for (Process* process : {&chosen, &unchosen}) {
    process->signal(SIGINT);
    process->wait();
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
