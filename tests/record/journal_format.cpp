#include "bulkdrop/record/journal_format.hpp"

#include <stdexcept>

#include "samples.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

#include "bulkdrop/record/journal_lines.hpp"
#include "bulkdrop/record/result_decoder.hpp"

namespace bulkdrop::record {
namespace {

// The line as a reader sees it: without its end, and with the padding that the decoder asks for behind it.
std::optional<Result> decoded(const std::string& line) {
  std::string padded = line.substr(0, line.size() - 1);
  const std::size_t length = padded.size();
  padded.append(ResultDecoder::kPadding, ' ');
  return ResultDecoder().decode(std::string_view(padded).substr(0, length));
}

std::string_view without_end(const std::string& line) {
  return std::string_view(line).substr(0, line.size() - 1);
}

// The line up to its check value, which another test covers.
std::string_view content(std::string_view line) {
  return line.substr(0, line.rfind(",\"crc\":"));
}

BOOST_AUTO_TEST_SUITE(journal_format)

BOOST_AUTO_TEST_CASE(a_header_says_what_was_asked) {
  std::string line;
  RunRecord run = sample_run(2);
  run.reason = "INC \"1\"";
  append_header_line(line, run);
  BOOST_TEST(
      content(line) ==
      R"({"k":"header","v":1,"run_id":"5e884898","version":"0.1.0","url":"https://pam.example","reason":"INC \"1\"",)"
      R"("started_at":"2026-11-21T03:04:05.678Z","rows":2,"to_drop":2,)"
      R"("sources":[{"name":"export.csv","bytes":112,"rows":2,"sha256":"ab12"}])");
  BOOST_TEST(header_version(line).value() == 1U);
}

BOOST_AUTO_TEST_CASE(a_header_of_a_stream_does_not_claim_to_know_the_rows) {
  std::string line;
  RunRecord run = sample_run(0);
  run.stream = true;
  run.sources = {{"-", "jsonl", "utf-8", "/id", 0, 0, ""}, {"other", "csv", "utf-8", "id", 0, 0, ""}};
  append_header_line(line, run);
  BOOST_TEST(
      content(line) ==
      R"({"k":"header","v":1,"run_id":"5e884898","version":"0.1.0","url":"https://pam.example",)"
      R"("started_at":"2026-11-21T03:04:05.678Z","stream":true,"sources":[{"name":"-"},{"name":"other"}])");
}

BOOST_AUTO_TEST_CASE(a_lease_names_its_rows) {
  std::string line;
  append_lease_line(line, 128, 384);
  BOOST_TEST(content(line) == R"({"k":"lease","a":128,"b":384)");
  const auto lease = lease_range(line);
  BOOST_TEST(lease.value().begin == 128U);
  BOOST_TEST(lease.value().end == 384U);
}

BOOST_AUTO_TEST_CASE(a_result_has_its_members_in_the_documented_order) {
  std::string line;
  Result result = dropped(7);
  result.request_id = "r-1";
  result.attempts = 3;
  result.throttled = 2;
  result.answer_us = 40'712;
  append_result_line(line, result, *result.finished_at);
  BOOST_TEST(
      content(line) ==
      R"({"k":"result","row":7,"id":"3fcf1e4a16104e328d6794e1b9693cfc457871d2","status":"dropped","reason":"ok",)"
      R"("http":200,"code":0,"msg":"Sessão interrompida com sucesso","rid":"r-1","n":3,"thr":2,)"
      R"("sent":"2026-11-21T03:04:05.678Z","done":"2026-11-21T03:04:05.719Z","ms":41,"us":40712)");
  BOOST_TEST(result_mark(line).value().row == 7U);
  BOOST_TEST(!result_mark(line).value().cut_short);
  line.clear();
  result.cut_short = true;
  append_result_line(line, result, *result.finished_at);
  BOOST_TEST(line.find(R"(,"status":"dropped","cut":true,"reason":"ok",)") != std::string::npos);
  BOOST_TEST(result_mark(line).value().cut_short);
}

BOOST_AUTO_TEST_CASE(what_a_result_has_not_is_absent) {
  std::string line;
  Result result;
  result.row = 1;
  append_result_line(line, result, kNow);
  BOOST_TEST(
      content(line) ==
      R"({"k":"result","row":1,"id":"","status":"unsent","reason":"not_started","n":0,"t":"2026-11-21T03:04:05.678Z")");
}

BOOST_AUTO_TEST_CASE(events_and_ends_say_what_happened) {
  std::string event;
  append_event_line(event, "pause", "server asked for 12 s", kNow);
  BOOST_TEST(content(event) ==
             R"({"k":"event","kind":"pause","text":"server asked for 12 s","t":"2026-11-21T03:04:05.678Z")");
  std::string end;
  append_end_line(end, std::nullopt, 1, kNow);
  BOOST_TEST(content(end) == R"({"k":"end","rc":1,"t":"2026-11-21T03:04:05.678Z")");
  const auto plain = end_of(without_end(end)).value();
  BOOST_TEST(plain.exit_code == 1);
  BOOST_TEST(!plain.stop.has_value());
  BOOST_TEST((plain.t == kNow));
  std::string stopped;
  append_end_line(stopped, Stop{StopKind::deadline, ExitCode::deadline, "10 \"minutes\" are over"}, 6, kNow);
  BOOST_TEST(
      content(stopped) ==
      R"({"k":"end","rc":6,"stop":"deadline","exit":6,"text":"10 \"minutes\" are over","t":"2026-11-21T03:04:05.678Z")");
  const auto stop = end_of(without_end(stopped)).value().stop.value();
  BOOST_TEST((stop.kind == StopKind::deadline));
  BOOST_TEST((stop.exit_code == ExitCode::deadline));
  BOOST_TEST(stop.message == "10 \"minutes\" are over");
}

BOOST_AUTO_TEST_CASE(a_part_says_who_goes_on_and_what_is_sent_again) {
  std::string line;
  append_part_line(line, "resume", {Status::failed, Status::unknown}, kNow);
  BOOST_TEST(content(line) ==
             R"({"k":"part","by":"resume","retry":["failed","unknown"],"t":"2026-11-21T03:04:05.678Z")");
  const auto part = part_of(without_end(line)).value();
  BOOST_TEST(part.by == "resume");
  BOOST_TEST((part.retry == std::vector{Status::failed, Status::unknown}));
  BOOST_TEST((part.t == kNow));
  BOOST_TEST(!part.ended);
  std::string plain;
  append_part_line(plain, "verify", {}, kNow);
  BOOST_TEST(content(plain) == R"({"k":"part","by":"verify","t":"2026-11-21T03:04:05.678Z")");
  BOOST_TEST(part_of(without_end(plain)).value().retry.empty());
}

BOOST_AUTO_TEST_CASE(a_doubt_names_its_row) {
  for (const bool settled : {false, true}) {
    std::string line;
    append_doubt_line(line, 12, settled);
    BOOST_TEST(content(line) == (settled ? R"({"k":"doubt","row":12,"settled":true)"
                                         : R"({"k":"doubt","row":12,"settled":false)"));
    BOOST_TEST((doubt_of(without_end(line)) == Doubt{12, settled}));
  }
}

BOOST_AUTO_TEST_CASE(a_note_keeps_an_object_on_one_line) {
  std::string line;
  append_note_line(line, "verified", "{\n  \"at\": \"x, }\\n\\\"\",\r\n  \"n\": [1, {\"a\": null}]\n}\n",
                   kNow);
  BOOST_TEST(
      content(line) ==
      R"({"k":"note","kind":"verified","data":{"at":"x, }\n\"","n":[1,{"a":null}]},"t":"2026-11-21T03:04:05.678Z")");
  const auto note = note_of(without_end(line)).value();
  BOOST_TEST(note.kind == "verified");
  BOOST_TEST(note.data == R"({"at":"x, }\n\"","n":[1,{"a":null}]})");
}

