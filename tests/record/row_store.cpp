#include "bulkdrop/record/row_store.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

#include "file_size_limit.hpp"
#include "samples.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"

namespace bulkdrop::record {
namespace {

struct OwnedRow {
  Row row;
  std::string id;
  std::string message;
};

OwnedRow any_row() {
  OwnedRow owned;
  owned.row.source = *rc::gen::arbitrary<std::uint32_t>();
  owned.row.line = *rc::gen::arbitrary<std::uint64_t>();
  owned.row.offset = *rc::gen::arbitrary<std::uint64_t>();
  owned.row.length = *rc::gen::arbitrary<std::uint32_t>();
  owned.row.check = *rc::gen::arbitrary<std::uint32_t>();
  owned.row.admission = static_cast<Admission>(*rc::gen::inRange(0, 4));
  owned.row.reason = static_cast<Reason>(*rc::gen::inRange<std::size_t>(0, all_reasons().size()));
  owned.id = *any_text(300);
  owned.message = *any_text(300);
  return owned;
}

bool same(const Row& a, const Row& b) {
  return a.number == b.number && a.source == b.source && a.line == b.line && a.offset == b.offset &&
         a.length == b.length && a.check == b.check && a.session_id == b.session_id &&
         a.admission == b.admission && a.reason == b.reason && a.message == b.message;
}

Row plain_row(std::uint64_t line) {
  Row row;
  row.line = line;
  row.session_id = "3fcf1e4a16104e328d6794e1b9693cfc457871d2";
  return row;
}

BOOST_AUTO_TEST_SUITE(row_store)

BOOST_AUTO_TEST_CASE(rows_come_back_as_they_were_in_order_and_numbered) {
  const test::TempDir dir;
  test::holds("cursor(append(rows)) == rows", [&] {
    RowStore store(dir.path());
    const auto count = *rc::gen::inRange<std::size_t>(0, 30);
    std::vector<OwnedRow> rows;
    std::array<std::uint64_t, 4> by_admission{};
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(any_row());
      Row row = rows.back().row;
      row.session_id = rows.back().id;
      row.message = rows.back().message;
      store.append(row);
      RC_ASSERT(row.number == i);
      ++by_admission[static_cast<std::size_t>(row.admission)];
    }
    RC_ASSERT(store.rows() == count);
    RC_ASSERT(store.to_drop() == by_admission[0]);
    for (std::size_t i = 0; i < 4; ++i) RC_ASSERT(store.with(static_cast<Admission>(i)) == by_admission[i]);
    store.flush();
    auto cursor = store.cursor();
    Row row;
    for (std::size_t i = 0; i < count; ++i) {
      rows[i].row.number = i;
      rows[i].row.session_id = rows[i].id;
      rows[i].row.message = rows[i].message;
      RC_ASSERT(cursor.next(row));
      RC_ASSERT(same(row, rows[i].row));
    }
    RC_ASSERT(!cursor.next(row));
  });
}

BOOST_AUTO_TEST_CASE(a_cursor_goes_on_after_the_next_flush) {
  const test::TempDir dir;
  RowStore store(dir.path());
  auto cursor = store.cursor();
  Row out;
  BOOST_TEST(!cursor.next(out));
  Row row = plain_row(1);
  store.append(row);
  BOOST_TEST(!cursor.next(out));
  store.flush();
  BOOST_TEST(cursor.next(out));
  BOOST_TEST(!cursor.next(out));
  row = plain_row(2);
  store.append(row);
  store.flush();
  BOOST_TEST(cursor.next(out));
  BOOST_TEST(out.line == 2U);
  BOOST_TEST(out.number == 1U);
}

BOOST_AUTO_TEST_CASE(cursors_read_in_other_threads_while_rows_are_appended) {
  const test::TempDir dir;
  RowStore store(dir.path());
  constexpr std::uint64_t kRows = 50'000;
  std::atomic<int> good{0};
  const auto read = [&] {
    auto cursor = store.cursor();
    Row row;
    std::uint64_t expected = 0;
    while (expected < kRows) {
      if (!cursor.next(row)) {
        std::this_thread::yield();
        continue;
      }
      if (row.number != expected || row.line != expected + 1) return;
      ++expected;
    }
    ++good;
  };
  std::thread first(read);
  std::thread second(read);
  for (std::uint64_t i = 0; i < kRows; ++i) {
    Row row = plain_row(i + 1);
    store.append(row);
    if (i % 997 == 0) store.flush();
  }
  store.flush();
  first.join();
  second.join();
  BOOST_TEST(good == 2);
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut_at_a_character) {
  const test::TempDir dir;
  RowStore store(dir.path());
  std::string id;
  while (id.size() < 1000) id += "é";
  const std::string message(1000, 'm');
  Row row = plain_row(1);
  row.admission = Admission::invalid;
  row.session_id = id;
  row.message = message;
  store.append(row);
  BOOST_TEST(row.session_id == id);
  store.flush();
  auto cursor = store.cursor();
  BOOST_TEST_REQUIRE(cursor.next(row));
  BOOST_TEST(row.session_id.size() <= 300U);
  BOOST_TEST(is_valid_utf8(row.session_id));
  BOOST_TEST(row.session_id.ends_with("é…"));
  BOOST_TEST(row.message == std::string(297, 'm') + "…");
}

BOOST_AUTO_TEST_CASE(it_leaves_no_name_behind) {
  const test::TempDir dir;
  RowStore store(dir.path());
  Row row = plain_row(1);
  store.append(row);
  store.flush();
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_final_and_what_was_whole_stays_readable) {
  const test::TempDir dir;
  RowStore store(dir.path());
  Row row = plain_row(1);
  store.append(row);
  store.flush();
  const auto is_io = [](const Error& error) { return error.code() == ExitCode::run_directory; };
  {
    const FileSizeLimit full(100);
    row = plain_row(2);
    store.append(row);
    BOOST_CHECK_EXCEPTION(store.flush(), Error, is_io);
  }
  BOOST_CHECK_EXCEPTION(store.flush(), Error, is_io);
  BOOST_CHECK_EXCEPTION(store.append(row), Error, is_io);
  auto cursor = store.cursor();
  BOOST_TEST(cursor.next(row));
  BOOST_TEST(row.line == 1U);
  BOOST_TEST(!cursor.next(row));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_an_error) {
  BOOST_CHECK_THROW(RowStore("/nowhere/at/all"), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
