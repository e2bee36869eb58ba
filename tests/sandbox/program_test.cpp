// The program itself, as a person or a script starts it.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "support/raw_http.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulkdrop/core/file.hpp"

using namespace bulkdrop;
using namespace bulkdrop::test;

namespace {

// A child process whose standard output and error are read together.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), BULKDROP_SANDBOX_BINARY);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    output_ = Fd(ends[0]);
    const Fd writing(ends[1]);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ == 0) {
      ::dup2(writing.get(), STDOUT_FILENO);
      ::dup2(writing.get(), STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
  }

  std::string first_line() {
    std::string line;
    char c = 0;
    pollfd waiting{output_.get(), POLLIN, 0};
    while (::poll(&waiting, 1, 20'000) == 1 && ::read(output_.get(), &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  std::uint16_t port() {
    const std::string line = first_line();
    BOOST_TEST_REQUIRE(line.starts_with("listening on http://127.0.0.1:"));
    return static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
  }
  void signal(int number) const { ::kill(child_, number); }
  // The exit code, -1 if a signal ended it.
  int wait() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string rest() {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(output_.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
    return text;
  }

 private:
  Fd output_;
  pid_t child_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_program)

BOOST_AUTO_TEST_CASE(it_says_where_it_listens_serves_its_export_and_stops_with_0) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const TempDir directory;
    const std::string token = directory.file("token", "t0ken\n");
    Program program({"--port", "0", "--sessions", "20", "--export", directory.path("s.csv"), "--ledger",
                     directory.path("ledger"), "--token-file", token});
    const std::uint16_t port = program.port();
    const std::string csv = slurp(directory.path("s.csv"));  // written before the line was
    RawHttp client(port);
    std::size_t dropped = 0;
    for (std::size_t at = csv.find("\r\n"); at + 2 < csv.size(); at = csv.find("\r\n", at + 2)) {
      const std::size_t id = csv.find(',', at + 2) + 1;
      const RawReply reply = client.ask("DELETE", "/api/pam/session/drop/" + csv.substr(id, 40),
                                        "Authorization: Bearer t0ken\r\n");
      if (reply.status == 200) ++dropped;
    }
    BOOST_TEST(dropped == 20U);
    program.signal(signal);
    BOOST_TEST(program.wait() == 0);
    BOOST_TEST(program.rest().empty());
    std::ifstream ledger(directory.path("ledger"));
    std::size_t ended = 0;
    for (std::string line; std::getline(ledger, line);) ended += line.starts_with(R"({"event":"ended",)");
    BOOST_TEST(ended == 20U);
  }
}

BOOST_AUTO_TEST_CASE(the_ledger_is_complete_when_the_sandbox_is_killed) {
  const TempDir directory;
  const std::string token = directory.file("token", "t0ken\n");
  Program program(
      {"--port", "0", "--ledger", directory.path("ledger"), "--token-file", token, "--faults", "reset=100%"});
  RawHttp client(program.port());
  client.send(client.request("DELETE", "/api/pam/session/drop/abc", "Authorization: Bearer t0ken\r\n"));
  BOOST_TEST((client.state(std::chrono::seconds(10)) == RawReply::End::reset));
  program.signal(SIGKILL);
  program.wait();
  BOOST_TEST(slurp(directory.path("ledger"))
                 .find(R"("id":"abc","n":1,"at_once":1,"answer":"reset","ended":false)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_and_version_go_to_standard_output_with_0) {
  Program help({"--help"});
  BOOST_TEST(help.rest().find("--faults SPEC") != std::string::npos);
  BOOST_TEST(help.wait() == 0);
  Program version({"--version"});
  BOOST_TEST(version.rest().starts_with("bulkdrop-sandbox "));
  BOOST_TEST(version.wait() == 0);
}

BOOST_AUTO_TEST_CASE(errors_are_one_line_and_a_code) {
  Program running({"--port", "0"});
  const std::string port = std::to_string(running.port());
  const std::vector<std::pair<std::vector<std::string>, int>> cases = {
      {{"--port", port}, 2},
      {{"--port", "0", "--faults", "nonsense=1"}, 2},
      {{"--port", "0", "--address", "0.0.0.0"}, 2},
      {{"--bogus"}, 2},
      {{"--port", "0", "--export", "/nonexistent/x.csv"}, 7},
      {{"--port", "0", "--ledger", "/nonexistent/ledger"}, 7}};
  for (const auto& [arguments, code] : cases) {
    Program program(arguments);
    const std::string text = program.rest();
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(program.wait() == code);
      BOOST_TEST(text.starts_with("bulkdrop-sandbox: "));
      BOOST_TEST(text.find('\n') == text.size() - 1);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