BOOST_AUTO_TEST_CASE(what_is_no_note_is_refused) {
  std::string line;
  for (const char* json : {"", "[1]", "7", "{", "{}{}", "{\"a\":}"})
    BOOST_CHECK_THROW(append_note_line(line, "verified", json, kNow), std::invalid_argument);
  const std::string large = "{\"a\":\"" + std::string(1 << 20, 'x') + "\"}";
  BOOST_CHECK_THROW(append_note_line(line, "verified", large, kNow), std::invalid_argument);
  for (const std::string& kind :
       {std::string(), std::string("two words"), std::string("a\""), std::string(65, 'a')})
    BOOST_CHECK_THROW(append_note_line(line, kind, "{}", kNow), std::invalid_argument);
  BOOST_TEST(line.empty());
}

BOOST_AUTO_TEST_CASE(a_commit_tells_all_before_it) {
  std::string line;
  const std::string digest(64, 'a');
  append_commit_line(line, 1234, digest);
  BOOST_TEST(content(line) == R"({"k":"commit","bytes":1234,"sha256":")" + digest + "\"");
  const auto commit = commit_of(without_end(line)).value();
  BOOST_TEST(commit.bytes == 1234U);
  BOOST_TEST(commit.sha256 == digest);
}

BOOST_AUTO_TEST_CASE(a_header_reads_back) {
  RunRecord run = sample_run(7);
  run.sources.push_back({"-", "jsonl", "utf-8", "/id", 0, 0, ""});
  std::string line;
  append_header_line(line, run);
  const auto header = header_of(without_end(line)).value();
  BOOST_TEST(header.run_id == run.run_id);
  BOOST_TEST(header.rows == 7U);
  BOOST_TEST((header.started_at == run.started_at));
  BOOST_TEST_REQUIRE(header.sources.size() == 2U);
  BOOST_TEST(header.sources[0].name == "export.csv");
  BOOST_TEST(header.sources[0].bytes == 112U);
  BOOST_TEST(header.sources[0].rows == 7U);
  BOOST_TEST(header.sources[0].sha256 == "ab12");
  BOOST_TEST(header.sources[1].sha256.empty());
}

