// Input that can't be used: said before anything is sent, with the place and what to do. And input that is
// large.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/dropping.hpp"
#include "cli/listening_port.hpp"

namespace bulkdrop::test {
namespace {

struct Refused {
  const char* file;
  std::string content;
  Words words;
  std::vector<std::string> told;  // what the message says
};

}  // namespace

BOOST_AUTO_TEST_SUITE(input_errors)

BOOST_AUTO_TEST_CASE(input_that_cannot_be_used_is_refused_before_anything_is_sent) {
  const ListeningPort server;
  const TempDir here;
  std::filesystem::create_directory(here.path("folder"));
  const std::string id = made_up_id(1);
  const std::vector<Refused> all = {
      {"missing.csv", "", {}, {"missing.csv", "No such file"}},
      {"folder", "", {}, {"folder", "directory"}},
      {"plain-id.csv", "id,user\n" + id + ",a\n", {}, {"plain-id.csv:1", "\"id\"", "\"user\"", "--field"}},
      {"two.csv",
       "Session ID,session_id\n" + id + "," + id + "\n",
       {},
       {"two.csv:1", "Session ID", "--field"}},
      {"named.csv",
       "Session ID,User\n" + id + ",a\n",
       {"--field", "session"},
       {"named.csv:1", "\"session\"", "Session ID"}},
      {"header.txt",
       "session_id\n" + id + "\n",
       {"--field", "nosuch"},
       {"header.txt:1", "nosuch", "session_id"}},
      {"bare.txt", id + "\n", {"--field", "nosuch"}, {"bare.txt", "plain text", "nosuch", "--field"}},
      {"narrow.csv", "Session ID,User\n" + id + ",a\n", {"--field", "9"}, {"narrow.csv:1", "9"}},
      {"plain.jsonl",
       "{\"id\":\"" + id + "\",\"user\":\"a\"}\n",
       {},
       {"plain.jsonl", "id", "user", "--field"}},
      {"sheet.xlsx",
       std::string("PK\x03\x04\x14\x00\x06\x00", 8) + std::string(100, '\x01'),
       {},
       {"sheet.xlsx", "CSV"}},
      {"packed.csv.gz",
       std::string("\x1f\x8b\x08\x00", 4) + std::string(100, '\x01'),
       {},
       {"packed.csv.gz", "zcat"}},
  };
  for (const Refused& refused : all) {
    BOOST_TEST_CONTEXT(refused.file) {
      if (!refused.content.empty()) put(here, refused.file, refused.content);
      const Finished finished =
          run(drop(here, Words{"--url", server.url(), "--token-file", here.file("token", "t"), "--yes",
                               "--out", "run", refused.file} +
                             refused.words));
      BOOST_TEST(finished.exit_code == 3, finished.err);
      for (const std::string& told : refused.told) BOOST_TEST(has(finished.err, told), finished.err);
      BOOST_TEST(finished.out == "");
      BOOST_TEST(std::count(finished.err.begin(), finished.err.end(), '\n') == 1, finished.err);
      BOOST_TEST(!server.was_called());
      BOOST_TEST(!std::filesystem::exists(here.path("run")));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_bad_file_among_good_ones_stops_all_of_them) {
  const ListeningPort server;
  const TempDir here;
  put(here, "good.txt", made_up_id(1) + "\n");
  const Finished finished = run(drop(here, {"--url", server.url(), "--token-file", here.file("token", "t"),
                                            "--yes", "good.txt", "missing.txt"}));
  BOOST_TEST(finished.exit_code == 3, finished.err);
  BOOST_TEST(!server.was_called());
}

BOOST_AUTO_TEST_CASE(names_of_files_and_columns_cannot_drive_the_terminal) {
  const TempDir here;
  put(here, "a\x1b[2Jb.csv", "id\x1b]0;x\x07,user\n1,a\n");
  put(here, "c\x1b[2Jd.txt", "nonsense\n");
  const Finished shown = run(drop(here, {"--dry-run", "c\x1b[2Jd.txt"}));
  BOOST_TEST(shown.exit_code == 0);
  BOOST_TEST(!has(shown.out, "\x1b"), shown.out);
  for (const Words& words : {Words{"a\x1b[2Jb.csv"}, Words{"no\x1b[2Jfile"}, Words{"--fi\x1b[2Jeld"},
                             Words{"--timeout=\x1b[2J"}}) {
    const Finished finished = run(drop(here, Words{"--dry-run"} + words));
    BOOST_TEST(finished.exit_code != 0);
    BOOST_TEST(!has(finished.err, "\x1b"), finished.err);
    BOOST_TEST(!has(finished.out, "\x1b"));
  }
}

BOOST_AUTO_TEST_CASE(a_million_rows_are_read_in_bounded_memory) {
  constexpr std::size_t kRows = 1'000'000;
  constexpr long kMostKib = 64 * 1024;
  const TempDir here;
  {
    std::ofstream out(here.path("large.csv"), std::ios::binary);
    std::string text = "ID,Session ID,Credential,Device,User\r\n";
    for (std::size_t i = 0; i < kRows; ++i) {
      text += std::to_string(i) + "," + made_up_id(i) + ",usrdomadm01,10.66.52.71:3389,operator04\r\n";
      if (text.size() > 1'000'000) {
        out << text;
        text.clear();
      }
    }
    out << text;
  }
  const Finished finished = run(drop(here, {"--dry-run", "large.csv"}));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.out, "1,000,000 sessions"), finished.out);
  BOOST_TEST_MESSAGE("a million rows: " << finished.took.count() << " ms, " << finished.peak_rss_kib
                                        << " KiB");
  if (!kSanitized) BOOST_TEST(finished.peak_rss_kib <= kMostKib);
}

BOOST_AUTO_TEST_CASE(an_input_without_a_byte_is_nothing_to_do_and_warned_of) {
  const TempDir here;
  put(here, "empty.csv", "");
  put(here, "header.csv", "session_id\n");
  const Words server = {"--url", "http://127.0.0.1:1", "--token-file", here.file("token", "t"), "--yes"};
  const auto err_of = [&](const Words& words) {
    const Finished finished = run(drop(here, server + words));
    BOOST_TEST(finished.exit_code == 0, finished.err);
    return undated(finished.err);
  };
  const std::string warning =
      "bulkdrop: warning: empty.csv is empty, without even a header: did what wrote it fail?\n";
  BOOST_TEST(err_of({"empty.csv"}) == warning);
  BOOST_TEST(err_of({"--dry-run", "empty.csv"}) == warning);
  BOOST_TEST(has(err_of({"/dev/null"}), "/dev/null is empty"));
  BOOST_TEST(err_of({"-q", "empty.csv"}) == "");
  BOOST_TEST(err_of({"header.csv"}) == "");
  put(here, "blank.txt", "\n \r\n\n");
  put(here, "none.json", "[]\n");
  put(here, "comment.txt", "# none today\n");
  for (const Words& format : {Words{}, {"--format", "csv"}, {"--format", "jsonl"}, {"--format", "text"}})
    BOOST_TEST(err_of(format + Words{"blank.txt"}) ==
               "bulkdrop: warning: blank.txt holds no more than blank lines, without even a header: did what "
               "wrote it fail?\n");
  BOOST_TEST(err_of({"none.json"}) == "");
  BOOST_TEST(err_of({"comment.txt"}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
