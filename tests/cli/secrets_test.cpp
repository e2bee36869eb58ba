// Secrets are planted in every place where one may stand, and searched for in every place where none may.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "cli/dropping.hpp"
#include "support/scripted_server.hpp"
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulkdrop/cli/process_privacy.hpp"

namespace bulkdrop::test {
namespace {

constexpr std::string_view kClientSecret = "planted-client-secret-5f1d";
constexpr std::string_view kBearerToken = "planted-bearer-token-91c2";
constexpr std::string_view kAccessToken = "planted-access-token-07ab";
constexpr std::string_view kConsumerSecret = "planted-consumer-secret-c3e8";
constexpr std::string_view kTokenSecret = "planted-token-secret-2b64";
constexpr std::string_view kProxyPassword = "planted-proxy-password-d970";
// "user:" and the password, in Base64, as they go to the proxy; not "planted", which begins all others.
constexpr std::string_view kProxyHeader = "dXNlcjpwbGFudGVkLXByb3h5LXBhc3N3b3JkLWQ5NzA=";

void check_clean(std::string_view text, const std::string& place) {
  for (const std::string_view secret :
       {kClientSecret, kBearerToken, kAccessToken, kConsumerSecret, kTokenSecret, kProxyPassword,
        kProxyHeader, std::string_view("Authorization:")})
    BOOST_TEST(!has(text, secret), place << " shows " << secret);
}

// A proxy and the server behind it, in one: it drops whatever it is asked to, once it may.
class Server {
 public:
  Server()
      : server_([this](ScriptedServer::Connection& connection, const ScriptedServer::Request& request) {
          if (request.method == "POST") {
            connection.answer(200, R"({"token_type":"Bearer","expires_in":3600,"access_token":")" +
                                       std::string(kAccessToken) + "\"}");
            return;
          }
          while (!may_answer_) connection.pause(Milliseconds(1));
          // The first one is asked for three times, for `-v` to have something to say; once it hears its own
          // login.
          const int nth = ++drops_;
          if (nth == 1) {
            connection.answer(500, answer(500, true));
          } else if (nth == 2) {
            connection.answer(500, R"({"message":"not a good one: )" +
                                       request.field("Authorization").substr(0, 200) + "\"}");
          } else if (nth == 3) {
            connection.answer(500, "<html>" + std::string(80, 'x') + request.field("Authorization"));
          } else {
            connection.answer(200, answer(200, false));
          }
        }) {}
  [[nodiscard]] std::string proxy() const {
    return "http://user:" + std::string(kProxyPassword) + "@127.0.0.1:" + std::to_string(server_.port());
  }
  // Waits until the first drop request is there; it has its answer after let_go().
  bool wait_for_drop(Process& process, bool after_token) {
    for (int i = 0; i < 1500; ++i) {
      if (server_.wait_for_requests(after_token ? 2 : 1, Milliseconds(20))) return true;
      static_cast<void>(process.shows("nothing of the kind", Milliseconds(1)));  // its input is fed meanwhile
    }
    return false;
  }
  void let_go() { may_answer_ = true; }
  // All that it was sent.
  [[nodiscard]] std::string seen() const {
    std::string text;
    for (const auto& request : server_.requests()) text += request.head + request.body + "\n";
    return text;
  }

 private:
  static std::string answer(int status, bool error) {
    return R"({"response":{"status":)" + std::to_string(status) +
           R"(,"message":"An error occurred while droping session","error":)" + (error ? "true" : "false") +
           R"(,"error_code":)" + (error ? "1" : "0") + R"(,"detail":""}})";
  }
  std::atomic<bool> may_answer_{false};
  std::atomic<int> drops_{0};
  ScriptedServer server_;
};

struct Planted {
  std::string option;
  std::string variable;
  std::string credential;
  std::string_view secret;
};

// A way to log in, and what the server gets to see of it.
struct Way {
  Words words;
  std::vector<Planted> secrets;
  std::vector<std::string_view> arrives;
};

