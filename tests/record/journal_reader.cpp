#include <algorithm>
#include <map>
#include <random>

#include "samples.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

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
    JournalReader reader(path, rows);
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
    line([&] { append_end_line(text, std::nullopt, kNow); });
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
  journal.end(std::nullopt, kNow);
  JournalReader reader(path, 5001);
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
  std::string text = header(1) + sealed(R"({"k":"commit","sha256":"ab12")");
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
        R"({"k":"result","row":0,"status":"vanished","reason":"ok")"}) {
    std::string refusal;
    BOOST_TEST(!read_back(dir, header(1) + sealed(line), 1, &refusal).has_value(), line);
    BOOST_TEST(refusal.find("at byte " + std::to_string(header(1).size())) != std::string::npos, refusal);
  }
}

BOOST_AUTO_TEST_CASE(a_torn_end_is_ignored_wherever_it_is_torn) {
  const test::TempDir dir;
  const SmallJournal small;
  const std::size_t header_end = small.starts[1];
  for (std::size_t length = 0; length <= small.text.size(); ++length) {
    const auto results = read_back(dir, std::string_view(small.text).substr(0, length), 3);
    BOOST_TEST_REQUIRE(results.has_value() == (length >= header_end), "cut at " << length);
    if (!results) continue;
    Results expected;
    if (length >= small.starts[3]) expected.emplace(1, small.expected.at(1));
    if (length >= small.starts[5]) expected.emplace(0, small.expected.at(0));
    BOOST_TEST_REQUIRE((*results == expected), "cut at " << length);
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

BOOST_AUTO_TEST_CASE(no_flipped_bit_ever_makes_a_wrong_result) {
  const test::TempDir dir;
  const SmallJournal small;
  for (std::size_t at = 0; at < small.text.size(); ++at) {
    const auto line = static_cast<std::size_t>(
        std::upper_bound(small.starts.begin(), small.starts.end(), at) - small.starts.begin() - 1);
    std::string text = small.text;
    text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << (at % 8)));
    std::string refusal;
    const auto results = read_back(dir, text, 3, &refusal);
    // Damage in the last line, or to the line end that parts the last two, is a torn end.
    const bool is_torn_end = at + 1 >= small.starts[5];
    BOOST_TEST_REQUIRE(results.has_value() == is_torn_end, "byte " << at);
    if (results) {
      for (const auto& [row, result] : *results) {
        BOOST_TEST_REQUIRE((result == small.expected.at(row)), "byte " << at);
      }
    } else {
      BOOST_TEST_REQUIRE(
          refusal.find("at byte " + std::to_string(small.starts[line]) + ";") != std::string::npos,
          "byte " << at << ": " << refusal);
    }
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
  append_lease_line(more, 0, 1);
  std::string refusal;
  BOOST_TEST(!read_back(dir, text + endless + "\n" + more, 1, &refusal).has_value());
  BOOST_TEST(refusal.find("at byte " + std::to_string(text.size())) != std::string::npos, refusal);
}

BOOST_AUTO_TEST_CASE(a_row_that_the_run_does_not_have_is_refused) {
  const test::TempDir dir;
  std::string text = header(1);
  append_result_line(text, dropped(1), kNow);
  std::string refusal;
  BOOST_TEST(!read_back(dir, text, 1, &refusal).has_value());
  BOOST_TEST(refusal.find("a result of row 1 of a run of 1 rows") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_journal_is_refused) {
  const test::TempDir dir;
  std::string lease;
  append_lease_line(lease, 0, 1);
  for (const std::string& text :
       {std::string(), std::string("session_id\nabc\n"), lease, std::string(300'000, 'x')}) {
    BOOST_TEST(!read_back(dir, text, 1).has_value());
  }
  BOOST_CHECK_THROW(JournalReader(dir.path("missing"), 1), Error);
  BOOST_CHECK_THROW(JournalReader(dir.path(), 1), Error);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_after_the_check_is_noticed) {
  const test::TempDir dir;
  const SmallJournal small;
  const std::string path = dir.file("journal.jsonl", small.text);
  JournalReader reader(path, 3);
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

BOOST_AUTO_TEST_CASE(it_knows_where_the_intact_part_ends_and_what_stopped_the_run) {
  const test::TempDir dir;
  const SmallJournal small;
  const JournalReader whole(dir.file("whole", small.text + "{\"k\":\"res"), 3);
  BOOST_TEST(whole.intact_bytes() == small.text.size());
  BOOST_TEST(whole.ended());
  BOOST_TEST(!whole.stop());
  const JournalReader cut(dir.file("cut", small.text.substr(0, small.starts.back() + 5)), 3);
  BOOST_TEST(cut.intact_bytes() == small.starts.back());
  BOOST_TEST(!cut.ended());
  std::string stopped = small.text;
  append_end_line(stopped, Stop{StopKind::deadline, ExitCode::deadline, "10 \"minutes\" are over"}, kNow);
  const JournalReader later(dir.file("stopped", stopped), 3);
  BOOST_REQUIRE(later.stop().has_value());
  BOOST_TEST((later.stop()->kind == StopKind::deadline));
  BOOST_TEST((later.stop()->exit_code == ExitCode::deadline));
  BOOST_TEST(later.stop()->message == "10 \"minutes\" are over");
}

BOOST_AUTO_TEST_CASE(a_journal_can_be_gone_on_with_wherever_a_crash_tore_it) {
  const test::TempDir dir;
  const SmallJournal small;
  for (std::size_t size = small.starts[1]; size <= small.text.size(); ++size) {
    const std::string path = dir.file("journal.jsonl", small.text.substr(0, size));
    {
      Fd locked = lock_journal(path);
      BOOST_CHECK_EXCEPTION(lock_journal(path), Error,
                            [](const Error& error) { return error.code() == ExitCode::usage; });
      const JournalReader reader(path, 3);
      Journal journal(std::move(locked), path, reader.intact_bytes(), reader.leased(), [] {});
      journal.result(dropped(2), kNow);
      journal.end(std::nullopt, kNow);
    }
    JournalReader again(path, 3);
    BOOST_REQUIRE((again.result(2) == dropped(2)));
    BOOST_REQUIRE(again.ended());
    BOOST_REQUIRE((again.result(1).has_value() == (size >= small.starts[3])));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
