// Whatever happens to a journal: it is refused, or read as the prefix that it still is.
#include <algorithm>
#include <map>
#include <optional>

#include "lines.hpp"
#include "samples.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/record/journal_format.hpp"

namespace bulkdrop::record {
namespace {

RunRecord shortest_run() {
  RunRecord run = sample_run(2);
  run.sources.clear();
  return run;
}

// A lease and a result, whose last group may stand without an end.
std::string short_journal(bool ended) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  {
    Journal journal(path, shortest_run(), [] {});
    journal.lease(0, 2);
    Result result;
    result.status = Status::failed;
    result.reason = Reason::drop_error;
    journal.result(result, kNow);
    if (ended) journal.end(std::nullopt, 1, kNow);
  }
  return test::slurp(path);
}

// Several parts, with everything that can stand in one.
std::string long_journal() {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  {
    Journal journal(path, sample_run(6), [] {});
    journal.lease(0, 3);
    journal.result(dropped(1), kNow);
    journal.result(with_status(0, Status::failed, Reason::drop_error), kNow);
    journal.sync();
    journal.event("pause", "12 s", kNow);
    journal.doubt(1, true);
    journal.lease(3, 6);
    journal.result(with_status(2, Status::unknown, Reason::timeout), kNow);
    journal.end(Stop{StopKind::outage, ExitCode::safety_limit, "away"}, 5, kNow);
  }
  {
    Journal journal(lock_journal(path), path, JournalReader(path), [] {});
    journal.part("resume", {Status::failed}, kNow);
    journal.lease(0, 6);
    journal.result(dropped(0), kNow);
    journal.result(dropped(3), kNow);
    journal.note("verified", R"({"ended":1})", kNow);
    journal.end(std::nullopt, 1, kNow);
  }
  return test::slurp(path);
}

// Tries variants of a journal in one file.
class Attack {
 public:
  explicit Attack(std::string original)
      : original_(std::move(original)),
        path_(dir_.file("journal.jsonl", original_)),
        file_(::open(path_.c_str(), O_WRONLY)) {}

  [[nodiscard]] const std::string& original() const { return original_; }

