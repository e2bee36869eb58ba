#include <filesystem>
#include <stdexcept>

#include "samples.hpp"
#include "support/csv.hpp"
#include "support/property.hpp"
#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/column_union.hpp"
#include "bulkdrop/report/tables.hpp"

namespace bulkdrop::report {
namespace {

using Header = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(failed_tables)

BOOST_AUTO_TEST_CASE(rows_of_one_export_keep_their_columns) {
  const test::TempDir dir;
  const Header header = {"ID", "Session ID", "User", "User"};
  FailedTables tables(dir.path(), {header}, false, false, {"Session ID"});
  tables.add_csv(header, {"1", "aa", "ann;a", "b,c"});
  tables.add_csv(header, {"2", "bb"});
  tables.add_csv(header, {"3", "cc", "x", "y", "surplus", ""});
  tables.add_csv(header, {"4", "=dd", "", ""});
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) ==
             "ID,Session ID,User,User\r\n"
             "1,aa,ann;a,\"b,c\"\r\n"
             "2,bb,,\r\n"
             "3,cc,x,y,surplus,\r\n"
             "4,'=dd,,\r\n");
  BOOST_TEST((tables.files() == std::vector<std::string>{"failed.csv"}));
  BOOST_TEST(!std::filesystem::exists(dir.path("failed.jsonl")));
}

BOOST_AUTO_TEST_CASE(exports_with_other_columns_share_one_header_and_one_id_column) {
  const test::TempDir dir;
  const Header english = {"Session ID", "User", "Start"};
  const Header portuguese = {"Código", "ID da sessão", "START", "Fim"};
  FailedTables tables(dir.path(), {english, portuguese}, false, false, {"Session ID", "ID da sessão"});
  tables.add_csv(english, {"aa", "ann", "s1", "more"});
  tables.add_csv(portuguese, {"7", "bb", "s2", "e2"});
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) ==
             "Session ID,User,Start,Código,Fim\r\n"
             "aa,ann,s1,,,more\r\n"
             "bb,,s2,7,e2\r\n");
}

BOOST_AUTO_TEST_CASE(spellings_of_one_name_are_one_column_even_if_nobody_says_which_is_the_id) {
  const test::TempDir dir;
  FailedTables tables(dir.path(), {{"session_id"}, {"Session ID", "x"}, {"sessionId"}}, false, false);
  tables.add_csv({"sessionId"}, {"cc"});
  tables.add_csv({"Session ID", "x"}, {"bb", "1"});
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "session_id,x\r\ncc,\r\nbb,1\r\n");
}

BOOST_AUTO_TEST_CASE(a_source_without_header_stays_without) {
  const test::TempDir dir;
  FailedTables tables(dir.path(), {{}}, false, false, {"column 2"});
  tables.add_csv({}, {"1", "aa", "x"});
  tables.add_csv({}, {"2"});
  tables.add_csv({}, {""});
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "1,aa,x\r\n2\r\n\"\"\r\n");
}

BOOST_AUTO_TEST_CASE(a_row_without_header_beside_others_has_its_id_where_the_header_says) {
  const test::TempDir dir;
  const Header header = {"User", "SID"};
  FailedTables tables(dir.path(), {header, {}}, false, false, {"SID", "column 2"});
  tables.add_csv({}, {"1", "aa", "x"});
  tables.add_csv(header, {"ann", "bb"});
  tables.add_csv({}, {"1"});
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "User,SID\r\n,aa,1,aa,x\r\nann,bb\r\n,,1\r\n");
}

BOOST_AUTO_TEST_CASE(a_row_whose_original_is_lost_keeps_its_id) {
  const test::TempDir dir;
  const Header header = {"User", "SID", "Start"};
  FailedTables tables(dir.path(), {header, {}}, false, false, {"SID", "column 3"});
  tables.add_csv_id(header, "aa");
  tables.add_csv_id({}, "bb");
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "User,SID,Start\r\n,aa,\r\n,bb,\r\n");
  FailedTables bare(dir.path(), {{}}, false, false, {"column 3"});
  bare.add_csv_id({}, "cc");
  bare.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == ",,cc\r\n");
}

BOOST_AUTO_TEST_CASE(a_malformed_row_has_no_id_and_its_text_behind_the_last_column) {
  const test::TempDir dir;
  const Header header = {"User", "SID"};
  FailedTables tables(dir.path(), {header}, false, false, {"SID"});
  tables.add_csv_malformed(header, "\"a,bb");
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "User,SID\r\n,,\"\"\"a,bb\"\r\n");
  FailedTables bare(dir.path(), {{}}, false, false, {"column 1"});
  bare.add_csv_malformed({}, "bb,\"x");
  bare.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == ",\"bb,\"\"x\"\r\n");
}

BOOST_AUTO_TEST_CASE(text_rows_stand_under_session_id_and_original) {
  const test::TempDir dir;
  FailedTables tables(dir.path(), {}, false, true);
  tables.add_text("aa", "<34>Nov 21 pam: \"aa\", dropped");
  tables.add_text("", "");
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) ==
             "session_id,original\r\naa,\"<34>Nov 21 pam: \"\"aa\"\", dropped\"\r\n,\r\n");
}

