// JSON lines and JSON documents.
#include <string>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/input/limits.hpp"

using namespace bulkdrop;
using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

using Ids = std::vector<std::string>;

Options as(Format format, std::string field = {}, bool stream = false) {
  Options options;
  options.format = format;
  options.field = std::move(field);
  options.stream = stream;
  return options;
}

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_lines)

BOOST_AUTO_TEST_CASE(the_id_is_found_however_deep_it_is_nested) {
  const auto reading = read_text(
      fmt::format(R"({{"id":1,"alert":{{"events":[{{"kind":"x"}},{{"pam":{{"session_id":"{}"}}}}]}}}})"
                  "\r\n\n  \n"
                  R"({{"Session ID":"{}"}})"
                  "\n"
                  R"({{"ID da sess\u00e3o":"{}"}})",
                  kA, kB, kC));
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "1 4 5");
  BOOST_TEST((reading.sources[0].format == Format::jsonl));
  BOOST_TEST(reading.sources[0].field == "/alert/events/1/pam/session_id");
}

BOOST_AUTO_TEST_CASE(lines_that_are_plain_strings_are_ids) {
  const auto reading = read_text(quoted(kA) + "\n" + quoted(kB) + "\n");
  BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
  BOOST_TEST((reading.sources[0].format == Format::jsonl));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_json_is_shown) {
  const auto reading =
      read_text("nobody\x1b[2J home\n" + std::string(500, 'n') + "\n", as(Format::jsonl, {}, true));
  BOOST_TEST(reading.rows[0].message.starts_with("not valid JSON; it begins with nobody"),
             reading.rows[0].message);
  BOOST_TEST(!contains(reading.rows[0].message, "\x1b"));
  BOOST_TEST(reading.rows[1].message.size() < 110U);
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_an_invalid_row_and_stops_nothing) {
  const auto reading =
      read_text(fmt::format("{{\"session_id\":\"{}\"}}\n{{broken\n{{\"session_id\":\"{}\"}} x\n"
                            "{{\"other\":1}}\n{{\"session_id\":\"{}\"}}\n",
                            kA, kB, kC));
  BOOST_TEST(reading.lines() == "1 2:malformed_row 3:malformed_row 4:missing_field 5");
}

BOOST_AUTO_TEST_CASE(objects_one_behind_the_other_are_rows_as_jq_prints_them) {
  const std::string text = fmt::format(
      "{{\n  \"session_id\": \"{}\"\n}}\n{{\n  \"session_id\": \"{}\"\n}} {{\"session_id\":\"{}\"}}", kA, kB,
      kC);
  const auto reading = read_text(text + "\n{\n  \"user\": 1\n}\n");
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "1 4 6 7:missing_field");
  // A cut one is no whole one, and a list is a document of its own.
  BOOST_TEST(contains(error_reading(text.substr(0, text.size() - 1)), "ends in the middle"));
  BOOST_TEST(contains(error_reading("{\"remote_sessions\":[]}\n" + text), "jq -c"));
  BOOST_TEST(contains(error_reading("[]\n" + text), "jq -c"));
  const auto lines = read_text(text, as(Format::jsonl));
  BOOST_TEST(contains(lines.rows[0].message, "jq -c"), lines.rows[0].message);
}

BOOST_AUTO_TEST_CASE(carriage_returns_end_lines_too) {
  const auto reading = read_text(fmt::format(R"({{"session_id":"{}"}})"
                                             "\r"
                                             R"({{"session_id":"{}"}})"
                                             "\r\r\n"
                                             R"({{"session_id":"{}"}})",
                                             kA, kB, kC));
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "1 2 4");
}