  // Bytes that are read; empty if the text is refused. What is read must be a beginning of the original, cut
  // between lines: then no reader can see a result or a status that did not stand there.
  std::optional<std::uint64_t> accepted(const std::string& text) {
    // In place: some file systems write a file to the disk when it was emptied and closed.
    BOOST_TEST_REQUIRE(::pwrite(file_.get(), text.data(), text.size(), 0) ==
                       static_cast<ssize_t>(text.size()));
    BOOST_TEST_REQUIRE(::ftruncate(file_.get(), static_cast<off_t>(text.size())) == 0);
    try {
      const JournalReader reader(path_);
      const std::uint64_t intact = reader.intact_bytes();
      BOOST_TEST_REQUIRE(intact + reader.torn_bytes() == text.size());
      BOOST_TEST_REQUIRE(
          (std::string_view(text).substr(0, intact) == std::string_view(original_).substr(0, intact)));
      BOOST_TEST_REQUIRE(text[intact - 1] == '\n');
      return intact;
    } catch (const Error& error) {
      BOOST_TEST_REQUIRE((error.code() == ExitCode::run_directory));
      refusal_ = error.what();
      return std::nullopt;
    }
  }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  const test::TempDir dir_;
  std::string original_;
  std::string path_;
  Fd file_;
  std::string refusal_;
};

// Offsets of the lines, and the end of the text.
std::vector<std::size_t> bounds_of(const std::string& text) {
  std::vector<std::size_t> bounds = {0};
  for (const std::string& line : lines_of_text(text)) bounds.push_back(bounds.back() + line.size());
  return bounds;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

BOOST_AUTO_TEST_SUITE(journal_damage)

BOOST_AUTO_TEST_CASE(every_other_value_of_every_byte_is_refused_or_cuts_the_last_group_off) {
  for (const bool ended : {true, false}) {
    Attack attack(short_journal(ended));
    const auto bounds = bounds_of(attack.original());
    std::string text = attack.original();
    for (std::size_t at = 0; at < text.size(); ++at) {
      const std::size_t line_start = *(std::upper_bound(bounds.begin(), bounds.end(), at) - 1);
      for (int value = 1; value < 256; ++value) {
        text[at] = static_cast<char>(static_cast<unsigned char>(attack.original()[at]) ^ value);
        const auto intact = attack.accepted(text);
        if (intact) BOOST_TEST_REQUIRE(*intact == line_start, "byte " << at);
        // An end proves that all before it was durable.
        if (ended && at + 1 < bounds[bounds.size() - 3]) BOOST_TEST_REQUIRE(!intact, "byte " << at);
      }
      text[at] = attack.original()[at];
    }
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_long_journal_is_refused_before_its_last_end) {
  Attack attack(long_journal());
  const auto bounds = bounds_of(attack.original());
  const std::size_t last_end = bounds[bounds.size() - 3];
  std::string text = attack.original();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto line =
        static_cast<std::size_t>(std::upper_bound(bounds.begin(), bounds.end(), at) - bounds.begin());
    for (int bit = 0; bit < 8; ++bit) {
      text[at] = static_cast<char>(static_cast<unsigned char>(attack.original()[at]) ^ (1U << bit));
      const auto intact = attack.accepted(text);
      // The line end before the last end is part of the group, too: without it, the end is no line.
      BOOST_TEST_REQUIRE(intact.has_value() == (at + 1 >= last_end), "byte " << at << " bit " << bit);
      if (intact) continue;
      const std::string place =
          "at byte " + std::to_string(bounds[line - 1]) + " (line " + std::to_string(line) + ")";
      BOOST_TEST_REQUIRE(attack.refusal().find(place) != std::string::npos, attack.refusal());
    }
    text[at] = attack.original()[at];
  }
}

BOOST_AUTO_TEST_CASE(every_length_reads_as_the_lines_that_are_whole) {
  for (const std::string& original : {short_journal(true), short_journal(false), long_journal()}) {
    Attack attack(original);
    const auto bounds = bounds_of(original);
    for (std::size_t length = 0; length < original.size(); ++length) {
      const auto intact = attack.accepted(original.substr(0, length));
      const std::size_t whole = *(std::upper_bound(bounds.begin(), bounds.end(), length) - 1);
      BOOST_TEST_REQUIRE(intact.has_value() == (whole > 0), "length " << length);
      if (intact) BOOST_TEST_REQUIRE(*intact == whole, "length " << length);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_removed_is_missed) {
  for (const std::string& original : {short_journal(true), short_journal(false), long_journal()}) {
    Attack attack(original);
    const auto lines = lines_of_text(original);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto others = lines;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      const bool last = i + 1 == lines.size();  // that is what a crash leaves, too
      BOOST_TEST_REQUIRE(attack.accepted(joined(others)).has_value() == last, "line " << i + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_repeated_anywhere_is_found) {
  for (const std::string& original : {short_journal(true), short_journal(false), long_journal()}) {
    Attack attack(original);
    const auto lines = lines_of_text(original);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (std::size_t to = 0; to < lines.size(); ++to) {
        auto others = lines;
        others.insert(others.begin() + static_cast<std::ptrdiff_t>(to), lines[i]);
        BOOST_TEST_REQUIRE(!attack.accepted(joined(others)).has_value(),
                           "line " << i + 1 << " at " << to + 1);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_that_are_swapped_are_found) {
  for (const std::string& original : {short_journal(true), short_journal(false), long_journal()}) {
    Attack attack(original);
    const auto lines = lines_of_text(original);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (std::size_t j = i + 1; j < lines.size(); ++j) {
        auto others = lines;
        std::swap(others[i], others[j]);
        BOOST_TEST_REQUIRE(!attack.accepted(joined(others)).has_value(),
                           "lines " << i + 1 << " and " << j + 1);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_of_another_run_are_found) {
  Attack attack(long_journal());
  const auto lines = lines_of_text(attack.original());
  auto others = lines;
  Result forged = dropped(5);
  std::string line;
  append_result_line(line, forged, kNow);
  for (std::size_t to = 0; to < lines.size(); ++to) {
    others = lines;
    others.insert(others.begin() + static_cast<std::ptrdiff_t>(to), line);
    BOOST_TEST_REQUIRE(!attack.accepted(joined(others)).has_value(), "at " << to + 1);
  }
}

// A power cut while the last group was on its way: any of its blocks may have reached the disk, in any order.
BOOST_AUTO_TEST_CASE(a_power_cut_never_makes_a_journal_unreadable) {
  const test::TempDir dir;
  const std::string path = dir.path("journal.jsonl");
  std::size_t durable = 0;
  {
    Journal journal(path, sample_run(100), [] {});
    journal.lease(0, 100);
    journal.result(dropped(0), kNow);
    journal.sync();
    durable = test::slurp(path).size();
    for (std::uint64_t row = 1; row < 40; ++row) journal.result(dropped(row), kNow);
    journal.sync();
  }
  Attack attack(test::slurp(path));
  test::holds("what was durable is read, whatever became of the rest", [&] {
    const std::size_t block = std::size_t{1} << *rc::gen::inRange(4, 13);
    std::string text = attack.original();
    for (std::size_t start = durable / block * block; start < text.size(); start += block) {
      if (*rc::gen::arbitrary<bool>()) continue;
      const std::size_t from = std::max(start, durable);
      const std::size_t to = std::min(start + block, text.size());
      if (from < to)
        std::fill(text.begin() + static_cast<std::ptrdiff_t>(from),
                  text.begin() + static_cast<std::ptrdiff_t>(to), '\0');
    }
    if (*rc::gen::arbitrary<bool>()) text.resize(*rc::gen::inRange(durable, text.size() + 1));
    const auto intact = attack.accepted(text);
    RC_ASSERT(intact.has_value());
    RC_ASSERT(*intact >= durable);
  });
}

BOOST_AUTO_TEST_CASE(a_journal_can_be_gone_on_with_wherever_a_crash_tore_it) {
  const test::TempDir dir;
  const std::string original = long_journal();
  const auto bounds = bounds_of(original);
  for (std::size_t size = bounds[1]; size <= original.size(); ++size) {
    // Around each line end, and here and there within the lines: each costs several syncs.
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), size - 1);
    if (*bound > size + 1 && size % 61 != 0) continue;
    const std::string path = dir.file("journal.jsonl", original.substr(0, size));
    {
      Fd locked = lock_journal(path);
      BOOST_CHECK_EXCEPTION(lock_journal(path), Error,
                            [](const Error& error) { return error.code() == ExitCode::usage; });
      Journal journal(std::move(locked), path, JournalReader(path), [] {});
      journal.part("resume", {}, kNow);
      journal.lease(4, 6);
      journal.result(dropped(5), kNow);
      journal.end(std::nullopt, 0, kNow);
    }
    JournalReader again(path);
    BOOST_TEST_REQUIRE(again.torn_bytes() == 0U);
    BOOST_TEST_REQUIRE((again.result(5) == dropped(5)));
    BOOST_TEST_REQUIRE(again.parts().back().ended);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
