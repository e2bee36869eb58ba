// What a journal says about the goes at a run: who was cut off, which rows are in doubt, what was noted.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "samples.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/row_outcomes.hpp"

namespace bulkdrop::record {
namespace {

// A journal put together line by line.
class Script {
 public:
  Script() { append_header_line(text_, sample_run(10)); }
  Script& part(const std::vector<Status>& retry = {}, std::optional<std::uint64_t> begun = {}) {
    append_part_line(text_, "resume", retry, kNow, begun);
    return *this;
  }
  Script& lease(std::uint64_t begin, std::uint64_t end) {
    append_lease_line(text_, begin, end);
    return *this;
  }
  Script& result(std::uint64_t row, Status status = Status::dropped, bool cut_short = false) {
    Result result = with_status(row, status, Reason::ok);
    result.cut_short = cut_short;
    append_result_line(text_, result, kNow);
    return *this;
  }
  Script& doubt(std::uint64_t row, bool settled) {
    append_doubt_line(text_, row, settled);
    return *this;
  }
  Script& note(const char* kind, const char* data) {
    append_note_line(text_, kind, data, kNow);
    return *this;
  }
  Script& end(int exit_code = 0) {
    append_end_line(text_, std::nullopt, exit_code, kNow);
    return *this;
  }
  [[nodiscard]] JournalReader read() const { return JournalReader(dir_->file("journal.jsonl", text_)); }
  [[nodiscard]] std::set<std::uint64_t> in_doubt() const {
    const JournalReader reader = read();
    std::set<std::uint64_t> rows;
    for (std::uint64_t row = 0; row < 20; ++row)
      if (reader.in_doubt(row)) rows.insert(row);
    return rows;
  }