const std::vector<Way>& ways() {
  static const std::vector<Way> all = {
      {{"--client-id", "me"},
       {{"--client-secret-file", "BULKDROP_CLIENT_SECRET", "client-secret", kClientSecret}},
       {kClientSecret, kAccessToken}},
      {{}, {{"--token-file", "BULKDROP_TOKEN", "token", kBearerToken}}, {kBearerToken}},
      {{"--consumer-key", "me", "--oauth-token", "mine"},
       {{"--consumer-secret-file", "BULKDROP_CONSUMER_SECRET", "consumer-secret", kConsumerSecret},
        {"--oauth-token-secret-file", "BULKDROP_OAUTH_TOKEN_SECRET", "oauth-token-secret", kTokenSecret}},
       {"oauth_signature="}}};
  return all;
}

enum class Source { file, standard_input, descriptor, systemd, environment };

// The command with the way's secrets where `source` says. Of two, only one fits into standard input.
Command planted(const TempDir& here, const TempDir& secrets, const Way& way, Source source, Words words) {
  words = words + way.words;
  std::map<std::string, std::string> environment;
  std::string redirections;
  std::optional<std::string> input;
  int fd = 3;
  for (const Planted& planted : way.secrets) {
    const std::string content = std::string(planted.secret) + "\n";
    const std::string file = secrets.file(planted.credential, content);
    if (source == Source::environment) {
      environment[planted.variable] = planted.secret;
    } else if (source == Source::systemd) {
      environment["CREDENTIALS_DIRECTORY"] = secrets.path();
    } else if (source == Source::descriptor) {
      redirections += " " + std::to_string(fd) + "<" + file;
      words = words + Words{planted.option, "/dev/fd/" + std::to_string(fd++)};
    } else if (source == Source::standard_input && !input) {
      input = content;
      words = words + Words{planted.option, "-"};
    } else {
      words = words + Words{planted.option, file};
    }
  }
  Command command;
  command.program = "/bin/sh";
  command.arguments = Words{"-c", "exec \"$0\" \"$@\"" + redirections, BULKDROP_BINARY, "drop"} + words;
  command.environment = environment;
  command.input = input;
  command.directory = here.path();
  return command;
}

