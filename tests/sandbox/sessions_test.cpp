// The sessions, their records and the export.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/json.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/sandbox/session_table.hpp"
#include "bulkdrop/sandbox/session_text.hpp"

using namespace bulkdrop;
using namespace bulkdrop::sandbox;
using bulkdrop::test::Json;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

constexpr std::int64_t kNow = 1'700'000'000;

std::vector<std::string> csv_fields(const std::string& row) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '"') {
      if (quoted && i + 1 < row.size() && row[i + 1] == '"')
        fields.back() += row[++i];
      else
        quoted = !quoted;
    } else if (row[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += row[i];
    }
  }
  return fields;
}

std::vector<std::string> lines_of(const std::string& text, const std::string& line_end) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find(line_end, at);
    BOOST_REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + line_end.size();
  }
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_sessions)

BOOST_AUTO_TEST_CASE(the_same_seed_makes_the_same_sessions) {
  const SessionTable one(100, 7, kNow);
  const SessionTable same(100, 7, kNow);
  const SessionTable other(100, 8, kNow);
  std::set<std::string_view> ids;
  for (std::uint32_t i = 0; i < 100; ++i) {
    BOOST_TEST(one.at(i).id() == same.at(i).id());
    BOOST_TEST(one.at(i).started_at == same.at(i).started_at);
    BOOST_TEST(one.at(i).id() != other.at(i).id());
    BOOST_TEST(one.at(i).id().find_first_not_of("0123456789abcdef") == std::string_view::npos);
    BOOST_TEST(one.find(one.at(i).id()) == i);
    BOOST_TEST(ids.insert(one.at(i).id()).second);
  }
  BOOST_TEST(one.find(other.at(0).id()) == SessionTable::kNone);
}

BOOST_AUTO_TEST_CASE(a_session_ends_once) {
  SessionTable table(3, 1, kNow);
  BOOST_TEST(table.live() == 3U);
  BOOST_TEST(table.end(1, kNow));
  BOOST_TEST(!table.end(1, kNow + 5));
  BOOST_TEST(table.at(1).ended_at == kNow);
  BOOST_TEST(table.live() == 2U);
}

BOOST_AUTO_TEST_CASE(a_user_opens_another_session_as_long_as_there_is_room) {
  SessionTable table(2, 1, kNow, 1);
  table.end(0, kNow);
  const std::uint32_t fresh = table.open_again(0, kNow + 3);
  BOOST_REQUIRE(fresh == 2U);
  BOOST_TEST(table.size() == 3U);
  BOOST_TEST(table.live() == 2U);
  const Session& session = table.at(fresh);
  BOOST_TEST(session.id() != table.at(0).id());
  BOOST_TEST(table.find(session.id()) == fresh);
  BOOST_TEST(table.find(table.at(0).id()) == 0U);
  BOOST_TEST(session.user == table.at(0).user);
  BOOST_TEST(session.device == table.at(0).device);
  BOOST_TEST(session.started_at == kNow + 3);
  BOOST_TEST(session.ended_at == 0);
  BOOST_TEST(table.open_again(0, kNow + 4) == SessionTable::kNone);
  BOOST_TEST(SessionTable(2, 1, kNow).open_again(0, kNow) == SessionTable::kNone);
}

BOOST_AUTO_TEST_CASE(a_record_is_live_as_long_as_its_end_is_empty) {
  SessionTable table(1, 1, kNow);
  std::string live;
  append_record(live, table, 0, table.at(0).started_at + 3725);
  Json record(live);
  BOOST_TEST(record.text("/id") == "1");
  BOOST_TEST(record.text("/end").empty());
  BOOST_TEST(record.text("/time") == "01:02:05");
  BOOST_TEST(record.text("/device").starts_with("10."));
  BOOST_TEST(record.text("/session_id") == table.at(0).id());
  BOOST_TEST(record.is_null("/ITSM"));
  table.end(0, table.at(0).started_at + 60);
  std::string ended;
  append_record(ended, table, 0, kNow + 99999);
  record = Json(ended);
  BOOST_TEST(record.text("/end").size() == 19U);
  BOOST_TEST(record.text("/time") == "00:01:00");
}

BOOST_AUTO_TEST_CASE(a_record_can_be_written_as_older_servers_do) {
  SessionTable table(1, 1, kNow);
  const auto record = [&](const RecordStyle& style) {
    std::string text;
    append_record(text, table, 0, kNow, style);
    return text;
  };
  BOOST_TEST(record({}).find("\"credential\":\"usr") != std::string::npos);
  BOOST_TEST(record({.old_names = true}).find("\"credencial\":\"usr") != std::string::npos);
  BOOST_TEST(record({.old_names = true}).find("\"dispositivo\":\"10.") != std::string::npos);
  BOOST_TEST(record({.open_end = OpenEnd::null}).find("\"end\":null,") != std::string::npos);
  BOOST_TEST(record({.open_end = OpenEnd::absent}).find("\"end\"") == std::string::npos);
  BOOST_TEST(record({.open_end = OpenEnd::zeros}).find("\"end\":\"0000-00-00 00:00:00\"") !=
             std::string::npos);
  table.end(0, kNow);
  for (const OpenEnd kind : {OpenEnd::empty, OpenEnd::null, OpenEnd::absent, OpenEnd::zeros})
    BOOST_TEST(record({.open_end = kind}).find("\"end\":\"20") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_csv_export_reads_back) {
  const TempDir directory;
  const SessionTable table(200, 3, kNow);
  write_export(table, directory.path("sessions.csv"), kNow);
  const auto lines = lines_of(slurp(directory.path("sessions.csv")), "\r\n");
  BOOST_REQUIRE(lines.size() == 201U);
  BOOST_TEST(
      lines[0] ==
      "ID,Session ID,Credential,Device,User,Origin IP,Protocol,Proxy,Start,End,Time,Reason,Justification");
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto fields = csv_fields(lines[i + 1]);
    BOOST_REQUIRE(fields.size() == 13U);
    BOOST_TEST(fields[0] == std::to_string(i + 1));
    BOOST_TEST(fields[1] == table.at(i).id());
    BOOST_TEST(fields[6] == access_of(table.at(i)).protocol);
    BOOST_TEST(fields[9].empty());
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_ends_in_jsonl_is_written_as_json_lines) {
  const TempDir directory;
  const SessionTable table(50, 3, kNow);
  for (const std::string name : {"s.jsonl", "s.ndjson", "s.json"}) {
    write_export(table, directory.path(name), kNow);
    const auto lines = lines_of(slurp(directory.path(name)), "\n");
    BOOST_REQUIRE(lines.size() == 50U);
    for (std::uint32_t i = 0; i < 50; ++i) {
      std::string record;  // whose form the test above looks at
      append_record(record, table, i, kNow);
      BOOST_TEST(lines[i] == record);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_export_that_cannot_be_written_says_where) {
  const SessionTable table(1, 1, kNow);
  BOOST_CHECK_EXCEPTION(write_export(table, "/nonexistent/dir/x.csv", kNow), Error, [](const Error& error) {
    return error.code() == ExitCode::run_directory &&
           std::string_view(error.what()).starts_with("/nonexistent");
  });
}

BOOST_AUTO_TEST_SUITE_END()