BOOST_AUTO_TEST_CASE(every_line_with_a_time_tells_it) {
  const auto time = [](const std::string& line) { return std::string(time_of(without_end(line))); };
  Result result = dropped(1);
  result.message = R"(","done":"2099-01-01T00:00:00.000Z","t":"2099-01-01T00:00:00.000Z")";
  std::string line;
  append_result_line(line, result, *result.finished_at);
  BOOST_TEST(time(line) == "2026-11-21T03:04:05.719Z");
  line.clear();
  append_result_line(line, result, kNow + std::chrono::hours{1});
  BOOST_TEST(time(line) == "2026-11-21T04:04:05.678Z");
  line.clear();
  append_event_line(line, "stop", "x", kNow);
  BOOST_TEST(time(line) == "2026-11-21T03:04:05.678Z");
  line.clear();
  append_lease_line(line, 1, 2);
  BOOST_TEST(time(line).empty());
}

BOOST_AUTO_TEST_CASE(the_check_value_is_the_last_member_and_covers_all_before_it) {
  std::string line;
  append_lease_line(line, 0, 2);
  // CRC-32C of {"k":"lease","a":0,"b":2 computed apart from this program.
  BOOST_TEST(line == "{\"k\":\"lease\",\"a\":0,\"b\":2,\"crc\":\"40b5bd53\"}\n");
  BOOST_TEST(is_intact(without_end(line)));
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_goes_unnoticed) {
  std::string line;
  append_result_line(line, dropped(3), kNow);
  line.pop_back();
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string other = line;
      other[i] = static_cast<char>(static_cast<unsigned char>(other[i]) ^ (1U << bit));
      BOOST_TEST_REQUIRE(!is_intact(other), "byte " << i << " bit " << bit);
    }
  }
}

BOOST_AUTO_TEST_CASE(any_result_reads_back_as_it_was) {
  test::holds("decode(append(result)) == result", [] {
    const Result result = any_result(*rc::gen::arbitrary<std::uint64_t>() >> 1);
    std::string line;
    append_result_line(line, result, kNow);
    RC_ASSERT(line.find('\n') == line.size() - 1);
    RC_ASSERT(is_intact(without_end(line)));
    RC_ASSERT(result_mark(line)->row == result.row);
    RC_ASSERT(result_mark(line)->status == result.status);
    RC_ASSERT(decoded(line) == result);
  });
}

BOOST_AUTO_TEST_CASE(hostile_text_is_cut_and_stays_one_valid_line) {
  Result result = dropped(0);
  result.session_id = std::string(10'000, '\x01');
  result.message = std::string(100'000, '\xff');
  result.request_id = std::string(10'000, '\n');
  std::string line;
  append_result_line(line, result, kNow);
  BOOST_TEST(line.size() < 8'000U);
  const auto back = decoded(line);
  BOOST_TEST_REQUIRE(back.has_value());
  BOOST_TEST(back->session_id.starts_with("\x01\x01"));
  BOOST_TEST(back->message.starts_with("ÿÿ"));
  BOOST_TEST(back->request_id.ends_with("\n…"));
}

BOOST_AUTO_TEST_CASE(what_is_no_result_is_not_decoded) {
  for (const char* text :
       {R"({"k":"result","row":1,"status":"vanished","reason":"ok"})", R"({"k":"result","row":1})",
        R"({"k":"result","row":-1,"status":"dropped","reason":"ok"})",
        R"({"k":"result","row":1,"status":"dropped","reason":"ok","sent":"yesterday"})",
        R"({"k":"result","row":1,"status":"dropped","reason":"ok","http":"200"})",
        R"({"k":"result","row":1,"status":"dropped","reason":"ok","n":99999999999})",
        R"({"k":"result","row":1,"status":"dropped","reason":"ok","msg":1})", "[]", "", "{"}) {
    BOOST_TEST(!decoded(std::string(text) + "\n").has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(only_whole_times_are_times) {
  BOOST_TEST((parse_rfc3339("2026-11-21T03:04:05.678Z") == kNow));
  BOOST_TEST((parse_rfc3339("2024-02-29T23:59:59.999Z").has_value()));
  for (const char* text :
       {"", "2026-11-21T03:04:05Z", "2026-11-21 03:04:05.678Z", "2026-13-21T03:04:05.678Z",
        "2023-02-29T03:04:05.678Z", "2026-11-21T24:04:05.678Z", "2026-11-21T03:60:05.678Z",
        "2026-11-21T03:04:60.678Z", "2026-11-21T03:04:05.67aZ", "2026-11-21T03:04:05.678+"}) {
    BOOST_TEST(!parse_rfc3339(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bulkdrop::record
