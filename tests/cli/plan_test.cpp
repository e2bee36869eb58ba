// `--save-plan` and `--plan`: one person writes down what is to be done, another one does just that.
#include <filesystem>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"

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
  BOOST_TEST(mode_of(night.here.path("night.plan")) == 0600U);
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
  check_refused(run(drop(here, planned(sandbox))), 3, "a protect list changed", sandbox, here);
  put(here, "keep.txt", made_up_id(9) + "\n");
  check_refused(run(drop(here, planned(sandbox))), 3, "3 sessions to drop instead of 3 with 2", sandbox,
                here);
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
