#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/json_writer.hpp"
#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// JSON without what stands in its strings.
std::string skeleton(std::string_view json) {
  std::string left;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (in_string && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      left += json[i];
    }
  }
  return left;
}

BOOST_AUTO_TEST_SUITE(summary_json)

BOOST_AUTO_TEST_CASE(it_has_the_members_of_the_contract_in_their_order) {
  Summary summary = sample_summary();
  summary.origin.started_in = "/srv/night";
  summary.origin.run_directory = "runs/5e884898";
  summary.origin.user = "ana";
  summary.origin.host = "jump1";
  BOOST_TEST(
      to_json(summary, false) ==
      R"({"schema":1,"run_id":"5e884898","version":"0.1.0","url":"https://pam.example","reason":null,)"
      R"("run_directory":"/srv/night/runs/5e884898","user":"ana","host":"jump1","account":null,)"
      R"("started_at":"2026-11-21T03:04:05.678Z","finished_at":"2026-11-21T03:04:17.978Z","duration_s":12.3,)"
      R"("exit_code":1,"stopped_by":null,"stopped_why":null,"rows":12000,)"
      R"("counts":{"dropped":11800,"ended":0,"failed":150,"unknown":0,"unsent":0,"invalid":12,"duplicate":38,"protected":0},)"
      R"("requests":{"sent":12105,"retries":155,"throttled":40},)"
      R"("latency_ms":{"p50":41,"p90":66,"p99":950,"max":950},)"
      R"("contained_s":{"first":0.3,"p50":5.919,"p90":12.1,"last":12.1},)"
      R"("errors":[{"reason":"drop_error","message":"An error occurred while droping session","count":150,"cause":)" +
          quoted(info(Reason::drop_error).cause) + ",\"action\":" + quoted(info(Reason::drop_error).action) +
          R"(},{"reason":"missing_field","message":"","count":12,"cause":)" +
          quoted(info(Reason::missing_field).cause) +
          ",\"action\":" + quoted(info(Reason::missing_field).action) + "}],\"verified\":null}\n");
}

BOOST_AUTO_TEST_CASE(indented_it_is_the_same_object) {
  Summary summary = sample_summary();
  summary.errors.resize(1);
  summary.errors[0].reason = Reason::timeout;
  BOOST_TEST(to_json(summary, true).starts_with("{\n  \"schema\": 1,\n  \"run_id\": \"5e884898\",\n"));
  BOOST_TEST(to_json(summary, true).ends_with("\n    }\n  ],\n  \"verified\": null\n}\n"));
  std::string squeezed = to_json(summary, true);
  std::string compact = to_json(summary, false);
  const auto blank = [](char c) { return c == ' ' || c == '\n'; };
  std::erase_if(squeezed, blank);
  std::erase_if(compact, blank);
  BOOST_TEST(squeezed == compact);
  summary.errors.clear();
  BOOST_TEST(to_json(summary, true).find("\"errors\": [],") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_is_null) {
  Summary summary;
  summary.reason = "INC-1 \"x\"\n";
  summary.stopped_by = Stop{StopKind::max_failures, ExitCode::safety_limit, "too many"};
  summary.started_at = kStart;
  summary.finished_at = kStart - std::chrono::milliseconds{5};  // the clock was set back
  const std::string json = to_json(summary, false);
  for (const char* part :
       {R"("reason":"INC-1 \"x\"\n",)", R"("stopped_by":"max_failures","stopped_why":"too many","rows":0,)",
        R"("run_directory":null,"user":null,"host":null,"account":null,)",
        R"("latency_ms":{"p50":null,"p90":null,"p99":null,"max":null})",
        R"("contained_s":{"first":null,"p50":null,"p90":null,"last":null})", R"("duration_s":0.0,)",
        R"("errors":[],)"}) {
    BOOST_TEST(json.find(part) != std::string::npos, part);
  }
}

BOOST_AUTO_TEST_CASE(decimals_keep_milliseconds_and_drop_zeros) {
  const auto decimal = [](std::uint64_t thousandths) {
    std::string out;
    JsonWriter(out, false).decimal(thousandths);
    return out;
  };
  BOOST_TEST(decimal(0) == "0.0");
  BOOST_TEST(decimal(5) == "0.005");
  BOOST_TEST(decimal(12'300) == "12.3");
  BOOST_TEST(decimal(12'000) == "12.0");
  BOOST_TEST(decimal(86'400'120) == "86400.12");
}

BOOST_AUTO_TEST_CASE(hostile_texts_stay_inside_their_strings) {
  test::holds("valid UTF-8, one line, quotes in pairs around escaped text", [] {
    Summary summary;
    summary.url = *hostile_text();
    summary.reason = *hostile_text();
    summary.errors = {{Reason::http_error, *hostile_text(), 1}};
    const std::string json = to_json(summary, false);
    RC_ASSERT(is_valid_utf8(json));
    RC_ASSERT(json.find('\n') == json.size() - 1);
    Summary plain = summary;
    plain.url = "";
    plain.reason = "";
    plain.errors[0].message = "";
    RC_ASSERT(skeleton(json) == skeleton(to_json(plain, false)));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::report
