#include <filesystem>

#include "samples.hpp"
#include "support/csv.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::report {
namespace {

Row row_at(std::uint64_t line, std::string_view id) {
  Row row;
  row.line = line;
  row.session_id = id;
  return row;
}

BOOST_AUTO_TEST_SUITE(session_tables)

BOOST_AUTO_TEST_CASE(a_row_says_what_became_of_the_session) {
  const test::TempDir dir;
  SessionTables tables(dir.path());
  Result dropped;
  dropped.status = Status::dropped;
  dropped.reason = Reason::ok;
  dropped.http_status = 200;
  dropped.error_code = 0;
  dropped.message = "Sessão interrompida, com sucesso";
  dropped.attempts = 2;
  dropped.first_sent_at = kStart;
  dropped.finished_at = kStart + std::chrono::milliseconds{41};
  dropped.duration_ms = 41;
  tables.add(row_at(2, "3fcf1e4a16104e328d6794e1b9693cfc457871d2"), "export.csv", dropped);
  Result invalid;
  invalid.status = Status::invalid;
  invalid.reason = Reason::missing_field;
  Row bad = row_at(3, "");
  bad.message = "no ID in column 2";
  tables.add(bad, "=export.csv", invalid);
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("sessions.csv")) ==
             "source,line,session_id,status,reason,http_status,error_code,message,attempts,first_sent_at,"
             "finished_at,"
             "duration_ms\r\n"
             "export.csv,2,3fcf1e4a16104e328d6794e1b9693cfc457871d2,dropped,ok,200,0,"
             "\"Sessão interrompida, com sucesso\",2,2026-11-21T03:04:05.678Z,2026-11-21T03:04:05.719Z,41\r\n"
             "'=export.csv,3,,invalid,missing_field,,,no ID in column 2,0,,,\r\n");
  BOOST_TEST(
      test::slurp(dir.path("sessions.jsonl")) ==
      R"({"source":"export.csv","line":2,"session_id":"3fcf1e4a16104e328d6794e1b9693cfc457871d2",)"
      R"("status":"dropped","reason":"ok","http_status":200,"error_code":0,)"
      R"("message":"Sessão interrompida, com sucesso","attempts":2,)"
      R"("first_sent_at":"2026-11-21T03:04:05.678Z","finished_at":"2026-11-21T03:04:05.719Z","duration_ms":41})"
      "\n"
      R"({"source":"=export.csv","line":3,"session_id":null,"status":"invalid","reason":"missing_field",)"
      R"("http_status":null,"error_code":null,"message":"no ID in column 2","attempts":0,)"
      R"("first_sent_at":null,"finished_at":null,"duration_ms":null})"
      "\n");
}

BOOST_AUTO_TEST_CASE(nothing_appears_before_commit) {
  const test::TempDir dir;
  {
    SessionTables tables(dir.path());
    tables.add(row_at(1, "a"), "x", Result{});
    BOOST_TEST(!std::filesystem::exists(dir.path("sessions.csv")));
  }
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
}

BOOST_AUTO_TEST_CASE(a_run_without_rows_has_a_header_and_nothing_else) {
  const test::TempDir dir;
  SessionTables(dir.path()).commit();
  BOOST_TEST(test::parse_csv(test::slurp(dir.path("sessions.csv"))).size() == 1U);
  BOOST_TEST(test::slurp(dir.path("sessions.jsonl")).empty());
}

BOOST_AUTO_TEST_CASE(nothing_in_the_csv_moves_a_cursor_and_json_has_the_text_itself) {
  const test::TempDir dir;
  SessionTables tables(dir.path());
  tables.add(row_at(1, "\x1b[2Jowned\rsafe"), "e\x1bx", Result{});
  tables.commit();
  const std::string csv = test::slurp(dir.path("sessions.csv"));
  BOOST_TEST(csv.find("\r\ne\\x1Bx,1,\\x1B[2Jowned\\rsafe,") != std::string::npos, csv);
  BOOST_TEST(csv.find('\x1b') == std::string::npos);
  BOOST_TEST(test::slurp(dir.path("sessions.jsonl")).find(R"("\u001b[2Jowned\rsafe")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(whatever_the_texts_hold_every_cell_reads_back) {
  const test::TempDir dir;
  test::holds("strict CSV of twelve columns, and one JSON object a line", [&] {
    SessionTables tables(dir.path());
    std::vector<test::CsvRow> expected;
    const auto count = *rc::gen::inRange<std::size_t>(0, 10);
    const auto number = [](const auto& value) { return value ? std::to_string(*value) : std::string(); };
    const auto time = [](const auto& value) { return value ? rfc3339(*value) : std::string(); };
    for (std::size_t i = 0; i < count; ++i) {
      const Result result = any_result();
      const std::string source = *hostile_text();
      const std::string id = *hostile_text();
      const std::string message = *hostile_text();
      Row row = row_at(i, id);
      row.message = message;
      tables.add(row, source, result);
      const auto shown = [](const std::string& text) { return printable(to_utf8(text)); };
      expected.push_back({shown(source), std::to_string(i), shown(id.empty() ? result.session_id : id),
                          std::string(name(result.status)), std::string(name(result.reason)),
                          result.http_status == 0 ? "" : std::to_string(result.http_status),
                          number(result.error_code), shown(result.message.empty() ? message : result.message),
                          std::to_string(result.attempts), time(result.first_sent_at),
                          time(result.finished_at), number(result.duration_ms)});
    }
    tables.commit();
    const std::string csv = test::slurp(dir.path("sessions.csv"));
    RC_ASSERT(is_valid_utf8(csv));
    auto rows = test::parse_csv(csv);
    RC_ASSERT(rows.size() == count + 1);
    rows.erase(rows.begin());
    for (auto& row : rows) {
      // Only these three hold text from outside; a negative number keeps its sign.
      for (const std::size_t column : {0U, 2U, 7U}) row[column] = test::without_apostrophe(row[column]);
    }
    for (auto& row : expected) {
      for (const std::size_t column : {0U, 2U, 7U}) row[column] = test::without_apostrophe(row[column]);
    }
    RC_ASSERT(rows == expected);
    const std::string json = test::slurp(dir.path("sessions.jsonl"));
    RC_ASSERT(is_valid_utf8(json));
    RC_ASSERT(static_cast<std::size_t>(std::count(json.begin(), json.end(), '\n')) == count);
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