std::string of_process(const Process& process, const std::string& file) {
  return slurp("/proc/" + std::to_string(process.pid()) + "/" + file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(no_secret_is_found_anywhere_but_where_it_was_put) {
  for (const Way& way : ways()) {
    for (const Source source :
         {Source::file, Source::standard_input, Source::descriptor, Source::systemd, Source::environment}) {
      BOOST_TEST_CONTEXT(way.secrets.front().option << " from source " << static_cast<int>(source)) {
        const TempDir here;
        const TempDir secrets;
        put(here, "ids.txt", made_up_id(1) + "\n" + made_up_id(2) + "\n");
        Server server;
        Command command = planted(here, secrets, way, source,
                                  {"--url", "http://127.0.0.2:9", "--yes", "-v", "--out", "run", "ids.txt"});
        if (source == Source::environment) {
          command.environment["BULKDROP_PROXY"] = server.proxy();
        } else if (source == Source::file) {
          command.arguments.push_back("--proxy=" + server.proxy());
        } else {
          command.arguments.insert(command.arguments.end(), {"--proxy", server.proxy()});
        }
        command.environment["MARK"] = "seen";
        Process process(command);
        BOOST_TEST_REQUIRE(server.wait_for_drop(process, way.arrives.size() > 1), process.err());
        const std::string environment = of_process(process, "environ");
        BOOST_TEST(has(environment, "MARK=seen"));
        check_clean(environment, "/proc/PID/environ");
        const std::string words = of_process(process, "cmdline");
        BOOST_TEST(has(words, "ids.txt"));
        check_clean(words, "/proc/PID/cmdline");
        server.let_go();
        const Finished finished = process.wait();
        BOOST_TEST(finished.exit_code == 0, finished.err);
        BOOST_TEST(has(finished.err, "drop_error"), finished.err);  // there is something to search
        check_clean(finished.out, "standard output");
        check_clean(finished.err, "standard error");
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(here.path())) {
          if (!entry.is_regular_file()) continue;
          ++files;
          check_clean(slurp(entry.path().string()), entry.path().string());
        }
        BOOST_TEST(files >= 5U);
        // What was planted was used.
        const std::string seen = server.seen() + std::string(kAccessToken);
        for (const std::string_view part : way.arrives) BOOST_TEST(has(seen, part), seen);
        BOOST_TEST(has(seen, kProxyHeader), seen);
        BOOST_TEST(!has(server.seen(), kConsumerSecret));
        BOOST_TEST(!has(server.seen(), kTokenSecret));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_none_is_refused_without_its_password) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "token", "t");
  const std::string password(kProxyPassword);
  for (const std::string& proxy :
       {"http://user:" + password + "@", "ftp://user:" + password + "@127.0.0.1:1",
        "http://user:" + password + "@127.0.0.1:99999", "http://user:" + password + " @127.0.0.1:1",
        "user:" + password + "@[::", "socks9://user:" + password + "@h"}) {
    const Finished finished = run(drop(here, {"--url", "https://pam.example", "--token-file", "token",
                                              "--yes", "--outage", "1s", "--proxy", proxy, "ids.txt"}));
    BOOST_TEST(finished.exit_code == 2, proxy << finished.err);
    BOOST_TEST(has(finished.err, "--proxy"), finished.err);
    check_clean(finished.err, "standard error");
  }
}

BOOST_AUTO_TEST_CASE(a_crash_leaves_no_core_file) {
  const TempDir here;
  const TempDir secrets;
  put(here, "ids.txt", made_up_id(1) + "\n");
  Server server;
  Command command =
      planted(here, secrets, ways()[1], Source::file,
              {"--url", "http://127.0.0.2:9", "--proxy", server.proxy(), "--yes", "--out", "run", "ids.txt"});
  command.arguments[1] = "ulimit -c unlimited 2>/dev/null; " + command.arguments[1];
  Process process(command);
  BOOST_TEST_REQUIRE(server.wait_for_drop(process, false), process.err());
  const std::string limits = of_process(process, "limits");
  const std::size_t at = limits.find("Max core file size");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  const std::string line = limits.substr(at, limits.find('\n', at) - at);
  BOOST_TEST(!has(line, "unlimited"), line);
  BOOST_TEST(line.find_first_of("123456789") == std::string::npos, line);
  process.signal(SIGABRT);
  const Finished finished = process.wait();
  server.let_go();
  BOOST_TEST(finished.signal == SIGABRT);
  BOOST_TEST(!finished.dumped_core);
  for (const auto& entry : std::filesystem::directory_iterator(here.path()))
    BOOST_TEST(!entry.path().filename().string().starts_with("core"), entry.path().string());
}

BOOST_AUTO_TEST_CASE(nobody_else_may_read_the_memory_of_the_process) {
  if (kSanitized) return;  // LeakSanitizer reads it
  const pid_t child = ::fork();
  if (child == 0) {
    cli::forbid_core_dumps();
    ::_exit(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  }
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

BOOST_AUTO_TEST_CASE(every_secret_that_cannot_be_used_is_refused_by_its_place_alone) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "good", "good");
  put(here, "empty", "\n");
  put(here, "long", std::string(20'000, 'x'));
  put(here, "lines", std::string(kBearerToken) + "\nmore\n");
  std::filesystem::create_directory(here.path("directory"));
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"empty", "empty"},        {"long", "16 KiB"},          {"lines", "one line"},
      {"directory", "irectory"}, {"missing", "No such file"}, {"/dev/fd/77", "Bad file descriptor"}};
  for (const Way& way : ways()) {
    for (const Planted& secret : way.secrets) {
      for (const auto& [file, why] : bad) {
        Words words =
            Words{"--url", "https://pam.example", "--yes", secret.option, file, "ids.txt"} + way.words;
        for (const Planted& other : way.secrets)
          if (other.option != secret.option) words = words + Words{other.option, "good"};
        const Finished finished = run(drop(here, words));
        BOOST_TEST(finished.exit_code == 2, secret.option << " " << file);
        BOOST_TEST(has(finished.err, file), finished.err);
        BOOST_TEST(has(finished.err, why), finished.err);
        check_clean(finished.err, "standard error");
      }
      Words words = Words{"--url", "https://pam.example", "--yes", "ids.txt"} + way.words;
      for (const Planted& other : way.secrets)
        if (other.option != secret.option) words = words + Words{other.option, "good"};
      Command command = drop(here, words);
      command.environment = {{secret.variable, std::string(secret.secret) + "\nmore"}};
      const Finished finished = run(command);
      BOOST_TEST(finished.exit_code == 2);
      BOOST_TEST(has(finished.err, secret.variable), finished.err);
      check_clean(finished.err, "standard error");
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(here.path()))
    BOOST_TEST(!entry.path().filename().string().starts_with("bulkdrop-"), entry.path().string());
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_read_is_warned_of_once) {
  const Sandbox sandbox(5);
  const TempDir here;
  namespace fs = std::filesystem;
  std::size_t number = 0;
  const auto err_of = [&](unsigned int mode, const Words& before = {}) {
    fs::permissions(sandbox.token_file(), static_cast<fs::perms>(mode));
    const Finished finished =
        run(drop(here, before + at(sandbox) +
                           Words{"--yes", "--out", "run" + std::to_string(++number), sandbox.export_file()}));
    return undated(finished.err);
  };
  const std::string token = sandbox.token_file();
  BOOST_TEST(err_of(0600) == "");
  BOOST_TEST(err_of(0640) == "");  // a group that shares it
  BOOST_TEST(err_of(0644) ==
             "bulkdrop: warning: " + token + " can be read by others (mode 0644): chmod 600 " + token + "\n");
  BOOST_TEST(err_of(0620) == "bulkdrop: warning: " + token +
                                 " can be written by others (mode 0620): chmod 600 " + token + "\n");
  BOOST_TEST(has(err_of(0666), "can be read and written by others (mode 0666)"));
  BOOST_TEST(err_of(0644, {"-q"}) == "");
  fs::permissions(token, static_cast<fs::perms>(0644));
  for (const char* command : {"list", "check"})
    BOOST_TEST(has(undated(run(bulkdrop(here, Words{command} + at(sandbox))).err), " can be read by others"),
               command);
  // What somebody else handed over, he has looked after.
  Command handed = drop(here, {"--url", sandbox.url(), "--token-file", "/dev/stdin", "--yes", "--out",
                               "handed", sandbox.export_file()});
  handed.input = slurp(token);
  BOOST_TEST(!has(run(handed).err, "warning"));
}

BOOST_AUTO_TEST_CASE(so_is_the_key_of_a_client_certificate) {
  const Sandbox sandbox(5);
  const TempDir here;
  namespace fs = std::filesystem;
  const std::string key = "-----BEGIN PRIVATE KEY-----\n";
  put(here, "key.pem", key);
  put(here, "cert.pem", "-----BEGIN CERTIFICATE-----\n");
  put(here, "both.pem", "-----BEGIN CERTIFICATE-----\n" + key);
  fs::permissions(sandbox.token_file(), fs::perms(0600));
  for (const char* file : {"key.pem", "cert.pem", "both.pem"})
    fs::permissions(here.path(file), fs::perms(0644));
  const auto err_of = [&](const Words& words) {
    return undated(run(bulkdrop(here, words + Words{"-v"})).err);
  };
  const auto warning = [](const std::string& file) {
    return "bulkdrop: warning: " + file + " can be read by others (mode 0644): chmod 600 " + file + "\n";
  };
  const Words keys = {"--cert", "cert.pem", "--key", "key.pem"};
  std::size_t number = 0;
  for (const Words& command :
       {Words{"list"}, Words{"check"}, Words{"drop", "--yes", "--out", "run", sandbox.export_file()}}) {
    ++number;
    const std::string err = err_of(command + at(sandbox) + keys);
    BOOST_TEST(has(err, warning("key.pem")), err);
    BOOST_TEST(!has(err, "cert.pem"), err);  // everybody may read that
  }
  BOOST_TEST(number == 3U);
  for (const Words& command :
       {Words{"verify", "run"}, Words{"resume", "run", "--yes", "--retry", "failed"}}) {
    const std::string err = err_of(command + Words{"--token-file", sandbox.token_file()} + keys);
    if (command.front() == "verify") BOOST_TEST(has(err, warning("key.pem")), err);
  }
  const std::string of_both = err_of(Words{"list"} + at(sandbox) + Words{"--cert", "both.pem"});
  BOOST_TEST(has(of_both, warning("both.pem")), of_both);
  fs::permissions(here.path("key.pem"), fs::perms(0600));
  BOOST_TEST(!has(err_of(Words{"list"} + at(sandbox) + keys), "warning"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
