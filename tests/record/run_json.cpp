#include "samples.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/run_record.hpp"

namespace bulkdrop::record {
namespace {

BOOST_AUTO_TEST_SUITE(run_json)

BOOST_AUTO_TEST_CASE(it_says_what_was_asked) {
  const test::TempDir dir;
  RunRecord run = sample_run(12);
  run.to_drop = 10;
  run.reason = "INC-1 \"urgent\"";
  run.directory = "/srv/night \"shift\"";
  run.run_directory = "runs/1";
  run.user = "ana";
  run.host = "jump1";
  run.account = "client a2a";
  run.options = {{"protect", "a.txt"}, {"concurrency", "32"}, {"protect", "b\n.txt"}};
  run.sources.push_back({"-", "jsonl", "utf-8", "/event/id", 5, 2, "cd34"});
  run.protect_lists = {{"a.txt", "ef56"}, {"b\n.txt", "0789"}};
  write_run_json(dir.path("run.json"), run);
  BOOST_TEST(test::slurp(dir.path("run.json")) == R"({
  "schema": 1,
  "run_id": "5e884898",
  "version": "0.1.0",
  "started_at": "2026-11-21T03:04:05.678Z",
  "url": "https://pam.example",
  "reason": "INC-1 \"urgent\"",
  "directory": "/srv/night \"shift\"",
  "run_directory": "runs/1",
  "user": "ana",
  "host": "jump1",
  "account": "client a2a",
  "stream": false,
  "rows": 12,
  "to_drop": 10,
  "options": {
    "protect": ["a.txt", "b\n.txt"],
    "concurrency": "32"
  },
  "sources": [
    {"name": "export.csv", "format": "csv", "encoding": "utf-8", "field": "Session ID", "bytes": 112, "rows": 12, "sha256": "ab12"},
    {"name": "-", "format": "jsonl", "encoding": "utf-8", "field": "/event/id", "bytes": 5, "rows": 2, "sha256": "cd34"}
  ],
  "protect_lists": [
    {"name": "a.txt", "sha256": "ef56"},
    {"name": "b\n.txt", "sha256": "0789"}
  ]
}
)");
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(dir.path("run.json").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 0600U);
}

BOOST_AUTO_TEST_CASE(what_a_stream_does_not_know_yet_is_null) {
  const test::TempDir dir;
  RunRecord run = sample_run(0);
  run.stream = true;
  run.sources = {{"-", "jsonl", "utf-8", "/id", 0, 0, ""}};
  write_run_json(dir.path("run.json"), run);
  BOOST_TEST(test::slurp(dir.path("run.json")) == R"({
  "schema": 1,
  "run_id": "5e884898",
  "version": "0.1.0",
  "started_at": "2026-11-21T03:04:05.678Z",
  "url": "https://pam.example",
  "reason": null,
  "directory": ".",
  "stream": true,
  "rows": null,
  "to_drop": null,
  "options": {},
  "sources": [
    {"name": "-", "format": "jsonl", "encoding": "utf-8", "field": "/id", "bytes": null, "rows": null, "sha256": null}
  ],
  "protect_lists": []
}
)");
}

BOOST_AUTO_TEST_CASE(it_is_read_back_as_it_was_written) {
  const test::TempDir dir;
  RunRecord run = sample_run(12);
  run.reason = "INC-1 \"urgent\"";
  run.directory = "/srv";
  run.options = {{"protect", "a.txt"}, {"protect", "b\n.txt"}, {"concurrency", "32"}};
  run.sources.push_back({"-", "jsonl", "utf-8", "/event/id", 5, 2, "cd34"});
  for (const bool stream : {false, true}) {
    run.stream = stream;
    if (stream) run.sources.back() = {"-", "jsonl", "utf-8", "/id", 0, 0, ""};
    if (stream) run.rows = run.to_drop = 0;
    const std::string path = dir.path("run.json");
    write_run_json(path, run);
    const RunRecord read = read_run_json(path);
    BOOST_TEST(read.run_id == run.run_id);
    BOOST_TEST((read.reason == run.reason));
    BOOST_TEST((read.started_at == run.started_at));
    BOOST_TEST((read.options == run.options));
    BOOST_TEST(read.directory == "/srv");
    const std::string written = test::slurp(path);
    write_run_json(path, read);
    BOOST_TEST(test::slurp(path) == written);
  }
}

BOOST_AUTO_TEST_CASE(a_file_without_a_directory_means_this_one) {
  const test::TempDir dir;
  RunRecord run = sample_run(1);
  run.directory = "/srv";
  write_run_json(dir.path("run.json"), run);
  std::string text = test::slurp(dir.path("run.json"));
  const std::string line = "  \"directory\": \"/srv\",\n";
  text.erase(text.find(line), line.size());
  BOOST_TEST(read_run_json(dir.file("run.json", text)).directory == ".");
}

BOOST_AUTO_TEST_CASE(what_is_no_run_json_is_refused) {
  const test::TempDir dir;
  for (const char* text : {"", "{}", "[1]", R"({"schema":2})", R"({"schema":1,"run_id":7})"}) {
    const std::string path = dir.file("run.json", text);
    BOOST_CHECK_EXCEPTION(read_run_json(path), Error, [](const Error& error) {
      return error.code() == ExitCode::run_directory &&
             std::string(error.what()).find("run.json") != std::string::npos;
    });
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
