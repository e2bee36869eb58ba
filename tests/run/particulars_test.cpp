#include "bulkdrop/run/particulars.hpp"

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/pam/listed_session.hpp"
#include "bulkdrop/run/verification.hpp"

namespace bulkdrop::run {
namespace {

using report::Particulars;

input::SourceInfo csv(std::vector<std::string> columns) {
  input::SourceInfo source;
  source.format = input::Format::csv;
  source.columns = std::move(columns);
  return source;
}

Particulars of_csv(std::vector<std::string> columns, std::vector<std::string> fields) {
  ParticularsReader reader({csv(std::move(columns))});
  return reader.of(Row(), Result(), {"the row", std::move(fields)});
}

Particulars of_text(input::Format format, std::string_view text, std::string_view id = {}) {
  input::SourceInfo source;
  source.format = format;
  ParticularsReader reader({source});
  Row row;
  row.session_id = id;
  return reader.of(row, Result(), {text, {}});
}

BOOST_AUTO_TEST_SUITE(particulars)

BOOST_AUTO_TEST_CASE(the_columns_of_an_export_say_who_and_where) {
  const Particulars found =
      of_csv({"ID", "Session ID", "Credential", "Device", "User", "Origin IP", "Protocol", "Start"},
             {"1", "aa", "root", "10.0.0.1:22", "ana", "10.9.9.9", "ssh", "2026-05-06 16:05:07"});
  BOOST_TEST(found.user == "ana");
  BOOST_TEST(found.credential == "root");
  BOOST_TEST(found.device == "10.0.0.1:22");
  BOOST_TEST(found.origin == "10.9.9.9");
  BOOST_TEST(found.protocol == "ssh");
  BOOST_TEST(found.start == "2026-05-06 16:05:07");
  BOOST_TEST(found.original.empty());
}

BOOST_AUTO_TEST_CASE(in_portuguese_and_spanish_too) {
  const Particulars portuguese =
      of_csv({"Código", "Usuário", "Credencial", "Dispositivo", "ID da sessão", "Início", "IP de origem"},
             {"1", "ana", "root", "db01", "aa", "06/05/2026 16:05", "10.9.9.9"});
  BOOST_TEST(portuguese.user == "ana");
  BOOST_TEST(portuguese.start == "06/05/2026 16:05");
  BOOST_TEST(portuguese.origin == "10.9.9.9");
  const Particulars spanish = of_csv({"Nombre de usuario", "Equipo"}, {"ana", "db01"});
  BOOST_TEST(spanish.user == "ana");
  BOOST_TEST(spanish.device == "db01");
}

BOOST_AUTO_TEST_CASE(a_short_row_says_what_it_has) {
  BOOST_TEST(of_csv({"Session ID", "User", "Device"}, {"aa", "ana"}).user == "ana");
}

BOOST_AUTO_TEST_CASE(members_of_an_alert_are_found_where_siems_put_them) {
  const Particulars found =
      of_text(input::Format::jsonl,
              R"({"event":{"start":"2026-05-06T16:05:07Z"},"user":{"name":"ana"},"source":{"ip":"10.9.9.9"},)"
              R"("host":{"name":"db01"},"pam":{"session_id":"aa","protocol":"ssh"}})");
  BOOST_TEST(found.user == "ana");
  BOOST_TEST(found.origin == "10.9.9.9");
  BOOST_TEST(found.device == "db01");
  BOOST_TEST(found.protocol == "ssh");
  BOOST_TEST(found.start == "2026-05-06T16:05:07Z");
}

BOOST_AUTO_TEST_CASE(where_nothing_is_known_the_input_speaks_for_itself) {
  BOOST_TEST(of_text(input::Format::match, "suspicious session aa", "aa").original ==
             "suspicious session aa");
  BOOST_TEST(of_text(input::Format::text, " aa\t", "aa").original.empty());
  BOOST_TEST(of_text(input::Format::jsonl, "{\"a\":", "").original == "{\"a\":");
}

BOOST_AUTO_TEST_CASE(the_session_list_knows_better_than_the_export) {
  pam::ListedSession session;
  session.user = "ana";
  session.credential = "root";
  session.device = "db01, the old one";
  session.origin_ip = "10.9.9.9";
  session.start = "2026-05-06 16:05:07";
  Result result;
  result.reason = Reason::still_alive;
  result.message = listed_words(session);
  ParticularsReader reader({csv({"User", "Protocol"})});
  const Particulars found = reader.of(Row(), result, {"…", {"bob", "ssh"}});
  BOOST_TEST(found.user == "ana");
  BOOST_TEST(found.credential == "root");
  BOOST_TEST(found.device == "db01, the old one");
  BOOST_TEST(found.origin == "10.9.9.9");
  BOOST_TEST(found.start == "2026-05-06 16:05:07");
  BOOST_TEST(found.protocol == "ssh");
}

BOOST_AUTO_TEST_CASE(words_of_the_list_are_taken_apart_as_they_were_put_together) {
  test::holds("round trip of short values without commas", [] {
    const auto value = [] {
      return (*rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc .:-/@")))).substr(0, 60);
    };
    pam::ListedSession session;
    session.user = "u" + value();
    session.device = value();
    session.start = value();
    const Particulars found = listed_particulars(listed_words(session));
    RC_ASSERT(found.user == session.user);
    RC_ASSERT(found.device == session.device);
    RC_ASSERT(found.start == session.start);
  });
  BOOST_TEST(listed_particulars("listed as ended at 2026-05-06 16:05:07").start.empty());
  BOOST_TEST(listed_particulars("still listed as active").user.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::run