BOOST_AUTO_TEST_CASE(numbers_of_any_size_are_json) {
  for (const std::string number : {"98765432109876543210", "-98765432109876543210", "1e999", "-1E+999",
                                   "0.5e-9999", "123456789012345678901234567890.5"}) {
    BOOST_TEST_CONTEXT(number) {
      const auto line = fmt::format(
          R"({{"n":[{0},{0}],"s":"{0} \"{0}","session_id":"{1}","m":{{"k": {0} }}}})", number, kA);
      for (const auto& text : {line, line + "\n" + line + "\n", "[" + line + ",\n" + line + "]",
                               "{\"at\":" + number + ",\"remote_sessions\":[" + line + "]}"}) {
        const auto reading = read_text(text);
        BOOST_TEST(reading.rows.size() > 0U);
        BOOST_TEST(reading.ids().size() == reading.rows.size());
      }
      BOOST_TEST((read_text(line).sources[0].format == Format::jsonl));
      // With letters of some code page beside it.
      BOOST_TEST(read_text(fmt::format("{{\"u\":\"Jos\xE9\",\"n\":{},\"session_id\":\"{}\"}}\n", number, kA))
                         .ids() == Ids{kA},
                 boost::test_tools::per_element());
      const auto no_string = read_text("{\"session_id\":" + number + "}\n");
      BOOST_TEST(no_string.lines() == "1:bad_id");
      BOOST_TEST(contains(no_string.rows[0].message, "not a string"));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_number_is_not_json) {
  for (const std::string bad : {"01", "1.", ".5", "--1", "1e", "1e+", "+1", "-", "0x10", "1 2", "1.5.5", "1a",
                                "98765432109876543210 1", "098765432109876543210"}) {
    const auto reading = read_text(
        fmt::format("{{\"session_id\":\"{}\"}}\n{{\"n\":{},\"session_id\":\"{}\"}}\n", kA, bad, kB));
    BOOST_TEST(reading.lines() == "1 2:malformed_row", bad);
  }
}

BOOST_AUTO_TEST_CASE(the_id_must_be_a_string) {
  struct Case {
    const char* value;
    const char* lines;
  };
  for (const auto& [value, lines] :
       {Case{"8101", "1:bad_id"}, Case{"true", "1:bad_id"}, Case{"1.5", "1:bad_id"},
        Case{"null", "1:missing_field"}, Case{"\"\"", "1:missing_field"}, Case{"\" \"", "1:missing_field"},
        Case{"[]", "1:missing_field"}, Case{"[\"a\",\"b\"]", "1:bad_id"}, Case{"[7]", "1:bad_id"}}) {
    BOOST_TEST_CONTEXT(value) {
      const auto reading = read_text(fmt::format("{{\"session_id\":{}}}\n", value));
      BOOST_TEST(reading.lines() == lines);
      BOOST_TEST(!reading.rows[0].message.empty());
    }
  }
  BOOST_TEST(read_text(fmt::format("{{\"session_id\":[\"{}\"]}}\n", kA)).ids() == Ids{kA},
             boost::test_tools::per_element());
  BOOST_TEST(read_text("12\nnull\n[3]\n" + quoted(kA), as(Format::jsonl)).lines() ==
             "1:bad_id 2:missing_field 3:missing_field 4");
}

BOOST_AUTO_TEST_CASE(a_known_name_around_an_object_is_looked_into) {
  const auto reading = read_text(fmt::format("{{\"session_id\":{{\"session_id\":\"{}\"}}}}\n", kA));
  BOOST_TEST(reading.ids() == Ids{kA}, boost::test_tools::per_element());
  BOOST_TEST(reading.sources[0].field == "/session_id/session_id");
}

BOOST_AUTO_TEST_CASE(two_candidates_in_the_first_record_are_an_error_that_names_both) {
  const auto error =
      error_reading(fmt::format("\n{{\"session_id\":\"{}\",\"old\":{{\"sessionId\":\"{}\"}}}}\n", kA, kB));
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, "export:2: "));
  BOOST_TEST(contains(error, "\"/session_id\", \"/old/sessionId\""));
  BOOST_TEST(contains(error, "--field"));
}

BOOST_AUTO_TEST_CASE(two_candidates_in_a_later_record_are_an_invalid_row) {
  const auto reading = read_text(fmt::format(
      "{{\"session_id\":\"{0}\"}}\n{{\"session_id\":\"{0}\",\"a/b\":{{\"session id\":\"{1}\"}}}}\n", kA, kB));
  BOOST_TEST(reading.lines() == "1 2:missing_field");
  BOOST_TEST(contains(reading.rows[1].message, "/session_id"));
  BOOST_TEST(contains(reading.rows[1].message, "/a~1b/session id"));
}