 private:
  std::shared_ptr<const test::TempDir> dir_ = std::make_shared<const test::TempDir>();
  std::string text_;
};

using Rows = std::set<std::uint64_t>;

BOOST_AUTO_TEST_SUITE(journal_parts)

BOOST_AUTO_TEST_CASE(events_are_handed_out_in_order_and_so_are_the_ends_of_parts) {
  const auto later = kNow + std::chrono::seconds(5);
  std::string text;
  append_header_line(text, sample_run(10));
  append_event_line(text, "pause", "server asked to wait, \"12 s\" left", kNow + std::chrono::seconds(1));
  append_part_line(text, "resume", {}, later);
  append_event_line(text, "window", "7 at once", later + std::chrono::seconds(1));
  const test::TempDir dir;
  std::vector<std::string> seen;
  const JournalReader reader(dir.file("journal.jsonl", text), kAllTaken, kAllBytes, [&](const Event& event) {
    seen.push_back(std::string(event.kind) + " " + std::string(event.text) + " " +
                   std::to_string((event.t - kNow).count()));
  });
  BOOST_TEST(seen == (std::vector<std::string>{"pause server asked to wait, \"12 s\" left 1000", "over  1000",
                                               "window 7 at once 6000", "over  6000"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE(reader.parts().size() == 2U);
  BOOST_TEST((reader.parts()[0].last == kNow + std::chrono::seconds(1)));
  BOOST_TEST((reader.parts()[1].last == later + std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(leased_without_a_result_is_doubt) {
  BOOST_TEST((Script().in_doubt() == Rows{}));
  BOOST_TEST((Script().lease(0, 4).result(1).in_doubt() == Rows{0, 2, 3}));
  BOOST_TEST(
      (Script().lease(0, 2).lease(2, 4).result(9).result(3, Status::unsent).in_doubt() == Rows{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(a_part_that_came_to_its_end_leaves_no_doubt) {
  BOOST_TEST((Script().lease(0, 4).result(1).end().in_doubt() == Rows{}));
  BOOST_TEST((Script().lease(0, 4).result(1).end().part().in_doubt() == Rows{}));
}

BOOST_AUTO_TEST_CASE(the_doubt_of_a_cut_off_part_stays_until_the_row_has_a_result) {
  BOOST_TEST((Script().lease(0, 3).result(1).part().in_doubt() == Rows{0, 2}));
  BOOST_TEST((Script()
                  .lease(0, 3)
                  .result(1)
                  .part()
                  .lease(0, 3)
                  .result(0)
                  .result(2, Status::failed)
                  .end()
                  .in_doubt() == Rows{}));
}

BOOST_AUTO_TEST_CASE(a_later_part_sends_what_is_open_and_what_it_was_asked_to_retry) {
  const auto before = [] {
    return Script()
        .lease(0, 6)
        .result(0)
        .result(1, Status::failed)
        .result(2, Status::unknown)
        .result(3, Status::unsent)
        .result(4, Status::ended)
        .result(5, Status::unsent)
        .end();
  };
  BOOST_TEST((before().part().lease(0, 8).in_doubt() == Rows{3, 5, 6, 7}));
  BOOST_TEST((before().part({Status::failed}).lease(0, 8).in_doubt() == Rows{1, 3, 5, 6, 7}));
  BOOST_TEST((before().part({Status::failed, Status::unknown}).lease(2, 5).in_doubt() == Rows{2, 3}));
  BOOST_TEST((before().part({Status::failed}).lease(0, 8).result(1, Status::failed).result(7).in_doubt() ==
              Rows{3, 5, 6}));
  BOOST_TEST((before().part({Status::failed}).lease(0, 8).end().in_doubt() == Rows{}));
  BOOST_TEST((before()
                  .result(1, Status::failed, true)
                  .result(2, Status::unknown, true)
                  .part()
                  .lease(0, 8)
                  .in_doubt() == Rows{1, 2, 3, 5, 6, 7}));
  BOOST_TEST((before()
                  .result(2, Status::unknown, true)
                  .part()
                  .lease(0, 8)
                  .result(2, Status::unknown)
                  .end()
                  .part()
                  .lease(0, 6)
                  .in_doubt() == Rows{3, 5}));
}

BOOST_AUTO_TEST_CASE(what_is_not_leased_is_never_in_doubt) {
  BOOST_TEST((Script().lease(2, 4).lease(8, 9).lease(7, 8).in_doubt() == Rows{2, 3, 7, 8}));
  BOOST_TEST((Script().lease(3, 3).in_doubt() == Rows{}));
}

BOOST_AUTO_TEST_CASE(a_lease_behind_an_end_is_a_part_that_did_not_end) {
  BOOST_TEST((Script().lease(0, 1).result(0).end().lease(1, 3).in_doubt() == Rows{1, 2}));
}

// The rule itself, spelled out over the whole history, row by row.
struct Model {
  struct Go {
    std::vector<Status> retry;
    Rows leased;
    std::map<std::uint64_t, std::pair<Status, bool>> results;  // the last one of the part; cut short
    bool ended = false;
    std::optional<std::uint64_t> begun;  // says the part behind it
  };
  [[nodiscard]] bool in_doubt(std::uint64_t row) const {
    std::optional<Status> last;
    bool cut_short = false;
    bool doubt = false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Go& part = parts[i];
      const bool retried = last && std::ranges::find(part.retry, *last) != part.retry.end();
      const bool to_be_sent = i == 0 || !last || *last == Status::unsent || cut_short || retried;
      const auto result = part.results.find(row);
      if (result != part.results.end()) {
        std::tie(last, cut_short) = result->second;
        doubt = false;
      } else if (!part.ended && (part.begun ? row < *part.begun : part.leased.contains(row)) && to_be_sent) {
        doubt = true;
      }
    }
    return doubt;
  }
  std::vector<Go> parts = {{}};
};

BOOST_AUTO_TEST_CASE(doubt_is_what_the_rule_says_in_any_history) {
  test::holds("in_doubt() of every row", [] {
    constexpr std::uint64_t kRows = 12;
    Script script;
    Model model;
    const int steps = *rc::gen::inRange(0, 40);
    for (int i = 0; i < steps; ++i) {
      Model::Go& now = model.parts.back();
      switch (*rc::gen::inRange(0, 6)) {
        case 0:
        case 1: {
          if (now.ended) break;
          const auto begin = *rc::gen::inRange<std::uint64_t>(0, kRows);
          const auto end = *rc::gen::inRange<std::uint64_t>(begin, kRows + 1);
          script.lease(begin, end);
          for (std::uint64_t row = begin; row < end; ++row) now.leased.insert(row);
          break;
        }
        case 2:
        case 3: {
          const auto row = *rc::gen::inRange<std::uint64_t>(0, kRows);
          const Status status =
              *rc::gen::element(Status::dropped, Status::failed, Status::unknown, Status::unsent);
          const bool cut_short = *rc::gen::arbitrary<bool>();
          script.result(row, status, cut_short);
          now.results[row] = {status, cut_short};
          break;
        }
        case 4:
          if (now.ended) break;
          script.end();
          now.ended = true;
          break;
        default: {
          const auto retry = *rc::gen::container<std::vector<Status>>(
              rc::gen::element(Status::failed, Status::unknown, Status::dropped));
          const auto begun = *rc::gen::maybe(rc::gen::inRange<std::uint64_t>(0, kRows));
          std::optional<std::uint64_t> told;
          if (begun) told = *begun;
          script.part(retry, told);
          now.begun = told;
          model.parts.push_back({retry, {}, {}, false, {}});
        }
      }
    }
    const JournalReader reader = script.read();
    for (std::uint64_t row = 0; row < kRows; ++row) RC_ASSERT(reader.in_doubt(row) == model.in_doubt(row));
    RC_ASSERT(reader.parts().size() == model.parts.size());
  });
}

BOOST_AUTO_TEST_CASE(doubts_stand_until_the_row_has_a_new_result) {
  const auto script = [] {
    return Script().result(1).result(2).doubt(1, false).doubt(2, true).doubt(7, true);
  };
  BOOST_TEST((script().read().doubts() == std::vector<Doubt>{{1, false}, {2, true}}));
  BOOST_TEST(
      (script().doubt(1, true).doubt(2, false).read().doubts() == std::vector<Doubt>{{1, true}, {2, true}}));
  BOOST_TEST((script().result(2, Status::unknown).read().doubts() == std::vector<Doubt>{{1, false}}));
  BOOST_TEST(script().result(2).result(1).result(7).read().doubts().empty());
}

BOOST_AUTO_TEST_CASE(the_last_note_of_a_kind_counts) {
  const JournalReader reader = Script()
                                   .note("verified", R"({"n":1})")
                                   .note("watched", R"({"w":[{}]})")
                                   .note("verified", R"({"n": 2})")
                                   .read();
  BOOST_TEST(reader.note("verified").value() == R"({"n":2})");
  BOOST_TEST(reader.note("watched").value() == R"({"w":[{}]})");
  BOOST_TEST(!reader.note("other").has_value());
}

BOOST_AUTO_TEST_CASE(every_part_is_on_record) {
  const test::TempDir dir;
  std::string text;
  append_header_line(text, sample_run(3));
  append_end_line(text, Stop{StopKind::outage, ExitCode::safety_limit, "away"}, 5, kNow);
  append_part_line(text, "resume", {Status::failed}, kNow + std::chrono::seconds{1});
  append_part_line(text, "verify", {}, kNow + std::chrono::seconds{2});
  append_end_line(text, std::nullopt, 1, kNow + std::chrono::seconds{3});
  const JournalReader reader(dir.file("journal.jsonl", text));
  const auto& parts = reader.parts();
  BOOST_TEST_REQUIRE(parts.size() == 3U);
  BOOST_TEST(parts[0].by == "drop");
  BOOST_TEST((parts[0].t == kNow));
  BOOST_TEST(parts[0].ended);
  BOOST_TEST(parts[0].exit_code == 5);
  BOOST_TEST((parts[0].stop.value().kind == StopKind::outage));
  BOOST_TEST(parts[0].stop->message == "away");
  BOOST_TEST(parts[1].by == "resume");
  BOOST_TEST((parts[1].retry == std::vector{Status::failed}));
  BOOST_TEST(!parts[1].ended);
  BOOST_TEST(parts[2].by == "verify");
  BOOST_TEST(parts[2].ended);
  BOOST_TEST(!parts[2].stop.has_value());
  BOOST_TEST(parts[2].exit_code == 1);
  BOOST_TEST((parts[2].ended_at == kNow + std::chrono::seconds{3}));
}

BOOST_AUTO_TEST_CASE(a_part_that_was_cut_off_ended_when_it_was_last_heard_of) {
  const JournalReader reader = Script().lease(0, 2).result(0).part().end().read();
  BOOST_TEST_REQUIRE(reader.parts().size() == 2U);
  BOOST_TEST(!reader.parts()[0].ended);
  BOOST_TEST((reader.parts()[0].last == kNow));
}

BOOST_AUTO_TEST_CASE(ranges_are_joined_where_they_touch) {
  test::holds("a range set is a set", [] {
    RowRanges ranges;
    Rows rows;
    const auto adds = *rc::gen::container<std::vector<std::pair<std::uint64_t, std::uint64_t>>>(
        rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 40), rc::gen::inRange<std::uint64_t>(0, 6)));
    for (const auto& [begin, length] : adds) {
      ranges.add({begin, begin + length});
      for (std::uint64_t row = begin; row < begin + length; ++row) rows.insert(row);
    }
    for (std::uint64_t row = 0; row < 50; ++row) RC_ASSERT(ranges.contain(row) == rows.contains(row));
    for (std::size_t i = 1; i < ranges.all().size(); ++i)
      RC_ASSERT(ranges.all()[i - 1].end < ranges.all()[i].begin);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
