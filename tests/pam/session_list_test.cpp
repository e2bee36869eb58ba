#include "bulkdrop/pam/session_list.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "answers.hpp"
#include "support/property.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/judge.hpp"

using namespace bulkdrop;
using namespace bulkdrop::pam;
using bulkdrop::test::holds;

namespace {

constexpr std::string_view kWell =
    R"("code":200,"response":{"status":200,"message":"ok","error":false,"error_code":0,"detail":""})";
constexpr std::string_view kRecord =
    R"({"id":"3","user":"Admin","origin_ip":"172.16.20.125","credential":"usrdomadm01","device":"10.66.33.15:3389",)"
    R"("protocol":"rdp","proxy":"Web Proxy","session_id":"e7acacb6aedbab70073456da5744166939b77527",)"
    R"("start":"2024-05-06 16:05:07","end":"2024-05-06 16:07:59","time":"00:02:52","prevent_purge":"No",)"
    R"("request":null,"ITSM":null})";

std::string answer_of(std::string_view records) {
  return fmt::format(R"({{{},"tenant":"Segura","remote_sessions":[{}]}})", kWell, records);
}

struct Reading {
  bool whole = false;
  std::vector<ListedSession> sessions;
  std::uint64_t unreadable = 0;
  std::string problem;
  std::string refusal;
  bool foreign = false;