BOOST_AUTO_TEST_CASE(a_key_written_twice_is_ambiguous_unless_it_says_the_same) {
  const std::string first = fmt::format("{{\"session_id\":\"{}\"}}\n", kC);
  BOOST_TEST(
      read_text(first + fmt::format("{{\"session_id\":\"{}\",\"session_id\":\"{}\"}}\n", kA, kB)).lines() ==
      "1 2:missing_field");
  BOOST_TEST(
      read_text(first + fmt::format("{{\"session_id\":\"{0}\",\"session_id\":\"{0}\"}}\n", kA)).lines() ==
      "1 2");
  const auto with_pointer = as(Format::jsonl, "/a/session_id");
  BOOST_TEST(read_text(fmt::format("{{\"a\":{{\"session_id\":\"{0}\"}}}}\n"
                                   "{{\"a\":{{\"session_id\":\"{0}\"}},\"a\":{{\"session_id\":\"{1}\"}}}}\n",
                                   kA, kB),
                       with_pointer)
                 .lines() == "1 2:missing_field");
}

BOOST_AUTO_TEST_CASE(no_candidate_in_the_whole_source_is_an_error_that_lists_the_fields) {
  const auto error = error_reading("{\"id\":\"1\",\"a\":{\"b~c\":[{\"d\":2}]}}\n{\"x\":1}\n");
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, R"("/id", "/a/b~0c/0/d")"));
  BOOST_TEST(contains(error, "--field"));
}

BOOST_AUTO_TEST_CASE(a_first_record_without_the_field_is_an_invalid_row_where_others_have_it) {
  BOOST_TEST(read_text(fmt::format("{{\"type\":\"start\"}}\n{{\"session_id\":\"{}\"}}\n", kA)).lines() ==
             "1:missing_field 2");
}

BOOST_AUTO_TEST_CASE(a_stream_is_never_refused_for_its_records) {
  Options options;
  options.stream = true;
  BOOST_TEST(read_text("{\"x\":1}\n{\"y\":1}\n", options).lines() == "1:missing_field 2:missing_field");
  BOOST_TEST(
      read_text(fmt::format("{{\"session_id\":\"{0}\",\"sessionId\":\"{0}\"}}\n", kA), options).lines() ==
      "1:missing_field");
}

BOOST_AUTO_TEST_CASE(malformed_lines_alone_are_invalid_rows) {
  BOOST_TEST(read_text("{x\n{y\n", as(Format::jsonl)).lines() == "1:malformed_row 2:malformed_row");
}

BOOST_AUTO_TEST_CASE(field_takes_a_pointer) {
  const std::string text =
      fmt::format(R"({{"session_id":"x","a/b":{{"~":["no","{}"]}},"":{{"":"{}"}}}})", kA, kB);
  BOOST_TEST(read_text(text, as(Format::automatic, "/a~1b/~0/1")).ids() == Ids{kA},
             boost::test_tools::per_element());
  BOOST_TEST(read_text(text, as(Format::automatic, "//")).ids() == Ids{kB}, boost::test_tools::per_element());
  for (const std::string missing : {"/a~1b/~0/2", "/a~1b/~0/01", "/a~1b/~0/-", "/a~1b/~0/x", "/none"}) {
    const auto error = error_reading(text, as(Format::automatic, missing));
    BOOST_TEST(error.starts_with("3: "));
    BOOST_TEST(contains(error, missing));
  }
  BOOST_TEST(read_text(text, as(Format::automatic, "/a~1b")).lines() == "1:bad_id");
}

