// samples/: the scripts that run the shards of a job, with the variables that their schedulers set.
#include <csignal>
#include <filesystem>
#include <map>
#include <utility>

#include "cli/stopped_run.hpp"
#include <unistd.h>

namespace bulkdrop::test {
namespace {

const std::string kSamples = BULKDROP_SAMPLES;

Command script(const TempDir& here, const Sandbox& sandbox, const std::string& name,
               const std::map<std::string, std::string>& variables, const Words& words) {
  Command command;
  command.program = "/bin/bash";
  command.arguments = Words{kSamples + "/" + name} + words;
  command.directory = here.path();
  command.environment = {{"BULKDROP", BULKDROP_BINARY},
                         {"BULKDROP_URL", sandbox.url()},
                         {"BULKDROP_TOKEN_FILE", sandbox.token_file()},
                         {"RUNS", here.path("runs")}};
  for (const auto& [variable, value] : variables) command.environment[variable] = value;
  return command;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shard_samples)

BOOST_AUTO_TEST_CASE(parallel_runs_all_shards_and_merges_them) {
  const Sandbox sandbox(90);
  const TempDir here;
  put(here, "it's {} {40} an export.csv", slurp(sandbox.export_file()));
  const auto parallel = [&](const std::map<std::string, std::string>& variables) {
    return run(script(here, sandbox, "shard-parallel.sh", variables,
                      {"--reason", "two  words", "it's {} {40} an export.csv"}));
  };
  std::map<std::string, std::string> variables = {{"SHARDS", "3"}, {"CONCURRENCY", "6"}, {"RATE", "3000"}};
  Finished finished = parallel(variables);
  BOOST_TEST(finished.exit_code == 2, finished.err);
  BOOST_TEST(has(finished.err, "90 sessions would be dropped"), finished.err);
  BOOST_TEST(sandbox.requests() == 0U);
  variables["COUNT"] = "90";
  finished = parallel(variables);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory merged(here.path("runs/merged"));
  check_accounts(merged, finished);
  check_against_ledger(merged, sandbox);
  BOOST_TEST(merged.count("dropped") == 90U);
  BOOST_TEST(merged.text("/reason") == "two  words");
  for (const char* shard : {"runs/shard-1", "runs/shard-2", "runs/shard-3"}) {
    const std::string asked = slurp(here.path(std::string(shard) + "/run.json"));
    BOOST_TEST(has(asked, "\"concurrency\": \"2\""), asked);
    BOOST_TEST(has(asked, "\"rate\": \"1000.000000\""), asked);
  }
  // Once more: nothing is left to be done, and the report is made again.
  finished = parallel(variables);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(sandbox.requests() == 90U);
}

BOOST_AUTO_TEST_CASE(parallel_asks_unless_it_goes_on_with_the_very_same_job) {
  const Sandbox sandbox(20);
  const TempDir here;
  const std::string all = slurp(sandbox.export_file());
  put(here, "export.csv", all);
  put(here, "other.csv", all.substr(0, all.rfind("\n", all.size() - 2) + 1));
  const auto parallel = [&](const std::map<std::string, std::string>& variables, const char* input) {
    return run(script(here, sandbox, "shard-parallel.sh", variables, {input}));
  };
  // One shard has begun and the other one has not: the job was confirmed before.
  BOOST_TEST(parallel({{"SHARDS", "2"}, {"COUNT", "20"}}, "export.csv").exit_code == 0);
  const std::size_t sent = sandbox.requests();
  BOOST_TEST(sent == 20U);
  std::filesystem::remove_all(here.path("runs/shard-2"));
  for (const auto& [variables, input] : {std::pair<std::map<std::string, std::string>, const char*>{
                                             {{"SHARDS", "2"}, {"COUNT", "20"}}, "other.csv"},
                                         {{{"SHARDS", "3"}, {"COUNT", "20"}}, "export.csv"}}) {
    const Finished refused = parallel(variables, input);
    BOOST_TEST(refused.exit_code == 2, refused.err);
    BOOST_TEST(has(refused.err, "that of another job"), refused.err);
    BOOST_TEST(has(refused.err, "give another directory as RUNS"), refused.err);
    BOOST_TEST(sandbox.requests() == sent);
    BOOST_TEST(std::filesystem::exists(here.path("runs/merged/merged.json")));
  }
  const Finished same = parallel({{"SHARDS", "2"}}, "export.csv");
  BOOST_TEST(!has(same.err, "COUNT is not set"), same.err);
  BOOST_TEST(sandbox.requests() > sent);
}

BOOST_AUTO_TEST_CASE(a_shard_of_another_job_is_neither_begun_nor_taken_for_this_one) {
  const Sandbox sandbox(20);
  const TempDir here;
  std::filesystem::create_directory(here.path("runs"));
  const std::string all = slurp(sandbox.export_file());
  put(here, "export.csv", all);
  put(here, "other.csv", all.substr(0, all.rfind("\n", all.size() - 2) + 1));
  const auto shard = [&](const char* shards, const char* number, const char* input) {
    return run(script(here, sandbox, "shard.sh", {{"SHARDS", shards}, {"SHARD", number}}, {input}));
  };
  BOOST_TEST(shard("2", "none", "export.csv").exit_code == 1);
  BOOST_TEST(shard("2", "1", "export.csv").exit_code == 0);
  BOOST_TEST(shard("2", "none", "export.csv").exit_code == 0);
  const std::size_t sent = sandbox.requests();
  for (const char* number : {"1", "2", "none"}) {
    BOOST_TEST(shard("2", number, "other.csv").exit_code == 2);
    BOOST_TEST(shard("3", number, "export.csv").exit_code == 2);
  }
  std::filesystem::remove(here.path("runs/job"));
  const Finished unknown = shard("2", "2", "export.csv");
  BOOST_TEST(unknown.exit_code == 2);
  BOOST_TEST(has(unknown.err, "nothing says of which job"), unknown.err);
  BOOST_TEST(sandbox.requests() == sent);
  BOOST_TEST(std::filesystem::is_empty(here.path("runs/.plan")));
}

BOOST_AUTO_TEST_CASE(parallel_goes_on_where_it_was_stopped) {
  const Sandbox sandbox(120, kRoomy);
  const TempDir here;
  put(here, "export.csv", slurp(sandbox.export_file()));
  const Command command = script(here, sandbox, "shard-parallel.sh",
                                 {{"SHARDS", "2"}, {"CONCURRENCY", "4"}, {"COUNT", "120"}}, {"export.csv"});
  {
    Process process(command);
    BOOST_TEST_REQUIRE(asked(sandbox, 6), process.err());
    ::kill(-process.pid(), SIGINT);  // as a terminal does: its whole group
    const Finished stopped = process.wait();
    BOOST_TEST(stopped.exit_code != 0, stopped.err);
    BOOST_TEST(sandbox.requests() < 120U);
  }
  const Finished finished = run(command);
  BOOST_TEST(finished.exit_code == 0, finished.err);
  const RunDirectory merged(here.path("runs/merged"));
  check_against_ledger(merged, sandbox);
  BOOST_TEST(merged.count("dropped") == 120U);
  BOOST_TEST(sandbox.requests() == 120U);  // requests in flight were waited for
}

BOOST_AUTO_TEST_CASE(a_pod_of_an_indexed_job_does_its_shard_and_goes_on_where_one_before_it_stopped) {
  const Sandbox sandbox(120, kRoomy);
  const TempDir here;
  std::filesystem::create_directory(here.path("runs"));
  put(here, "export.csv", slurp(sandbox.export_file()));
  put(here, "bulkdrop.toml", "url = \"" + sandbox.url() + "\"\n");
  const auto pod = [&](const char* index, const char* concurrency) {
    return script(here, sandbox, "shard.sh",
                  {{"SHARDS", "2"},
                   {"JOB_COMPLETION_INDEX", index},
                   {"CONCURRENCY", concurrency},
                   {"BULKDROP_CONFIG", here.path("bulkdrop.toml")}},
                  {"export.csv"});
  };
  ended_by(SIGTERM, pod("0", "2"), sandbox, 4);
  BOOST_TEST(run(pod("0", "32")).exit_code == 0);
  BOOST_TEST(run(pod("1", "32")).exit_code == 0);
  BOOST_TEST(sandbox.requests() == 120U);
  const Finished merged =
      run(bulkdrop(here, {"report", "runs/shard-1/", "runs/shard-2/", "--out", "runs/merged"}));
  BOOST_TEST(merged.exit_code == 0, merged.err);
  BOOST_TEST(RunDirectory(here.path("runs/merged")).count("dropped") == 120U);
}

BOOST_AUTO_TEST_CASE(a_task_of_a_slurm_array_does_its_shard_also_when_it_is_requeued) {
  const Sandbox sandbox(20);
  const TempDir here;
  std::filesystem::create_directory(here.path("runs"));
  put(here, "export.csv", slurp(sandbox.export_file()));
  const auto task = [&](const char* id) {
    return run(
        script(here, sandbox, "slurm-array.sh",
               {{"SLURM_ARRAY_TASK_ID", id}, {"SLURM_ARRAY_TASK_COUNT", "2"}, {"SLURM_SUBMIT_DIR", kSamples}},
               {"export.csv"}));
  };
  for (const char* id : {"1", "2", "2"}) {
    const Finished finished = task(id);
    BOOST_TEST(finished.exit_code == 0, finished.err);
  }
  BOOST_TEST(sandbox.requests() == 20U);
  BOOST_TEST(std::filesystem::exists(here.path("runs/shard-2/summary.json")));
}

BOOST_AUTO_TEST_CASE(a_start_that_was_cut_off_before_anything_was_sent_is_begun_anew) {
  const Sandbox sandbox(10);
  const TempDir here;
  std::filesystem::create_directories(here.path("runs/shard-1"));
  put(here, "runs/shard-1/run.json", "{}");
  put(here, "export.csv", slurp(sandbox.export_file()));
  const Finished finished =
      run(script(here, sandbox, "shard.sh", {{"SHARDS", "1"}, {"SHARD", "1"}}, {"export.csv"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(RunDirectory(here.path("runs/shard-1")).count("dropped") == 10U);
}

BOOST_AUTO_TEST_CASE(a_shard_that_is_not_said_is_not_guessed) {
  const Sandbox sandbox(1);
  const TempDir here;
  std::filesystem::create_directory(here.path("runs"));
  using Variables = std::map<std::string, std::string>;
  for (const Variables& variables : {Variables{}, Variables{{"SHARDS", "2"}}, Variables{{"SHARD", "1"}},
                                     Variables{{"SHARDS", "2"}, {"SHARD", "x"}},
                                     Variables{{"SHARDS", "2"}, {"SHARD", "1"}, {"RUNS", "/nowhere"}}}) {
    const Finished finished = run(script(here, sandbox, "shard.sh", variables, {sandbox.export_file()}));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, "shard.sh: "), finished.err);
  }
  BOOST_TEST(sandbox.requests() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
