// The files in samples/ are read as their README says.
#include <string>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/input/screen.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

Reading sample(const std::string& file, const Options& options = {}) {
  return read_files({std::string(BULKDROP_SAMPLES) + "/" + file}, options);
}

std::size_t unusable(const Reading& reading) {
  return reading.rows.size() - reading.ids().size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(samples)

BOOST_AUTO_TEST_CASE(the_english_report) {
  const auto reading = sample("remote-sessions.en.csv");
  BOOST_TEST(reading.sources[0].field == "Session ID");
  BOOST_TEST(reading.sources[0].delimiter == ',');
  BOOST_TEST(reading.ids().size() > 10U);
  BOOST_TEST(unusable(reading) == 0U);
}

BOOST_AUTO_TEST_CASE(the_portuguese_report) {
  const auto reading = sample("remote-sessions.pt.csv");
  BOOST_TEST(reading.sources[0].field == "ID da sessão");
  BOOST_TEST(reading.sources[0].columns.front() == "Código");
  BOOST_TEST(reading.sources[0].delimiter == ';');
  BOOST_TEST(reading.ids().size() > 10U);
}

BOOST_AUTO_TEST_CASE(the_siem_alerts) {
  const auto reading = sample("siem-alerts.jsonl");
  BOOST_TEST((reading.sources[0].format == Format::jsonl));
  BOOST_TEST(reading.ids().size() > 10U);
}

BOOST_AUTO_TEST_CASE(the_list_answer) {
  const auto reading = sample("list-answer.json");
  BOOST_TEST((reading.sources[0].format == Format::json));
  BOOST_TEST(reading.ids().size() > 5U);
  BOOST_TEST(unusable(reading) == 0U);
}

BOOST_AUTO_TEST_CASE(the_list_of_ids) {
  const auto reading = sample("ids.txt");
  BOOST_TEST((reading.sources[0].format == Format::text));
  BOOST_TEST(reading.ids().size() > 5U);
}

BOOST_AUTO_TEST_CASE(the_log_lines) {
  Options options;
  options.match = "cs1Label=sessionId cs1=([0-9a-f]+)";
  const auto reading = sample("syslog-cef.log", options);
  BOOST_TEST(reading.ids().size() > 10U);
  BOOST_TEST(reading.sources[0].ignored_lines > 0U);
}

BOOST_AUTO_TEST_CASE(the_protect_list) {
  Screen screen({std::string(BULKDROP_SAMPLES) + "/protect.txt"}, "");
  Row row;
  row.session_id = "A1A22B65B2B3350109B5F2D6A4EBF9F5A98D8F6E";
  screen.admit(row);
  BOOST_TEST((row.admission == Admission::protected_));
}

BOOST_AUTO_TEST_SUITE_END()