BOOST_AUTO_TEST_CASE(field_takes_a_key_of_the_record_or_else_a_nested_one) {
  const std::string own = fmt::format("{{\"user\":{{\"sid\":\"{}\"}},\"sid\":\"{}\"}}\n", kA, kB);
  BOOST_TEST(read_text(own, as(Format::automatic, "sid")).ids() == Ids{kB}, boost::test_tools::per_element());
  const std::string nested = fmt::format("{{\"session_id\":\"{}\",\"user\":{{\"SID\":\"{}\"}}}}\n", kA, kB);
  BOOST_TEST(read_text(nested, as(Format::automatic, "sid")).ids() == Ids{kB},
             boost::test_tools::per_element());
  BOOST_TEST(read_text(fmt::format("{{\"id\":\"{}\"}}\n", kA), as(Format::automatic, "id")).ids() == Ids{kA},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_record_in_windows_1252_still_gives_its_id) {
  BOOST_TEST(read_text(fmt::format("{{\"user\":\"Jos\xE9\",\"session_id\":\"{}\"}}\n", kA)).ids() == Ids{kA},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_of_a_mebibyte_is_read_and_a_longer_one_is_not) {
  const auto record = [](std::size_t size) {
    const std::string start = "{\"session_id\":\"" + kA + "\",\"x\":\"";
    return start + std::string(size - start.size() - 2, 'x') + "\"}\n";
  };
  const auto reading = read_text(
      record(kMaxRecordBytes) + record(kMaxRecordBytes + 1) + record(5 * kMaxRecordBytes) + record(200),
      as(Format::jsonl));
  BOOST_TEST(reading.lines() == "1 2:malformed_row 3:malformed_row 4");
}

BOOST_AUTO_TEST_CASE(nesting_without_end_is_a_malformed_row) {
  const auto reading = read_text(std::string(100000, '[') + "\n" + quoted(kA) + "\n", as(Format::jsonl));
  BOOST_TEST(reading.lines() == "1:malformed_row 2");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_document)

BOOST_AUTO_TEST_CASE(an_array_of_records_or_strings) {
  const auto reading =
      read_text(fmt::format("[\n  {{\"session_id\": \"{}\", \"x\": [1, {{\"y\": \"]}}\\\"\"}}]}},\n  "
                            "\"{}\"\n,{{\"session_id\":\n\"{}\"}}]\n",
                            kA, kB, kC));
  BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), boost::test_tools::per_element());
  BOOST_TEST(reading.lines() == "2 3 4");
  BOOST_TEST((reading.sources[0].format == Format::json));
}

BOOST_AUTO_TEST_CASE(the_servers_list_answer_whatever_stands_around_the_list) {
  const std::string list =
      fmt::format(R"([{{"id":"3","session_id":"{}"}},{{"id":"4","session_id":"{}"}}])", kA, kB);
  const std::string big = "\"" + std::string(2 * kMaxRecordBytes, 'x') + "\"";
  for (const auto& text :
       {fmt::format(R"({{"code":200,"response":{{"status":200}},"remote_sessions":{}}})", list),
        fmt::format(R"({{"remote_sessions":{},"code":200}})", list),
        fmt::format("{{\n \"a\": [[]], \"remote_sessions\" :\n {} ,\n \"z\": -1.5e3 }}\n", list),
        fmt::format(R"({{"big":{},"remote_sessions":{},"big2":{}}})", big, list, big)}) {
    const auto reading = read_text(text);
    BOOST_TEST(reading.ids() == (Ids{kA, kB}), boost::test_tools::per_element());
    BOOST_TEST((reading.sources[0].format == Format::json));
    BOOST_TEST(reading.sources[0].field == "/session_id");
  }
}

BOOST_AUTO_TEST_CASE(an_empty_list_has_no_rows) {
  for (const std::string text :
       {"[]", " [ ] ", "{\"remote_sessions\":[]}", "{\"remote_sessions\":null,\"code\":200}"})
    BOOST_TEST(read_text(text, as(Format::json)).rows.empty());
}

