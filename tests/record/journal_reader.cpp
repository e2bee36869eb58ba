#include <algorithm>
#include <map>
#include <random>

#include "samples.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/crc32c.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

using Results = std::map<std::uint64_t, Result>;

// What the reader makes of `text`; empty if it refuses.
std::optional<Results> read_back(const test::TempDir& dir, std::string_view text, std::uint64_t rows,
                                 std::string* refusal = nullptr) {
  const std::string path = dir.file("journal.jsonl", text);
  try {
    JournalReader reader(path);
    Results results;
    for (std::uint64_t row = 0; row < rows; ++row) {
      if (auto result = reader.result(row)) results.emplace(row, *std::move(result));
    }
    return results;
  } catch (const Error& error) {
    if (refusal != nullptr) *refusal = error.what();
    BOOST_TEST((error.code() == ExitCode::run_directory));
    return std::nullopt;
  }
}

std::string header(std::uint64_t rows) {
  std::string text;
  append_header_line(text, sample_run(rows));
  return text;
}

// A line with its check value, for what the writer never writes.
std::string sealed(const std::string& content) {
  return fmt::format("{},\"crc\":\"{:08x}\"}}\n", content, crc32c(content));
}

struct SmallJournal {
  SmallJournal() : text(header(3)) {
    starts.push_back(0);
    const auto line = [&](const auto& append) {
      starts.push_back(text.size());
      append();
    };
    line([&] { append_lease_line(text, 0, 3); });
    line([&] { append_result_line(text, dropped(1), kNow); });
    line([&] { append_event_line(text, "pause", "12 s", kNow); });
    Result refused = dropped(0);
    refused.status = Status::failed;
    refused.reason = Reason::drop_error;
    line([&] { append_result_line(text, refused, kNow); });
    line([&] { append_end_line(text, std::nullopt, 0, kNow); });
    expected = {{1, dropped(1)}, {0, refused}};
  }
  std::string text;
  std::vector<std::size_t> starts;  // of the lines
  Results expected;
};

BOOST_AUTO_TEST_SUITE(journal_reader)

BOOST_AUTO_TEST_CASE(it_reads_what_the_journal_wrote) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  Journal journal(path, sample_run(5000), [] {});
  journal.lease(0, 5000);
  std::mt19937 random(7);
  std::vector<std::uint64_t> order(5000);
  for (std::uint64_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = 0; i + 40 < order.size(); ++i) std::swap(order[i], order[i + random() % 40]);
  std::shuffle(order.end() - 300, order.end(), random);
  std::swap(order.front(), order.back());
  for (const auto row : order) journal.result(dropped(row), kNow);
  journal.end(std::nullopt, 0, kNow);
  JournalReader reader(path);
  BOOST_TEST(reader.leased() == 5000U);
  for (std::uint64_t row = 0; row < 5000; ++row) {
    BOOST_TEST_REQUIRE((reader.result(row) == dropped(row)), "row " << row);
  }
  BOOST_TEST(!reader.result(5000).has_value());
  BOOST_TEST(!reader.result(5001).has_value());
  // Any order must do, too.
  for (std::uint64_t row = 5000; row-- > 0;)
    BOOST_TEST_REQUIRE((reader.result(row * 37 % 5000) == dropped(row * 37 % 5000)));
}

BOOST_AUTO_TEST_CASE(the_last_result_of_a_row_counts) {
  const test::TempDir dir;
  std::string text = header(1);
  Result first = dropped(0);
  first.status = Status::unknown;
  first.reason = Reason::timeout;
  append_result_line(text, first, kNow);
  append_result_line(text, dropped(0), kNow);
  BOOST_TEST((read_back(dir, text, 1).value() == Results{{0, dropped(0)}}));
}