  bool operator==(const Reading&) const = default;
};

// Fed in pieces that end at these places.
Reading read(std::string_view text, std::vector<std::size_t> cuts = {}) {
  Reading out;
  SessionListReader reader([&](const ListedSession& session) { out.sessions.push_back(session); });
  cuts.push_back(text.size());
  std::sort(cuts.begin(), cuts.end());
  std::size_t at = 0;
  bool fed = true;
  for (const std::size_t cut : cuts) {
    if (fed) fed = reader.feed(std::string(text.substr(at, cut - at)));
    at = cut;
  }
  out.whole = reader.finish();
  BOOST_TEST((fed || !out.whole));
  BOOST_TEST(out.whole == reader.problem().empty());
  out.problem = reader.problem();
  out.refusal = reader.refusal();
  out.foreign = reader.is_foreign();
  out.unreadable = reader.unreadable();
  BOOST_TEST(reader.sessions() == out.sessions.size());
  return out;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

ListedSession only(std::string_view record) {
  const Reading reading = read(answer_of(record));
  BOOST_TEST(reading.problem == "");
  if (reading.sessions.size() != 1) throw std::runtime_error("not one session in " + std::string(record));
  return reading.sessions.front();
}

// Lists as servers may write them: members in any order, spaces, escapes, other members.
rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(rc::gen::oneOf(
      rc::gen::inRange<char>(0x20, 0x7F), rc::gen::element('"', '\\', '{', '}', '[', ']', ',')));
}

rc::Gen<std::string> any_list() {
  return rc::gen::exec([] {
    const auto space = [] { return *rc::gen::element<std::string>("", "", " ", "\n  ", "\r\n\t"); };
    const auto quoted = [](std::string_view text) {
      std::string out;
      append_json_string(out, text);
      return out;
    };
    std::string records;
    const int count = *rc::gen::inRange(0, 6);
    for (int i = 0; i < count; ++i) {
      if (i > 0) records += "," + space();
      records += "{" + space() + "\"session_id\"" + space() + ":" + space() +
                 quoted(fmt::format("{:040x}", *rc::gen::arbitrary<std::uint32_t>()));
      if (*rc::gen::arbitrary<bool>()) records += ",\"user\":" + quoted(*any_text());
      if (*rc::gen::arbitrary<bool>()) records += ",\"more\":[1,{\"a\":null,\"b\":[]},\"]\"]" + space();
      records += "}" + space();
    }
    const std::string list = "[" + space() + records + "]";
    if (*rc::gen::inRange(0, 4) == 0) return space() + list + space();
    std::vector<std::string> members = {"\"remote_sessions\"" + space() + ":" + space() + list,
                                        std::string(kWell),
                                        quoted(*any_text() + "x") + ":" + quoted(*any_text()), "\"n\":-1.5e3",
                                        "\"deep\":{\"remote_sessions\":[{}]}"};
    members.resize(static_cast<std::size_t>(*rc::gen::inRange(1, 6)));
    for (std::size_t i = members.size(); i > 1; --i)
      std::swap(members[i - 1], members[*rc::gen::inRange<std::size_t>(0, i)]);
    std::string text = *rc::gen::element<std::string>("", "\xEF\xBB\xBF") + space() + "{" + space();
    for (std::size_t i = 0; i < members.size(); ++i)
      text += (i > 0 ? "," + space() : "") + members[i] + space();
    return text + "}" + space();
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_list)

BOOST_AUTO_TEST_CASE(the_documented_answer_is_read) {
  const Reading reading = read(answer_of(kRecord));
  BOOST_TEST(reading.whole);
  BOOST_REQUIRE(reading.sessions.size() == 1U);
  const ListedSession wanted{"3",
                             "e7acacb6aedbab70073456da5744166939b77527",
                             "Admin",
                             "172.16.20.125",
                             "usrdomadm01",
                             "10.66.33.15:3389",
                             "rdp",
                             "Web Proxy",
                             "2024-05-06 16:05:07",
                             "2024-05-06 16:07:59",
                             "00:02:52"};
  BOOST_TEST((reading.sessions[0] == wanted));
}

BOOST_AUTO_TEST_CASE(the_list_may_stand_anywhere_among_the_members_or_alone) {
  for (const std::string& text :
       {fmt::format(R"({{"remote_sessions":[{}],{}}})", kRecord, kWell),
        fmt::format(R"({{{},"remote_sessions":[{}],"x":{{"remote_sessions":[1]}}}})", kWell, kRecord),
        fmt::format(R"({{"remote_sessions":[{}]}})", kRecord), fmt::format("[{}]", kRecord),
        fmt::format("\xEF\xBB\xBF\n[ {} \n]\r\n ", kRecord),
        fmt::format(R"({{"remote\u005fsessions" : [ {} ] }})", kRecord)}) {
    const Reading reading = read(text);
    BOOST_TEST(reading.problem == "", text);
    BOOST_TEST(reading.sessions.size() == 1U, text);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_a_list) {
  for (const std::string& text : {answer_of(""), std::string("[]"), std::string(R"({"remote_sessions":[ ]})"),
                                  fmt::format(R"({{"remote_sessions":null,{}}})", kWell)}) {
    BOOST_TEST(read(text).problem == "", text);
    BOOST_TEST(read(text).sessions.empty());
  }
}

BOOST_AUTO_TEST_CASE(old_and_new_names_mean_the_same) {
  const ListedSession session =
      only(R"({"Código":17,"ID da sessão":"abc","usuario":"ana","ip_origem":"10.0.0.1","credencial":"root",)"
           R"("dispositivo":"srv:22","protocolo":"ssh","Proxy":"p","início":"a","fim":"b","duração":"c"})");
  const ListedSession wanted{"17", "abc", "ana", "10.0.0.1", "root", "srv:22", "ssh", "p", "a", "b", "c"};
  BOOST_TEST((session == wanted));
}

BOOST_AUTO_TEST_CASE(of_twins_the_one_that_says_something_counts) {
  const ListedSession session =
      only(R"({"credential":null,"credencial":"root","device":"d","dispositivo":""})");
  BOOST_TEST(session.credential == "root");
  BOOST_TEST(session.device == "d");
}

BOOST_AUTO_TEST_CASE(two_session_ids_that_differ_are_none) {
  BOOST_TEST(has_usable_id(only(R"({"session_id":"abc","ID da sessao":" abc"})")));
  const ListedSession session = only(R"({"session_id":"abc","session_id":"def"})");
  BOOST_TEST(!has_usable_id(session));
  BOOST_TEST(has(session.session_id, "abc"));
  BOOST_TEST(has(session.session_id, "def"));
}

BOOST_AUTO_TEST_CASE(values_of_other_types_become_text) {
  const ListedSession session =
      only(R"({"id":3,"session_id":1234,"user":null,"device":["a",1],"protocol":true,"time":1.5})");
  BOOST_TEST(session.id == "3");
  BOOST_TEST(session.session_id == "1234");
  BOOST_TEST(session.user == "");
  BOOST_TEST(session.device == R"(["a",1])");
  BOOST_TEST(session.protocol == "true");
  BOOST_TEST(session.time == "1.5");
}

BOOST_AUTO_TEST_CASE(records_need_not_look_alike) {
  const Reading reading = read(answer_of(
      R"({"session_id":"a","user":"u1"},{"user":"u2","session_id":"b"},{},{"x":1,"session_id":"c"},{"session_id":"d"})"));
  BOOST_REQUIRE(reading.sessions.size() == 5U);
  BOOST_TEST(reading.sessions[1].session_id == "b");
  BOOST_TEST(reading.sessions[1].user == "u2");
  BOOST_TEST(reading.sessions[2].session_id == "");
  BOOST_TEST(reading.sessions[3].session_id == "c");
  BOOST_TEST(reading.sessions[4].user == "");
}

BOOST_AUTO_TEST_CASE(masked_missing_and_container_ids_are_not_usable) {
  for (const char* record : {R"({"session_id":"1dbd4***8975"})", R"({"id":"5"})", R"({"session_id":null})",
                             R"({"session_id":["a"]})", R"({"session_id":".."})"})
    BOOST_TEST(!has_usable_id(only(record)), record);
}

BOOST_AUTO_TEST_CASE(elements_that_are_no_records_are_counted) {
  const Reading reading = read(answer_of(R"(null,{"session_id":"a"},[1,2],"x",7)"));
  BOOST_TEST(reading.whole);
  BOOST_TEST(reading.sessions.size() == 1U);
  BOOST_TEST(reading.unreadable == 4U);
}

BOOST_AUTO_TEST_CASE(a_name_in_an_old_encoding_is_read_as_windows_1252) {
  BOOST_TEST(only("{\"session_id\":\"abc\",\"user\":\"Jos\xE9\"}").user == "José");
}

BOOST_AUTO_TEST_CASE(an_error_around_the_list_is_an_error_and_can_be_judged) {
  const std::string sentence = "You are not authorized to access this resource.";
  for (const std::string& text :
       {pam::test::error_envelope(sentence),
        pam::test::error_envelope(sentence).insert(1, R"("remote_sessions":[],)"),
        pam::test::error_envelope(sentence).insert(1, R"("remote_sessions":null,)")}) {
    const Reading reading = read(text);
    BOOST_TEST(!reading.whole);
    BOOST_TEST(has(reading.problem, sentence), reading.problem);
    BOOST_TEST((pam::test::judged(reading.refusal).reason == Reason::not_authorized));
  }
  for (const char* text : {R"({"code":500,"remote_sessions":[]})", R"({"code":"500","remote_sessions":[]})",
                           R"({"remote_sessions":[],"exception":{"code":1003}})",
                           R"({"remote_sessions":[],"error":"access_denied"})",
                           R"({"remote_sessions":[],"response":{"status":500}})",
                           R"({"remote_sessions":[],"response":{"error":false,"erro":true}})"})
    BOOST_TEST(!read(text).whole, text);
}

BOOST_AUTO_TEST_CASE(a_code_that_is_a_string_is_no_error) {
  BOOST_TEST(read(R"({"code":"200","response":{"status":"200"},"remote_sessions":[]})").problem == "");
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_list_is_none) {
  for (const std::string& text :
       {std::string("{}"), fmt::format("{{{}}}", kWell), std::string(R"({"message":"welcome"})"),
        std::string(R"({"remote_sessions":null})")})
    BOOST_TEST(has(read(text).problem, "no remote_sessions"), text);
  for (const char* text :
       {R"({"remote_sessions":{"0":{}}})", R"({"remote_sessions":"none"})", R"({"remote_sessions":0})",
        R"({"remote_sessions":[],"remote_sessions":[]})", R"({"remote_sessions":null,"remote_sessions":[]})"})
    BOOST_TEST(!read(text).whole, text);
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_told_from_what_broke_off) {
  for (const char* text : {"", " \n", "<html><body>Sign in</body></html>", "null", "\"x\"", "\x1F\x8B"}) {
    BOOST_TEST(!read(text).whole, text);
    BOOST_TEST(read(text).foreign, text);
  }
  const Reading cut = read(R"({"remote_sessions":[{"session_id":"a"},)");
  BOOST_TEST(!cut.whole);
  BOOST_TEST(!cut.foreign);
  BOOST_TEST(cut.sessions.size() == 1U);
  BOOST_TEST(has(cut.problem, "until there: 1"), cut.problem);
}

BOOST_AUTO_TEST_CASE(the_problem_names_its_place) {
  const Reading reading = read(R"([{"session_id":"a"},{"session_id":b}])");
  BOOST_TEST(has(reading.problem, "record 2"), reading.problem);
  BOOST_TEST(has(reading.problem, "byte 20"), reading.problem);
}

BOOST_AUTO_TEST_CASE(json_that_is_nearly_right_is_wrong) {
  for (const char* text : {"[{},]",
                           "[,{}]",
                           "[{} {}]",
                           "[{}]]",
                           "[{}] x",
                           "[{}}",
                           "[{]",
                           R"({"remote_sessions":[]} {})",
                           R"({"remote_sessions":[],})",
                           R"({,"remote_sessions":[]})",
                           R"({"remote_sessions" []})",
                           R"({"remote_sessions":[] "a":1})",
                           R"({remote_sessions:[]})",
                           R"({"a":tru,"remote_sessions":[]})",
                           R"({"a":,"remote_sessions":[]})",
                           R"({"a":1 2,"remote_sessions":[]})",
                           "[{\"a\":1,}]",
                           "[nul]",
                           "[{\"session_id\":\"a\nb\"}]",
                           R"({"remote_sessions":[]}])",
                           R"({'a':1,"remote_sessions":[]})"})
    BOOST_TEST(!read(text).whole, text);
}

BOOST_AUTO_TEST_CASE(a_record_of_a_megabyte_passes_and_a_longer_one_is_an_error) {
  const auto record = [](std::size_t size) {
    std::string text = R"([{"session_id":"a","x":")";
    text.append(size - text.size() - 1, 'x').append("\"}");
    return text + "]";
  };
  constexpr std::size_t kMost = SessionListReader::kMaxRecordBytes;
  BOOST_TEST(read(record(kMost)).problem == "");
  BOOST_TEST(has(read(record(kMost + 2)).problem, "longer than 1,048,576 bytes"));
  // It is noticed before it is complete.
  SessionListReader reader([](const ListedSession&) {});
  BOOST_TEST(reader.feed("[{\"x\":\""));
  std::size_t fed = 0;
  while (reader.feed(std::string(64 * 1024, 'x')) && fed < 100) ++fed;
  BOOST_TEST(fed < 20U);
}

BOOST_AUTO_TEST_CASE(what_a_taker_throws_comes_out_of_feed) {
  SessionListReader reader([](const ListedSession&) { throw std::runtime_error("full"); });
  BOOST_CHECK_THROW(reader.feed("[{}]"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(any_chunking_of_an_answer_gives_the_same_sessions) {
  holds("the pieces do not matter", [] {
    const std::string text = *any_list();
    const auto cuts =
        *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, text.size() + 1));
    const Reading whole = read(text);
    RC_ASSERT(read(text, cuts) == whole);
    std::vector<std::size_t> every(text.size());
    for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
    RC_ASSERT(read(text, every) == whole);
  });
}

BOOST_AUTO_TEST_CASE(any_truncation_of_an_answer_is_noticed) {
  holds("a part is never a whole", [] {
    const std::string text = *any_list();
    RC_PRE(read(text).whole);
    const std::string bare(trimmed(text));  // without white space after its last bracket
    const auto cut = *rc::gen::inRange<std::size_t>(0, bare.size());
    const Reading part = read(bare.substr(0, cut));
    RC_ASSERT(!part.whole);
    RC_ASSERT(!part.problem.empty());
  });
}

BOOST_AUTO_TEST_CASE(garbage_never_breaks_the_reader) {
  holds("bytes of any kind are read or refused", [](const std::string& garbage) {
    std::string text = *any_list();
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    text.insert(at, garbage);
    const Reading reading = read(text);
    RC_ASSERT(reading.whole == reading.problem.empty());
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(liveness_of_sessions)

namespace {
ListedSession ending(std::string end) {
  ListedSession session;
  session.end = std::move(end);
  return session;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_session_has_ended_if_its_end_is_a_time) {
  for (const char* end :
       {"2024-05-06 16:07:59", "2024-05-06T16:07:59Z", " 2024-05-06 16:07 ", "2024-05-06T16:07:59.123-03:00"})
    BOOST_TEST((liveness(ending(end)) == Liveness::ended), end);
}

BOOST_AUTO_TEST_CASE(a_session_without_a_plausible_end_is_active) {
  for (const char* end : {"", " ", "0000-00-00 00:00:00", "0000-00-00", "0", "-", "--", "00:00:00", "null",
                          "false", "1970-01-01 00:00:00", "9999-12-31 23:59:59"}) {
    BOOST_TEST((liveness(ending(end)) == Liveness::active), end);
    BOOST_TEST(!has_odd_end(ending(end)), end);
  }
  BOOST_TEST((liveness(only(R"({"session_id":"a","end":null})")) == Liveness::active));
  BOOST_TEST((liveness(only(R"({"session_id":"a"})")) == Liveness::active));
}

BOOST_AUTO_TEST_CASE(an_end_that_can_not_be_read_is_odd_and_the_session_active) {
  for (const char* end :
       {"running", "em andamento", "2024-13-06 16:07:59", "06/05/2024 16:07:59", "1714999999"}) {
    BOOST_TEST((liveness(ending(end)) == Liveness::active), end);
    BOOST_TEST(has_odd_end(ending(end)), end);
  }
}

BOOST_AUTO_TEST_SUITE_END()