BOOST_AUTO_TEST_CASE(text_rows_beside_an_export_use_its_id_column) {
  const test::TempDir dir;
  const Header header = {"User", "ID da sessão"};
  FailedTables tables(dir.path(), {header}, false, true, {"ID da sessão"});
  tables.add_text("aa", "line");
  tables.add_csv(header, {"ann", "bb"});
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "User,ID da sessão,original\r\n,aa,line\r\nann,bb,\r\n");
}

BOOST_AUTO_TEST_CASE(json_rows_stay_as_they_were_on_one_line) {
  const test::TempDir dir;
  FailedTables tables(dir.path(), {}, true, false);
  tables.add_json(R"({"id": "a  b",  "n":1.50,"q":"\"\\"})");
  tables.add_json("  {\n  \"id\": \"x\",\r\n\t\"list\": [1,\n 2]\n}\n");
  tables.add_json("{\"torn\": \"a\nb\\\n");
  tables.add_json("{\"id\":\"caf\xe9\"}");
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.jsonl")) ==
             "{\"id\": \"a  b\",  \"n\":1.50,\"q\":\"\\\"\\\\\"}\n"
             "{ \"id\": \"x\", \"list\": [1, 2] }\n"
             "{\"torn\": \"a\\nb\\\n"
             "{\"id\":\"café\"}\n");
  BOOST_TEST((tables.files() == std::vector<std::string>{"failed.jsonl"}));
  BOOST_TEST(!std::filesystem::exists(dir.path("failed.csv")));
}

BOOST_AUTO_TEST_CASE(a_file_is_made_for_each_kind_of_source_rows_or_not) {
  const test::TempDir dir;
  FailedTables tables(dir.path(), {{"session_id"}}, true, false);
  BOOST_TEST((tables.files() == std::vector<std::string>{"failed.csv", "failed.jsonl"}));
  tables.commit();
  BOOST_TEST(test::slurp(dir.path("failed.csv")) == "session_id\r\n");
  BOOST_TEST(test::slurp(dir.path("failed.jsonl")).empty());
}

BOOST_AUTO_TEST_CASE(a_header_that_was_not_announced_is_a_mistake_of_the_caller) {
  const test::TempDir dir;
  FailedTables tables(dir.path(), {{"session_id"}}, false, false);
  BOOST_CHECK_THROW(tables.add_csv({"other"}, {"x"}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(nothing_of_any_row_is_lost) {
  const test::TempDir dir;
  test::holds(
      "every cell of every row is in failed.csv, in strict CSV with at least the header's columns", [&] {
        // Small ones: files of a hundred columns find nothing that files of ten don't.
        const auto small = [](auto gen) { return rc::gen::resize(10, gen); };
        const auto any_header = rc::gen::container<Header>(rc::gen::oneOf(
            hostile_text(),
            rc::gen::element<std::string>("User", "user", "Session ID", "session_id", "", "Start")));
        const auto headers = *small(rc::gen::nonEmpty(rc::gen::container<std::vector<Header>>(any_header)));
        const bool all_bare =
            std::all_of(headers.begin(), headers.end(), [](const Header& h) { return h.empty(); });
        const auto ids = *rc::gen::container<std::vector<std::string>>(
            rc::gen::element<std::string>("Session ID", "column 2", "1", ""));
        const bool text = *rc::gen::arbitrary<bool>();
        FailedTables tables(dir.path(), headers, false, text, ids);
        std::vector<std::vector<std::string>> added;
        for (const Header& header : headers) {
          added.push_back(
              *small(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(hostile_text()))));
          tables.add_csv(header, added.back());
          if (!text) continue;
          added.push_back({*hostile_text(), *hostile_text()});
          tables.add_text(added.back()[0], added.back()[1]);
        }
        tables.commit();
        auto rows = test::parse_csv(test::slurp(dir.path("failed.csv")));
        const std::size_t width = all_bare && !text ? 0 : rows.front().size();
        if (width > 0) rows.erase(rows.begin());
        RC_ASSERT(rows.size() == added.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
          RC_ASSERT(rows[i].size() >= width);
          for (const std::string& cell : rows[i]) RC_ASSERT(is_valid_utf8(cell));
          std::vector<std::string> left;
          for (const std::string& cell : rows[i]) left.push_back(test::without_apostrophe(cell));
          for (const std::string& cell : added[i]) {
            const auto found = std::find(left.begin(), left.end(), test::without_apostrophe(to_utf8(cell)));
            RC_ASSERT(found != left.end());
            left.erase(found);
          }
        }
      });
}

BOOST_AUTO_TEST_CASE(any_json_stays_on_its_line) {
  const test::TempDir dir;
  test::holds("as many lines as values", [&] {
    FailedTables tables(dir.path(), {}, true, false);
    const auto values = *rc::gen::container<std::vector<std::string>>(hostile_text());
    for (const auto& value : values) tables.add_json(value);
    tables.commit();
    const std::string json = test::slurp(dir.path("failed.jsonl"));
    RC_ASSERT(static_cast<std::size_t>(std::count(json.begin(), json.end(), '\n')) == values.size());
    RC_ASSERT(json.find('\r') == std::string::npos);
    RC_ASSERT(is_valid_utf8(json));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
