// `--save-plan` and `--plan`: one person writes down what is to be done, another one does just that.
#include <filesystem>
#include <utility>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"
#include <sys/stat.h>

namespace bulkdrop::test {
namespace {

constexpr std::size_t kSessions = 6;

Finished plan(const TempDir& here, const Sandbox& sandbox, const Words& words = {},
              const std::string& input = "") {
  Command command =
      drop(here, Words{"--dry-run", "--save-plan", "night.plan", "--url", sandbox.url()} + words);
  command.input = input;
  return run(command);
}

Words planned(const Sandbox& sandbox, const Words& words = {}) {
  return Words{"--plan", "night.plan", "--yes", "--token-file", sandbox.token_file(), "--out", "run"} + words;
}

// Refused with that exit code and those words, and nobody was asked anything.
void check_refused(const Finished& finished, int exit_code, const std::string& why, const Sandbox& sandbox,
                   const TempDir& here) {
  BOOST_TEST_CONTEXT(why) {
    BOOST_TEST(finished.exit_code == exit_code, finished.err);
    BOOST_TEST(has(finished.err, why), finished.err);
    BOOST_TEST(sandbox.requests() == 0U);
    BOOST_TEST(!std::filesystem::exists(here.path("run")));
  }
}

// An export, a list of what is to be kept, and a plan for both.
class Night {
 public:
  Night() : sandbox(kSessions) {
    put(here, "export.csv", slurp(sandbox.export_file()));
    put(here, "keep.txt", made_up_id(1) + "\n");
    const Finished made = plan(here, sandbox, {"--protect", "keep.txt", "--rate", "500", "export.csv"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.err);
  }
  Sandbox sandbox;
  TempDir here;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(plans)

BOOST_AUTO_TEST_CASE(a_plan_is_made_without_a_connection_and_done_as_it_stands) {
  const Night night;
  BOOST_TEST(night.sandbox.requests() == 0U);
  const Finished finished = run(drop(night.here, planned(night.sandbox)));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory record(night.here.path("run"));
  check_accounts(record, finished);
  BOOST_TEST(record.count("dropped") == kSessions);
  const std::string asked = slurp(record.file("run.json"));
  for (const char* what : {R"("rate": "500")", R"("protect": "keep.txt")", R"("plan": "night.plan")"})
    BOOST_TEST(has(asked, what), asked);
}

BOOST_AUTO_TEST_CASE(the_dry_run_tells_how_the_plan_is_done) {
  const Sandbox sandbox(3);
  const TempDir here;
  const Finished made = run(drop(
      here, {"--dry-run", "--save-plan", "the night's plan", "--url", sandbox.url(), sandbox.export_file()}));
  BOOST_TEST(made.exit_code == 0, made.err);
  BOOST_TEST(has(made.out, R"(bulkdrop drop --plan 'the night'\''s plan')"), made.out);
}

BOOST_AUTO_TEST_CASE(what_is_said_again_must_be_what_was_planned) {
  const Night night;
  const Finished finished = run(drop(
      night.here, planned(night.sandbox, {"--rate", "500", "--url", night.sandbox.url(), "export.csv"})));
  BOOST_TEST(finished.exit_code == 0, finished.err);
}

BOOST_AUTO_TEST_CASE(another_option_than_was_planned_is_refused) {
  const Night night;
  const auto refused = [&](const Words& words, const std::string& why) {
    check_refused(run(drop(night.here, planned(night.sandbox, words))), 2, why, night.sandbox, night.here);
  };
  refused({"--rate", "501"}, "--rate: the plan night.plan has 500");
  refused({"--concurrency", "8"}, "--concurrency: the plan night.plan says nothing of it");
  refused({"--url", "https://pam.example"}, "--url: the plan night.plan has " + night.sandbox.url());
  refused({"other.csv"},
          "other.csv: the plan night.plan names its input itself (export.csv); leave the file out");
  refused({"--protect", "other.txt"}, "--protect: the plan night.plan has keep.txt");
  Command command = drop(night.here, planned(night.sandbox));
  command.environment = {{"BULKDROP_ATTEMPTS", "9"}};
  check_refused(run(command), 2, "BULKDROP_ATTEMPTS: the plan night.plan says nothing of it", night.sandbox,
                night.here);
}

BOOST_AUTO_TEST_CASE(another_input_than_was_planned_is_refused) {
  const Night night;
  std::string changed = slurp(night.sandbox.export_file());
  changed.back() = ' ';  // as long as before, and the same sessions
  put(night.here, "export.csv", changed);
  check_refused(run(drop(night.here, planned(night.sandbox))), 3, "export.csv has other content",
                night.sandbox, night.here);
}

BOOST_AUTO_TEST_CASE(another_protect_list_than_was_planned_is_refused_even_if_it_protects_as_many) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n" + made_up_id(2) + "\n" + made_up_id(3) + "\n");
  put(here, "keep.txt", made_up_id(1) + "\n");
  BOOST_TEST(plan(here, sandbox, {"--protect", "keep.txt", "ids.txt"}).exit_code == 0);
  put(here, "keep.txt", made_up_id(2) + "\n");
  const auto refused = [&] {
    check_refused(run(drop(here, planned(sandbox))), 3, "protect list keep.txt has other content than it had",
                  sandbox, here);
  };
  refused();
  put(here, "keep.txt", made_up_id(9) + "\n");
  refused();
  // Neither changes what is dropped.
  put(here, "keep.txt", made_up_id(1) + "\n# hi\n");
  refused();
  put(here, "keep.txt", made_up_id(1) + "\n" + made_up_id(9) + "\n");
  refused();
}

BOOST_AUTO_TEST_CASE(whoever_acts_can_read_the_plan_of_whoever_decides_unless_the_umask_forbids_it) {
  for (const auto& [mask, mode] : {std::pair{0022U, 0644U}, {0027U, 0640U}, {0077U, 0600U}}) {
    const mode_t before = ::umask(mask);
    const Night night;
    ::umask(before);
    BOOST_TEST(mode_of(night.here.path("night.plan")) == mode, "umask " << mask);
  }
}

BOOST_AUTO_TEST_CASE(both_see_the_same_fingerprint_and_all_that_is_asked_for) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  put(here, "export.csv", slurp(sandbox.export_file()));
  const Finished made =
      plan(here, sandbox,
           {"--max-sessions", "500", "--max-failures", "5%", "--deadline", "30m", "--rate", "0.5",
            "--attempts", "2", "--canary", "3", "--watch", "10m", "--reason", "INC-7", "export.csv"});
  BOOST_TEST_REQUIRE(made.exit_code == 0, made.err);
  const std::string text = slurp(here.path("night.plan"));
  const std::string digest = text.substr(text.rfind("\"sha256\": \"") + 11, 16);
  const std::string fingerprint = digest.substr(0, 4) + " " + digest.substr(4, 4) + " " +
                                  digest.substr(8, 4) + " " + digest.substr(12, 4);
  const Finished shown = run(drop(here, {"--plan", "night.plan", "--dry-run"}));
  for (const std::string& out : {made.out, shown.out})
    for (const std::string& part :
         Words{"plan         night.plan, made ", "fingerprint  " + fingerprint + "\n", "reason       INC-7\n",
               "at most 500 sessions; stop after 5% of failures; no request after 30 min",
               "up to 32 requests at once, at most 0.5 a second; the first 3 go one at a time; at most 2 "
               "requests for one",
               "the session list, then 10 min 00 s of watching who comes back"})
      BOOST_TEST(has(out, part), part + " is not in " + out);
}

BOOST_AUTO_TEST_CASE(a_plan_that_was_changed_by_hand_is_refused_wherever_it_was) {
  const Night night;
  const std::string text = slurp(night.here.path("night.plan"));
  for (std::size_t i = 0; i < text.size(); i += 13) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    put(night.here, "night.plan", changed);
    const Finished refused = run(drop(night.here, planned(night.sandbox)));
    BOOST_TEST(refused.exit_code == 2, refused.err);
    BOOST_TEST(has(refused.err, "night.plan: "), refused.err);
  }
  put(night.here, "night.plan", text.substr(0, text.size() - 1));
  check_refused(run(drop(night.here, planned(night.sandbox))), 2, "was changed", night.sandbox, night.here);
  put(night.here, "night.plan", "IDs\n");
  check_refused(run(drop(night.here, planned(night.sandbox))), 2, "is not a plan", night.sandbox, night.here);
}

BOOST_AUTO_TEST_CASE(standard_input_is_given_again_and_must_be_the_same) {
  const Sandbox sandbox(kSessions);
  const TempDir here;
  const std::string ids = slurp(sandbox.export_file());
  BOOST_TEST(plan(here, sandbox, {}, ids).exit_code == 0);
  Command command = drop(here, planned(sandbox));
  command.input = ids + made_up_id(7) + "\n";
  check_refused(run(command), 3, "standard input has other content", sandbox, here);
  command.input = ids;
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(sandbox.requests() == kSessions);
}

BOOST_AUTO_TEST_CASE(a_plan_can_be_done_from_any_directory) {
  const Night night;
  const TempDir elsewhere;
  const Finished finished =
      run(drop(elsewhere, {"--plan", night.here.path("night.plan"), "--yes", "--token-file",
                           night.sandbox.token_file(), "--out", "run"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(RunDirectory(elsewhere.path("run")).count("dropped") == kSessions);
}

BOOST_AUTO_TEST_CASE(a_plan_does_not_answer_for_the_person) {
  const Night night;
  Words words = planned(night.sandbox);
  std::erase(words, "--yes");
  check_refused(run(drop(night.here, words)), 2, "nobody can be asked", night.sandbox, night.here);
  const Finished dry = run(drop(night.here, {"--plan", "night.plan", "--dry-run"}));
  BOOST_TEST(dry.exit_code == 0, dry.err);
  BOOST_TEST(has(dry.out, "6 sessions"), dry.out);
  BOOST_TEST(night.sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_CASE(what_can_t_be_planned_is_said) {
  const ListeningPort server;
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  put(here, "there", "something else");
  const Words url = {"--url", server.url(), "ids.txt"};
  const auto refused = [&](const Words& words, const std::string& why) {
    const Finished finished = run(drop(here, words));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, why), finished.err);
    BOOST_TEST(!std::filesystem::exists(here.path("new.plan")));
  };
  refused(Words{"--save-plan", "new.plan", "--yes", "--token-file", here.file("token", "t")} + url,
          "it goes with --dry-run");
  refused(Words{"--dry-run", "--stream", "--save-plan", "new.plan"} + url, "--stream");
  refused({"--dry-run", "--save-plan", "new.plan", "ids.txt"}, "give --url");
  refused(Words{"--dry-run", "--save-plan", "there"} + url, "is there already");
  refused(Words{"--plan", "missing.plan"} + url, "missing.plan");
  BOOST_TEST(slurp(here.path("there")) == "something else");
  BOOST_TEST(!server.was_called());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
