// Which format a source is taken for.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/input/field_names.hpp"
#include "bulkdrop/input/limits.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

Format detected(const std::string& text, const std::string& field = {}) {
  Options options;
  options.field = field;
  // A stream is not refused for its records, only for its header.
  options.stream = true;
  return read_text(text, options).sources[0].format;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(detection)

BOOST_AUTO_TEST_CASE(each_format_is_known_by_its_first_line) {
  struct Case {
    std::string text;
    Format format;
  };
  for (const auto& [text, format] : std::vector<Case>{
           {"\n [1]", Format::json},
           {"[", Format::json},
           {"{\"session_id\":\"x\"}\n", Format::jsonl},
           {"\r\n  {\"session_id\":\"x\"}  \n", Format::jsonl},
           {"{\"session_id\":\"x\"}", Format::jsonl},
           {"{\"session_id\":\"Jos\xE9\"}", Format::jsonl},
           {"{\n\"session_id\":\"x\"}\n", Format::json},
           {"{\"code\":200,\"remote_sessions\":[]}", Format::json},
           {"{\"remote_sessions\":1}\n", Format::jsonl},
           {"{\"remote_sessions\":[\"" + std::string(2 * kMaxRecordBytes, 'x') + "\"]}", Format::json},
           {"\"" + kA + "\"\n", Format::jsonl},
           {"session_id\n", Format::csv},
           {"\"Session ID\"\n", Format::csv},
           {"sep=,\nx,session_id\n", Format::csv},
           {"x|ID da sess\xE3o\n", Format::csv},
           {kA, Format::text},
           {"# note, with; everything|\n\n" + kA + "\n", Format::text},
           {"# only notes\n", Format::text},
           {"something\n", Format::text},
           {"1dbd4*****8975\n", Format::text},
       }) {
    BOOST_TEST_CONTEXT(text.substr(0, 60)) {
      BOOST_TEST(name(detected(text)) == name(format));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_field_that_the_user_names_makes_a_table) {
  BOOST_TEST(name(detected("hash\n" + kA + "\n", "Hash")) == "csv");
  BOOST_TEST(name(detected(kA + "\n", "1")) == "csv");
  BOOST_TEST(name(detected("{\"hash\":1}\n", "hash")) == "jsonl");
}

BOOST_AUTO_TEST_CASE(json_lines_are_known_behind_a_line_of_noise) {
  const std::string object = "{\"session_id\":\"" + kA + "\"}\n";
  for (const std::string noise :
       {"{\"session_id\":\"cut o\n", "{\"session_id\":\"x\"} x\n", "started at 6:38, waiting\n",
        "nonsense\r\n\n", "{\"session_id\":\"cut o\n# note\n", "\"torn\n"}) {
    BOOST_TEST_CONTEXT(noise) {
      const auto reading = read_text(noise + object + object);
      BOOST_TEST((reading.sources[0].format == Format::jsonl));
      BOOST_TEST(reading.ids().size() == 2U);
      BOOST_TEST(!reading.rows[0].usable());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_document_with_an_object_on_its_second_line_is_a_document) {
  const std::string object = "{\"session_id\":\"" + kA + "\"}\n";
  for (const std::string& text : {"{\"remote_sessions\":[\n" + object + "]}", "[\n" + object + "]",
                                  "{\"x\":\n" + object + ",\"remote_sessions\":[" + object + "]}",
                                  "[" + object.substr(0, object.size() - 1) + ",\n" + object + "]"}) {
    const auto reading = read_text(text);
    BOOST_TEST((reading.sources[0].format == Format::json), text);
    BOOST_TEST(reading.ids().size() > 0U);
  }
  BOOST_TEST((read_text(kA + "\n" + object).sources[0].format == Format::text));
  BOOST_TEST((read_text("session_id\n" + object).sources[0].format == Format::csv));
}

BOOST_AUTO_TEST_CASE(a_first_json_line_that_is_too_long_is_told_what_to_do) {
  const std::string line =
      "{\"session_id\":\"" + kA + "\",\"x\":\"" + std::string(2 * kMaxRecordBytes, 'x') + "\"}\n";
  BOOST_TEST(contains(error_reading(line + line), "--format jsonl"));
}

BOOST_AUTO_TEST_CASE(a_given_delimiter_counts_for_detection) {
  Options options;
  options.delimiter = ':';
  BOOST_TEST(read_text("x:session_id\n1:" + kA + "\n", options).ids().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_table_without_an_id_lists_its_columns) {
  const auto error = error_reading("User;Device\nx;y\n");
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, R"("User", "Device")"));
  BOOST_TEST(contains(error_reading("<134>Jun 11 06:38:00 pam.example event sid=1\n"), "--match"));
}

BOOST_AUTO_TEST_CASE(a_given_format_is_obeyed) {
  Options options;
  options.format = Format::text;
  BOOST_TEST(read_text("session_id\n" + kA + "\n", options).lines() == "1:bad_id 2");
  options.format = Format::jsonl;
  BOOST_TEST(read_text("[\"" + kA +
                           "\"]\n{}\n"
                           "\"" +
                           kA + "\"",
                       options)
                 .lines() == "1:missing_field 2:missing_field 3");
}

BOOST_AUTO_TEST_CASE(names_of_formats_are_those_of_the_option) {
  for (const auto* known : {"auto", "csv", "jsonl", "json", "text"})
    BOOST_TEST(name(format_from_name(known).value()) == known);
  BOOST_TEST(!format_from_name("match").has_value());
  BOOST_TEST(!format_from_name("CSV").has_value());
  BOOST_TEST(name(Format::match) == "match");
}

BOOST_AUTO_TEST_CASE(folding_takes_off_case_accents_and_separators) {
  BOOST_TEST(fold_name("  Session_ID-.\t") == "sessionid");
  BOOST_TEST(fold_name("ÀÉÎÕÜÇÑ") == "aeioucn");
  BOOST_TEST(fold_name("a\xCC\x83o") == "ao");
  BOOST_TEST(fold_name("\xEF\xBB\xBFx") == "x");
  BOOST_TEST(fold_name("Æß×会") == "æß×会");
  BOOST_TEST(fold_name("sess\xE3o") == "sessao");
  BOOST_TEST(fold_name("") == "");
}

BOOST_AUTO_TEST_CASE(names_that_are_near_are_not_taken) {
  const FieldNames usual("");
  for (const std::string other : {"id", "ID", "session", "sessionids", "session_id_old", "my session_id",
                                  "sid", "identifier", "ID da sessao 2", "", "sessi\xF3n"})
    BOOST_TEST(!usual.matches(other), other);
  const FieldNames own("Größe ID");
  BOOST_TEST(own.matches("GRÖßE_id"));
  BOOST_TEST(!own.matches("session_id"));
}

BOOST_AUTO_TEST_SUITE_END()