BOOST_AUTO_TEST_CASE(kinds_that_it_does_not_know_are_skipped) {
  const test::TempDir dir;
  std::string text = header(1) + sealed(R"({"k":"weather","is":"fine")");
  append_result_line(text, dropped(0), kNow);
  BOOST_TEST((read_back(dir, text, 1).value() == Results{{0, dropped(0)}}));
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused_by_name) {
  const test::TempDir dir;
  std::string refusal;
  BOOST_TEST(!read_back(dir, sealed(R"({"k":"header","v":2)"), 1, &refusal).has_value());
  BOOST_TEST(refusal.find("written by a newer bulkdrop (journal format 2, this one reads 1)") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_intact_line_that_makes_no_sense_is_refused_with_its_place) {
  const test::TempDir dir;
  for (const char* line :
       {R"({"k":"result","row":"1")", R"({"k":"lease","a":2,"b":1)", R"({"k":"lease","a":2)",
        R"({"k":"result","row":0,"status":"vanished","reason":"ok")", R"({"k":"doubt","row":0)",
        R"({"k":"part","by":"resume","retry":["vanished"],"t":"2026-11-21T03:04:05.678Z")",
        R"({"k":"part","by":"resume","t":"yesterday")", R"({"k":"note","kind":"verified","data":{"a")",
        R"({"k":"end","rc":"0","t":"2026-11-21T03:04:05.678Z")",
        R"({"k":"end","rc":0,"stop":"boredom","t":"2026-11-21T03:04:05.678Z")",
        R"({"k":"commit","bytes":1,"sha256":"ab")", R"({"k":"result","row":99999999,"status":"dropped")",
        R"({"k":"lease","a":0,"b":99999999)"}) {
    std::string refusal;
    BOOST_TEST(!read_back(dir, header(1) + sealed(line), 1, &refusal).has_value(), line);
    BOOST_TEST(refusal.find("at byte " + std::to_string(header(1).size()) + " (line 2)") != std::string::npos,
               refusal);
  }
}

BOOST_AUTO_TEST_CASE(a_torn_end_may_be_followed_by_garbage) {
  const test::TempDir dir;
  const SmallJournal small;
  for (const std::string& garbage :
       {std::string(5000, '\0'), std::string("\n\n\n"), std::string("{\"k\":\"result\"}\n{\n")}) {
    BOOST_TEST((read_back(dir, small.text + garbage, 3).value() == small.expected));
  }
}

BOOST_AUTO_TEST_CASE(lines_longer_than_any_buffer_are_read_or_refused) {
  const test::TempDir dir;
  RunRecord run = sample_run(1);
  run.sources.assign(20'000, {"a/file/with/quite/a/long/name.csv", "csv", "utf-8", "id", 1, 1, "ab12"});
  std::string text;
  append_header_line(text, run);
  append_result_line(text, dropped(0), kNow);
  BOOST_TEST(text.size() > 1'000'000U);
  BOOST_TEST((read_back(dir, text, 1).value() == Results{{0, dropped(0)}}));

  const std::string endless(17 << 20, 'x');
  BOOST_TEST((read_back(dir, text + endless, 1).value() == Results{{0, dropped(0)}}));
  std::string more;
  append_end_line(more, std::nullopt, 0, kNow);
  std::string refusal;
  BOOST_TEST(!read_back(dir, text + endless + "\n" + more, 1, &refusal).has_value());
  BOOST_TEST(refusal.find("at byte " + std::to_string(text.size())) != std::string::npos, refusal);
}

BOOST_AUTO_TEST_CASE(what_is_no_journal_is_refused) {
  const test::TempDir dir;
  std::string lease;
  append_lease_line(lease, 0, 1);
  for (const std::string& text :
       {std::string(), std::string("session_id\nabc\n"), lease, std::string(300'000, 'x')}) {
    BOOST_TEST(!read_back(dir, text, 1).has_value());
  }
  BOOST_CHECK_THROW(JournalReader(dir.path("missing")), Error);
  BOOST_CHECK_THROW(JournalReader(dir.path()), Error);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_after_the_check_is_noticed) {
  const test::TempDir dir;
  const SmallJournal small;
  const std::string path = dir.file("journal.jsonl", small.text);
  JournalReader reader(path);
  std::string text = small.text;
  const std::size_t status = text.find("drop_error");
  text[status] = 'D';
  const std::string same_path = dir.file("journal.jsonl", text);
  BOOST_CHECK_THROW(reader.result(0), Error);
}

BOOST_AUTO_TEST_CASE(any_results_in_any_order_read_back) {
  const test::TempDir dir;
  test::holds("the last result of every row, whatever it says", [&] {
    constexpr std::uint64_t kRows = 20;
    const auto rows =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, kRows));
    std::string text = header(kRows);
    Results expected;
    for (const auto row : rows) {
      const Result result = any_result(row);
      append_result_line(text, result, kNow);
      expected.insert_or_assign(row, result);
    }
    const auto results = read_back(dir, text, kRows);
    RC_ASSERT(results.has_value());
    RC_ASSERT(*results == expected);
  });
}

BOOST_AUTO_TEST_CASE(it_knows_the_run_from_the_header) {
  const test::TempDir dir;
  const JournalReader reader(dir.file("journal.jsonl", header(3)));
  BOOST_TEST(reader.run_id() == "5e884898");
  BOOST_TEST_REQUIRE(reader.sources().size() == 1U);
  BOOST_TEST(reader.sources()[0].name == "export.csv");
  BOOST_TEST(reader.sources()[0].sha256 == "ab12");
  BOOST_TEST(reader.rows_seen() == 0U);
  BOOST_TEST((reader.last_time() == kNow));
}

BOOST_AUTO_TEST_CASE(the_latest_time_is_that_of_any_record) {
  const test::TempDir dir;
  std::string text = header(3);
  append_event_line(text, "pause", "later", kNow + std::chrono::hours{2});
  append_result_line(text, dropped(0), kNow);
  const JournalReader reader(dir.file("journal.jsonl", text));
  BOOST_TEST((reader.last_time() == kNow + std::chrono::hours{2}));
}

BOOST_AUTO_TEST_CASE(a_run_that_broke_off_before_its_header_says_so) {
  const test::TempDir dir;
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, header(3).size() - 1}) {
    std::string refusal;
    BOOST_TEST(!read_back(dir, header(3).substr(0, length), 3, &refusal).has_value());
    BOOST_TEST(refusal.find("was cut off before it began: nothing was sent") != std::string::npos, refusal);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_beginning_of_a_header_is_not_called_a_run_that_never_began) {
  const test::TempDir dir;
  const std::string whole = header(3);
  std::string crlf = whole;
  crlf.insert(crlf.size() - 1, "\r");
  std::string nuls = whole.substr(0, whole.size() / 2);
  nuls.resize(whole.size());
  for (const std::string& text : {std::string(4096, '\0'), nuls, crlf, std::string("garbage"), "\n" + whole,
                                  whole.substr(1), std::string(300'000, 'x')}) {
    std::string refusal;
    BOOST_TEST(!read_back(dir, text, 3, &refusal).has_value());
    BOOST_TEST(refusal.find("nothing was sent") == std::string::npos, refusal);
    BOOST_TEST(refusal.find("at byte 0 ") != std::string::npos, refusal);
    BOOST_TEST((refusal.find("CR LF") != std::string::npos) == (text == crlf), refusal);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused_at_once) {
  const test::TempDir dir;
  const std::string journal = dir.path("journal.jsonl");
  const auto refuses = [&](const char* says) {
    const auto told = [says](const Error& error) {
      return error.code() == ExitCode::run_directory &&
             std::string_view(error.what()).find(says) != std::string_view::npos;
    };
    BOOST_CHECK_EXCEPTION(JournalReader{journal}, Error, told);
    BOOST_CHECK_EXCEPTION(lock_journal(journal), Error, told);
  };
  refuses("No such file");
  BOOST_TEST(::mkfifo(journal.c_str(), 0600) == 0);
  refuses("not a regular file");
  ::unlink(journal.c_str());
  BOOST_TEST(::symlink(dir.file("elsewhere", header(3)).c_str(), journal.c_str()) == 0);
  refuses("is a symbolic link");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
