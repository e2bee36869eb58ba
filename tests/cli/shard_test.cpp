// `--shard I/N` and the merged report: several processes share an input, and what they did is told as one
// run.
#include <csignal>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <utility>

#include "cli/stopped_run.hpp"
#include <unistd.h>

namespace bulkdrop::test {
namespace {

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// An export, and a list beside it with sessions of the export in another spelling, sessions that nobody has,
// rows without an ID, and two that are protected.
void write_inputs(const TempDir& here, const Sandbox& sandbox) {
  put(here, "export.csv", slurp(sandbox.export_file()));
  const auto ids = ids_of(sandbox);
  std::string more = "# more\n";
  for (std::size_t i = 0; i < ids.size(); i += 7) more += upper(ids[i]) + "\n";
  for (std::uint64_t i = 0; i < 9; ++i) more += made_up_id(i) + "\nno ID " + std::to_string(i) + "\n";
  put(here, "more.txt", more + upper(made_up_id(3)) + "\n");
  put(here, "keep.txt", upper(ids[1]) + "\n" + ids[4] + "\n");
}

Words part(std::size_t index, std::size_t count) {
  return {"--shard", std::to_string(index) + "/" + std::to_string(count)};
}

const Words kInputs = {"--protect", "keep.txt", "export.csv", "more.txt"};

Command shard(const TempDir& here, const Sandbox& sandbox, std::size_t index, std::size_t count,
              const Words& words) {
  return drop(here, at(sandbox) + Words{"--yes", "--out", "shard-" + std::to_string(index)} +
                        part(index, count) + words);
}

Finished run_shard(const TempDir& here, const Sandbox& sandbox, std::size_t index, std::size_t count,
                   const Words& words = kInputs) {
  return run(shard(here, sandbox, index, count, words));
}

Words shard_directories(std::size_t count) {
  Words directories;
  for (std::size_t index = count; index > 0; --index) directories.push_back("shard-" + std::to_string(index));
  return directories;
}

Finished merge(const TempDir& here, const Words& directories, const std::string& out = "merged") {
  return run(bulkdrop(here, Words{"report"} + directories + Words{"--out", out}));
}

// Without what differs from run to run: run ids, times, and how long things took.
std::string timeless(std::string text) {
  for (const auto& [what, instead] : std::vector<std::pair<const char*, const char*>>{
           {R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)", "T"},
           {R"(,T,T,\d+\r\n)", ",T,T,D\r\n"},
           {R"("duration_ms":\d+)", "\"duration_ms\":D"},
           {R"re("(duration_s|run_id|p50|p90|p99|max|first|last)": [^,\n]+)re", "\"$1\": D"},
           {R"re("run_directory": "[^"]+")re", "\"run_directory\": R"}})
    text = std::regex_replace(text, std::regex(what), instead);
  return text;
}

void check_reports_equal(const TempDir& here, const std::string& merged, const std::string& single) {
  for (const char* name : {"sessions.csv", "sessions.jsonl", "failed.csv", "summary.json"})
    BOOST_TEST(
        timeless(slurp(here.path(merged + "/" + name))) == timeless(slurp(here.path(single + "/" + name))),
        name);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sharding)

BOOST_AUTO_TEST_CASE(n_shards_ask_for_each_session_once_and_their_merged_report_is_that_of_one_run) {
  for (const std::size_t count : {1U, 2U, 3U, 7U}) {
    const Sandbox one(60, {"--seed", "5"});
    const Sandbox other(60, {"--seed", "5"});
    const TempDir here;
    write_inputs(here, one);
    const Finished single = run(drop(here, at(one) + Words{"--yes", "--out", "single"} + kInputs));
    std::size_t rows = 0;
    for (std::size_t index = 1; index <= count; ++index) {
      const Finished finished = run_shard(here, other, index, count);
      BOOST_TEST(finished.exit_code <= 1, finished.err);
      const RunDirectory run(here.path("shard-" + std::to_string(index)));
      check_accounts(run, finished);
      rows += run.rows().size();
    }
    BOOST_TEST(rows == RunDirectory(here.path("single")).rows().size());
    // The server of the shards has another port and another file with its token, which is all that is
    // different.
    for (std::size_t index = 1; index <= count; ++index) {
      const std::string file = "shard-" + std::to_string(index) + "/run.json";
      const std::string text = std::regex_replace(slurp(here.path(file)), std::regex(other.url()), one.url());
      put(here, file, std::regex_replace(text, std::regex(other.token_file()), one.token_file()));
    }
    const Finished merged = merge(here, shard_directories(count));
    BOOST_TEST(merged.exit_code == single.exit_code, merged.err);
    check_reports_equal(here, "merged", "single");
    const auto asked = one.ledger();
    const auto by_shards = other.ledger();
    BOOST_TEST(asked.size() == by_shards.size());
    for (const auto& [id, entry] : by_shards) {
      BOOST_TEST(asked.contains(id), id);
      BOOST_TEST(entry.ended <= 1, id);
      BOOST_TEST(entry.answers.size() == asked.at(id).answers.size(), id);
    }
    BOOST_TEST(mode_of(here.path("merged")) == 0700U);
    BOOST_TEST(mode_of(here.path("merged/sessions.csv")) == 0600U);
  }
}

// What a stream has not come to yet, nobody knows; once it was taken up again and read to its end, all is
// known.
BOOST_AUTO_TEST_CASE(a_shard_of_a_stream_that_was_stopped_can_be_merged_after_it_was_taken_up_again) {
  for (const int signal : {SIGINT, SIGKILL}) {
    const Sandbox sandbox(120, kRoomy);
    const TempDir here;
    const Words streamed = {"--stream", sandbox.export_file()};
    ended_by(signal, shard(here, sandbox, 1, 2, kSlowly + streamed), sandbox, 5);
    static_cast<void>(run_shard(here, sandbox, 2, 2, kQuickly + streamed));
    if (signal == SIGKILL) BOOST_TEST(merge(here, shard_directories(2), "early").exit_code == 2);
    const Finished resumed = run(resume(here, sandbox, kQuickly, "shard-1"));
    BOOST_TEST(resumed.exit_code <= 1, resumed.err);
    const Finished merged = merge(here, shard_directories(2));
    BOOST_TEST(merged.exit_code == resumed.exit_code, merged.err);
    const RunDirectory run(here.path("merged"));
    BOOST_TEST(run.rows().size() == 120U);
    check_accounts(run, merged);
    const Finished again = report(here, "shard-1");
    BOOST_TEST(again.exit_code == resumed.exit_code, again.err);
  }
}

BOOST_AUTO_TEST_CASE(the_merged_report_of_shards_of_standard_input_needs_no_file) {
  const Sandbox sandbox(30);
  const TempDir here;
  for (std::size_t index = 1; index <= 3; ++index) {
    Command command = drop(here, at(sandbox) + part(index, 3) +
                                     Words{"--yes", "--stream", "--out", "shard-" + std::to_string(index)});
    command.input = slurp(sandbox.export_file());
    BOOST_TEST(run(command).exit_code == 0);
  }
  const Finished merged = merge(here, shard_directories(3));
  BOOST_TEST(merged.exit_code == 0, merged.err);
  const RunDirectory run(here.path("merged"));
  check_accounts(run, merged);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 30U);
  BOOST_TEST(sandbox.requests() == 30U);
}

BOOST_AUTO_TEST_CASE(the_same_shards_give_the_same_report_each_time) {
  const Sandbox sandbox(20, {"--faults", "throttle=every:7"});
  const TempDir here;
  write_inputs(here, sandbox);
  for (std::size_t index = 1; index <= 2; ++index) run_shard(here, sandbox, index, 2);
  // Page and summary have the directory's own name in them.
  for (const char* place : {"a", "b"}) std::filesystem::create_directory(here.path(place));
  merge(here, {"shard-1", "shard-2"}, "a/merged");
  merge(here, {"shard-2/", "./shard-1"}, "b/merged");
  for (const std::string name :
       {"sessions.csv", "sessions.jsonl", "failed.csv", "report.html", "summary.json"})
    BOOST_TEST(
        slurp(here.path("a/merged/" + name)) ==
            std::regex_replace(slurp(here.path("b/merged/" + name)), std::regex("b/merged"), "a/merged"),
        name);
  const std::string page = slurp(here.path("a/merged/report.html"));
  for (const char* part : {"Merged from 2 runs:", "shard 1/2: run ", "shard 2/2: run "})
    BOOST_TEST(has(page, part), part);
  BOOST_TEST(has(page, " in " + here.path("shard-2")), page);
  BOOST_TEST(!has(page, "journal.jsonl what happened"));
  BOOST_TEST(has(page, "<span>cd " + here.path() + " &amp;&amp; bulkdrop drop</span>"), page);
}

BOOST_AUTO_TEST_CASE(a_dry_run_and_the_limits_are_about_the_shard) {
  const Sandbox sandbox(60);
  const TempDir here;
  write_inputs(here, sandbox);
  std::uint64_t sum = 0;
  for (std::size_t index = 1; index <= 3; ++index) {
    const Finished text = run(drop(here, Words{"--dry-run"} + part(index, 3) + kInputs));
    BOOST_TEST(has(text.out, "shard        " + std::to_string(index) + " of 3"), text.out);
    BOOST_TEST(has(text.out, "60 rows"), text.out);  // of the export, as it is
    const Finished json = run(drop(here, Words{"--dry-run", "--json"} + part(index, 3) + kInputs));
    const Json plan(json.out);
    BOOST_TEST(plan.text("/shard") == std::to_string(index) + "/3");
    const std::uint64_t to_drop = plan.number("/to_drop");
    sum += to_drop;
    const auto limited = [&](std::uint64_t most) {
      return run(drop(here,
                      Words{"--dry-run", "--max-sessions", std::to_string(most)} + part(index, 3) + kInputs))
          .exit_code;
    };
    BOOST_TEST(limited(to_drop) == 0);
    BOOST_TEST(limited(to_drop - 1) == 5);
  }
  BOOST_TEST(sum == 60U - 2U + 9U);
  const Finished whole = run(drop(here, Words{"--dry-run", "--json"} + kInputs));
  BOOST_TEST(has(whole.out, "\"shard\":null"), whole.out);
}

BOOST_AUTO_TEST_CASE(what_is_no_part_is_refused) {
  const TempDir here;
  put(here, "ids.txt", made_up_id(1) + "\n");
  for (const char* bad : {"0/3", "4/3", "x", "1/0", "1", "1/65537"}) {
    const Finished finished = run(drop(here, {"--dry-run", "--shard", bad, "ids.txt"}));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, "--shard"), finished.err);
    BOOST_TEST(has(finished.err, "I/N"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(a_shard_is_taken_up_again_and_reported_as_the_shard_that_it_is) {
  const Sandbox sandbox(200, kRoomy);
  const TempDir here;
  write_inputs(here, sandbox);
  ended_by(SIGINT, shard(here, sandbox, 1, 2, kSlowly + kInputs), sandbox, 8);
  run_shard(here, sandbox, 2, 2, kQuickly + kInputs);
  // Merged as it stands: stopped, with a command for the shard that is not over.
  const Finished stopped = merge(here, {"shard-1", "shard-2"}, "stopped");
  BOOST_TEST(stopped.exit_code == 130, stopped.err);
  const RunDirectory before(here.path("stopped"));
  check_accounts(before, stopped);
  BOOST_TEST(before.text("/stopped_by") == "signal");
  BOOST_TEST(before.count("unsent") > 0U);
  BOOST_TEST(has(stopped.out, "shard 1/2"), stopped.out);
  BOOST_TEST(has(stopped.out, "bulkdrop resume shard-1"), stopped.out);
  BOOST_TEST(!has(stopped.out, "bulkdrop resume shard-2"), stopped.out);
  const Finished resumed = run(resume(here, sandbox, kQuickly, "shard-1"));
  BOOST_TEST(resumed.exit_code == 1, resumed.err);
  const std::string sessions = slurp(here.path("shard-1/sessions.csv"));
  BOOST_TEST(report(here, "shard-1").exit_code == 1);
  BOOST_TEST(slurp(here.path("shard-1/sessions.csv")) == sessions);
  const Finished merged = merge(here, {"shard-1", "shard-2"});
  BOOST_TEST(merged.exit_code == 1, merged.err);
  const RunDirectory run(here.path("merged"));
  check_accounts(run, merged);
  check_against_ledger(run, sandbox);
  BOOST_TEST(run.count("dropped") == 198U);
  BOOST_TEST(run.count("failed") == 9U);
  BOOST_TEST(run.text("/stopped_by") == "null");
}

BOOST_AUTO_TEST_CASE(a_killed_shard_makes_the_merged_report_say_that_it_was_cut_off) {
  const Sandbox sandbox(200, kRoomy);
  const TempDir here;
  write_inputs(here, sandbox);
  ended_by(SIGKILL, shard(here, sandbox, 2, 2, kSlowly + kInputs), sandbox, 8);
  run_shard(here, sandbox, 1, 2, kQuickly + kInputs);
  const Finished merged = merge(here, {"shard-1", "shard-2"});
  BOOST_TEST(merged.exit_code == 1, merged.err);
  BOOST_TEST(has(merged.out, "cut off"), merged.out);
  BOOST_TEST(has(merged.out, "bulkdrop resume shard-2"), merged.out);
  const RunDirectory run(here.path("merged"));
  BOOST_TEST(run.count("unsent") + run.count("unknown") > 0U);
  const auto ledger = sandbox.ledger();
  for (const SessionRow& row : run.rows()) {
    const auto entry = ledger.find(row.session_id);
    const bool ended = entry != ledger.end() && entry->second.ended == 1;
    if (row.status == "dropped") BOOST_TEST(ended, row.session_id);
    if (ended) BOOST_TEST((row.status == "dropped" || row.status == "unknown"), row.session_id);
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_one_whole_job_is_not_merged) {
  const Sandbox sandbox(40);
  const TempDir here;
  write_inputs(here, sandbox);
  for (std::size_t index = 1; index <= 3; ++index) run_shard(here, sandbox, index, 3);
  const auto shard = [&](const std::string& out, const Words& words) {
    BOOST_TEST(
        run(drop(here, at(sandbox) + Words{"--yes", "--canary", "0", "--out", out} + words)).exit_code <= 1);
  };
  shard("again-1", part(1, 3) + kInputs);
  shard("quarter", part(2, 4) + kInputs);
  shard("whole", kInputs);
  shard("less", part(2, 3) + Words{"--protect", "keep.txt", "export.csv"});
  shard("unprotected", part(2, 3) + Words{"export.csv", "more.txt"});
  const auto refused = [&](const Words& directories, std::string_view says) {
    const Finished finished = merge(here, directories);
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, says), finished.err);
    BOOST_TEST(!std::filesystem::exists(here.path("merged")));
  };
  refused({"shard-1", "shard-3"}, "shard 2 of 3 is missing");
  refused({"shard-2"}, "shards 1, 3 of 3 are missing");
  refused({"shard-1", "shard-2", "shard-3", "again-1"}, "are both shard 1/3");
  refused({"shard-1", "shard-2", "./shard-1/"}, "named twice");
  refused({"shard-1", "quarter"}, "shard 2/4: they are not of one job");
  refused({"shard-1", "whole"}, "whole is no shard");
  refused({"shard-1", "less"}, "had other inputs");
  refused({"shard-1", "unprotected"}, "--protect");
  refused({"shard-1", "nowhere"}, "nowhere");
  refused({}, "RUN_DIR");
  const Words all = {"report", "shard-1", "shard-2", "shard-3"};
  Finished finished = run(bulkdrop(here, all));
  BOOST_TEST(finished.exit_code == 2);
  BOOST_TEST(has(finished.err, "--out DIR"), finished.err);
  finished = run(bulkdrop(here, all + Words{"--out", "shard-1"}));
  BOOST_TEST(finished.exit_code == 2);
  BOOST_TEST(has(finished.err, "not empty"), finished.err);
  // A list that protects another session since: nothing of the merge is left behind.
  put(here, "keep.txt", ids_of(sandbox)[2] + "\n");
  finished = merge(here, {"shard-1", "shard-2", "shard-3"});
  BOOST_TEST(finished.exit_code == 3, finished.err);
  BOOST_TEST(has(finished.err, "keep.txt: has other content"), finished.err);
  BOOST_TEST(!std::filesystem::exists(here.path("merged")));
  put(here, "export.csv", slurp(here.path("export.csv")) + "\n");
  finished = merge(here, {"shard-1", "shard-2", "shard-3"});
  BOOST_TEST(finished.exit_code == 3, finished.err);
  BOOST_TEST(has(finished.err, "export.csv"), finished.err);
}

BOOST_AUTO_TEST_CASE(a_merged_report_is_no_run) {
  const Sandbox sandbox(5);
  const TempDir here;
  run(drop(here, at(sandbox) + Words{"--yes", "--out", "whole", sandbox.export_file()}));
  BOOST_TEST(merge(here, {"whole"}).exit_code == 0);  // the only part of one
  for (const char* command : {"resume", "report", "verify"}) {
    Words words = {command, "merged"};
    if (words.front() != "report") words = words + at(sandbox);
    const Finished finished = run(bulkdrop(here, words));
    BOOST_TEST(finished.exit_code == 2, finished.err);
    BOOST_TEST(has(finished.err, "merged report"), finished.err);
    BOOST_TEST(has(finished.err, "merged/merged.json"), finished.err);
  }
}

BOOST_AUTO_TEST_CASE(what_the_list_said_of_the_shards_adds_up) {
  const Sandbox sandbox(40);
  const TempDir here;
  write_inputs(here, sandbox);
  for (std::size_t index = 1; index <= 2; ++index)
    run_shard(here, sandbox, index, 2, Words{"--verify"} + kInputs);
  const Finished merged = merge(here, {"shard-1", "shard-2"});
  const RunDirectory run(here.path("merged"));
  check_accounts(run, merged);
  const std::uint64_t held = run.number("/verified/ended") + run.number("/verified/still_alive") +
                             run.number("/verified/not_listed");
  BOOST_TEST(held == 38U + 9U);
  BOOST_TEST(run.number("/verified/listed") == 40U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