BOOST_AUTO_TEST_CASE(the_detail_answer_and_a_single_alert_are_one_row) {
  BOOST_TEST(
      read_text(fmt::format("{{\n\"code\":200,\n\"remote_session\":{{\"session_id\":\"{}\"}}}}", kA)).ids() ==
          Ids{kA},
      boost::test_tools::per_element());
  const auto alert =
      read_text(fmt::format("{{\n  \"rule\": {{\"id\": 7}},\n  \"session_id\": \"{}\"\n}}\n", kB));
  BOOST_TEST(alert.lines() == "1");
  BOOST_TEST(alert.ids() == Ids{kB}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_object_without_an_id_is_an_error_that_lists_the_fields) {
  const auto error = error_reading("{\n\"response\": {\"status\": 500}}");
  BOOST_TEST(error.starts_with("3: "));
  BOOST_TEST(contains(error, "/response/status"));
}

BOOST_AUTO_TEST_CASE(a_bad_element_is_an_invalid_row_and_stops_nothing) {
  const auto reading = read_text(
      fmt::format("[\"{}\",\n{{\"session_id\" \"{}\"}},\n7,\nnull,\ntru,\n[],\n\"{}\"]", kA, kB, kC));
  BOOST_TEST(reading.lines() ==
             "1 2:malformed_row 3:bad_id 4:missing_field 5:malformed_row 6:missing_field 7");
}

BOOST_AUTO_TEST_CASE(an_element_longer_than_a_mebibyte_is_an_invalid_row) {
  const auto element = [](std::size_t size) {
    const std::string start = "{\"session_id\":\"" + kA + "\",\"x\":\"";
    return start + std::string(size - start.size() - 2, 'x') + "\"}";
  };
  const auto reading = read_text("[\n" + element(kMaxRecordBytes) + ",\n" + element(kMaxRecordBytes + 1) +
                                 ",\n" + element(4 * kMaxRecordBytes) + ",\n" + quoted(kB) + "]");
  BOOST_TEST(reading.lines() == "2 3:malformed_row 4:malformed_row 5");
  BOOST_TEST(reading.rows[2].row.length == kMaxRecordBytes);
}

BOOST_AUTO_TEST_CASE(a_document_that_is_not_whole_is_refused_with_its_line) {
  const std::string one = "[\n" + quoted(kA);
  struct Case {
    std::string text;
    const char* says;
  };
  for (const auto& [text, says] : std::vector<Case>{
           {one, "ends in the middle"},
           {one + ",", "ends in the middle"},
           {one + ",\n\"abc", "ends in the middle"},
           {one + ",{\"a\":[1,2", "ends in the middle"},
           {"{\"remote_sessions\":[" + quoted(kA) + "]", "ends in the middle"},
           {"{\n\"remote_sess", "ends in the middle"},
           {"{\n\"a\"", "ends in the middle"},
           {"{\n\"a\":", "ends in the middle"},
           {one + ",]", "element is missing"},
           {one + ",,\"x\"]", "element is missing"},
           {one + " \"x\"]", "comma or ]"},
           {one + "] x", "follows the document's end"},
           {one + "]\n[]", "follows the document's end"},
           {one + ",{\"a\":[1}]", "bracket does not fit"},
           {"{\n\"a\":1 \"b\":2}", "comma or }"},
           {"{\n\"a\" 1}", "colon"},
           {"{\na:1}", "key in double quotes"},
           {"{\n\"a\":}", "value is missing"},
           {"{\n\"a\":1,}", "key in double quotes"},
           {"{\n\"a\":1}x", "follows"},
           {"hello\nworld", "starts with [ or {"},
       }) {
    BOOST_TEST_CONTEXT(text) {
      const auto error = error_reading(text, as(Format::json));
      BOOST_TEST(error.starts_with("3: "));
      BOOST_TEST(contains(error, "export:"));
      BOOST_TEST(contains(error, says));
    }
  }
}

BOOST_AUTO_TEST_CASE(damage_in_a_stream_is_one_invalid_row_for_the_rest) {
  const auto text = "[\n" + quoted(kA) + ",\n{\"session_id\":[}\n," + quoted(kB) + "]";
  const auto reading = read_text(text, as(Format::json, {}, true));
  BOOST_TEST(reading.lines() == "2 3:malformed_row");
  BOOST_TEST(contains(reading.rows[1].message, "rest was not read"));
  BOOST_TEST(reading.sources[0].bytes == text.size());
}

BOOST_AUTO_TEST_CASE(a_pointer_counts_from_the_element) {
  BOOST_TEST(
      read_text(fmt::format("[{{\"a\":{{\"b\":\"{}\"}}}},[\"x\",{{\"b\":1}}]]", kA), as(Format::json, "/a/b"))
          .lines() == "1 1:missing_field");
}

BOOST_AUTO_TEST_SUITE_END()
