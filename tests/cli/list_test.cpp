// `bulkdrop list` against the sandbox and against scripted servers.
#include <csignal>
#include <functional>
#include <map>
#include <set>

#include "cli/dropping.hpp"
#include "support/scripted_server.hpp"
#include <simdjson.h>

namespace bulkdrop::test {
namespace {

Command list(const TempDir& directory, const Words& words) {
  return bulkdrop(directory, Words{"list"} + words);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.emplace_back(text.substr(at, end - at));
    if (lines.back().ends_with('\r')) lines.back().pop_back();
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return lines;
}

// The field of that name in each line of JSON.
std::vector<std::string> column(std::string_view jsonl, const std::string& name) {
  std::vector<std::string> values;
  simdjson::dom::parser parser;
  for (const std::string& line : lines_of(jsonl))
    values.emplace_back(std::string_view(parser.parse(line)[name]));
  return values;
}

std::set<std::string> ids_of_export(const Sandbox& sandbox) {
  std::set<std::string> ids;
  const auto lines = lines_of(slurp(sandbox.export_file()));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t comma = lines[i].find(',');
    ids.insert(lines[i].substr(comma + 1, 40));
  }
  return ids;
}

std::set<std::string> set_of(const std::vector<std::string>& values) {
  return {values.begin(), values.end()};
}

// A server that answers every request for a list with this.
ScriptedServer listing(const std::string& body) {
  return ScriptedServer([body](ScriptedServer::Connection& connection, const ScriptedServer::Request&) {
    connection.answer(200, body, "Content-Type: application/json\r\n");
  });
}

Words at(const ScriptedServer& server, const TempDir& here) {
  return {"--url", server.url(""), "--token-file", here.file("token", "a-token")};
}

constexpr std::string_view kHeading =
    "session_id,user,credential,device,origin_ip,protocol,proxy,start,end,time,id";

}  // namespace

BOOST_AUTO_TEST_SUITE(list_command)

BOOST_AUTO_TEST_CASE(every_session_is_listed_on_both_generations_in_both_formats) {
  const Sandbox sandbox(300);
  const TempDir here;
  const std::set<std::string> wanted = ids_of_export(sandbox);
  for (const char* api : {"v4", "v3"}) {
    const Finished csv = run(list(here, at(sandbox) + Words{"--api", api}));
    BOOST_TEST(csv.exit_code == 0, csv.err);
    BOOST_TEST(csv.err == "bulkdrop: 300 of 300 sessions listed\n");
    const auto lines = lines_of(csv.out);
    BOOST_REQUIRE(lines.size() == 301U);
    BOOST_TEST(lines[0] == kHeading);
    std::set<std::string> ids;
    for (std::size_t i = 1; i < lines.size(); ++i) ids.insert(lines[i].substr(0, lines[i].find(',')));
    BOOST_TEST((ids == wanted));
    const Finished jsonl = run(list(here, at(sandbox) + Words{"--api", api, "--format", "jsonl", "-q"}));
    BOOST_TEST(jsonl.exit_code == 0, jsonl.err);
    BOOST_TEST(jsonl.err == "");
    BOOST_TEST((set_of(column(jsonl.out, "session_id")) == wanted));
    for (const std::string& device : column(jsonl.out, "device")) BOOST_TEST(has(device, "10."));
  }
}

BOOST_AUTO_TEST_CASE(old_names_and_every_way_to_have_no_end_are_understood) {
  for (const char* kind : {"empty", "null", "absent", "zeros"}) {
    const Sandbox sandbox(20, {"--old-names", "--open-end", kind, "--language", "pt"});
    const TempDir here;
    const std::string id = *ids_of_export(sandbox).begin();
    put(here, "one.txt", id + "\n");
    const Finished dropped = run(drop(here, at(sandbox) + Words{"--yes", "--out", "run", "one.txt"}));
    BOOST_TEST(dropped.exit_code == 0, dropped.err);
    const Finished all = run(list(here, at(sandbox) + Words{"--format", "jsonl"}));
    BOOST_TEST(lines_of(all.out).size() == 20U);
    for (const std::string& credential : column(all.out, "credential"))
      BOOST_TEST(has(credential, "usrdomadm"));
    const Finished active = run(list(here, at(sandbox) + Words{"--format", "jsonl", "--active"}));
    const auto ids = column(active.out, "session_id");
    BOOST_TEST(ids.size() == 19U, kind);
    BOOST_TEST(!set_of(ids).contains(id));
    BOOST_TEST(active.err == "bulkdrop: 19 of 20 sessions listed\n");
  }
}

BOOST_AUTO_TEST_CASE(filters_take_what_they_say_and_nothing_else) {
  const Sandbox sandbox(500);
  const TempDir here;
  const Finished all = run(list(here, at(sandbox) + Words{"--format", "jsonl"}));
  simdjson::dom::parser parser;
  const auto expect = [&](const Words& filters, const std::function<bool(simdjson::dom::element)>& wanted) {
    std::size_t count = 0;
    for (const std::string& line : lines_of(all.out)) count += wanted(parser.parse(line)) ? 1U : 0U;
    const Finished some = run(list(here, at(sandbox) + Words{"--format", "jsonl"} + filters));
    BOOST_TEST(some.exit_code == 0, some.err);
    const auto lines = lines_of(some.out);
    BOOST_TEST(lines.size() == count, filters[0]);
    BOOST_TEST(count > 0U, filters[0]);
    BOOST_TEST(count < 500U, filters[0]);
    for (const std::string& line : lines) BOOST_TEST(wanted(parser.parse(line)), line);
  };
  const auto text = [](simdjson::dom::element record, std::string_view name) {
    return std::string_view(record[name]);
  };
  expect({"--credential", "USRDOMADM01"}, [&](auto r) { return text(r, "credential") == "usrdomadm01"; });
  expect({"--credential", "usrdomadm01", "--credential", "usrdomadm02", "--protocol", "ssh"}, [&](auto r) {
    return (text(r, "credential") == "usrdomadm01" || text(r, "credential") == "usrdomadm02") &&
           text(r, "protocol") == "ssh";
  });
  expect({"--user", "operator1*"}, [&](auto r) { return text(r, "user").starts_with("operator1"); });
  expect({"--device", "*:22"}, [&](auto r) { return text(r, "device").ends_with(":22"); });
  expect({"--origin-ip", "172.16.*"}, [&](auto r) { return text(r, "origin_ip").starts_with("172.16."); });
  expect({"--proxy", "web*"}, [&](auto r) { return text(r, "proxy") == "Web Proxy"; });
  expect({"--session-proxy", "web proxy"}, [&](auto r) { return text(r, "proxy") == "Web Proxy"; });
}

BOOST_AUTO_TEST_CASE(ages_are_measured_in_the_zone_that_is_given_and_warned_of_if_none_is) {
  const std::string record = R"({"remote_sessions":[{"session_id":"aa","start":"2024-05-06 16:05:07"},)"
                             R"({"session_id":"bb","start":"soon"}]})";
  const ScriptedServer server = listing(record);
  const TempDir here;
  const auto listed = [&](const Words& words) {
    return run(list(here, at(server, here) + Words{"--format", "jsonl"} + words));
  };
  const Finished zone =
      listed({"--started-before", "2024-05-06T19:05:08Z", "--server-tz", "America/Sao_Paulo"});
  BOOST_TEST(column(zone.out, "session_id").size() == 1U, zone.err);
  BOOST_TEST(!has(zone.err, "zone"), zone.err);
  BOOST_TEST(has(zone.err, "so that they pass no time filter: 1, such as 'soon'"), zone.err);
  BOOST_TEST(listed({"--started-before", "2024-05-06T19:05:07Z", "--server-tz", "America/Sao_Paulo"}).out ==
             "");
  BOOST_TEST(listed({"--started-after", "2024-05-06 16:05:07", "--server-tz", "Asia/Tokyo"}).out != "");
  BOOST_TEST(listed({"--started-after", "2024-05-07", "--server-tz", "Asia/Tokyo"}).out == "");
  Command command = list(here, at(server, here) + Words{"--older-than", "12h"});
  command.environment["TZ"] = "Asia/Tokyo";
  const Finished local = run(command);
  BOOST_TEST(local.exit_code == 0);
  BOOST_TEST(has(local.err, "Asia/Tokyo"), local.err);
  BOOST_TEST(has(local.err, "--server-tz"), local.err);
}

BOOST_AUTO_TEST_CASE(a_list_feeds_drop_in_both_formats) {
  for (const char* format : {"csv", "jsonl"}) {
    const Sandbox sandbox(60);
    const TempDir here;
    const Finished found =
        run(list(here, at(sandbox) + Words{"--active", "--credential", "usrdomadm01", "--format", format}));
    const std::size_t wanted = lines_of(found.out).size() - (std::string_view(format) == "csv" ? 1 : 0);
    BOOST_REQUIRE(wanted > 0U);
    Command dropping = drop(here, at(sandbox) + Words{"--yes", "--out", "run"});
    dropping.input = found.out;
    const Finished dropped = run(dropping);
    BOOST_TEST(dropped.exit_code == 0, dropped.err);
    BOOST_TEST(RunDirectory(here.path("run")).count("dropped") == wanted);
    BOOST_TEST(sandbox.ledger().size() == wanted);
    const Finished left =
        run(list(here, at(sandbox) + Words{"--active", "--credential", "usrdomadm01", "--format", format}));
    BOOST_TEST(left.exit_code == 0);
    BOOST_TEST(has(left.err, "0 of 60 sessions listed"), left.err);
    // … and with nothing left, there is nothing to drop.
    Command again = drop(here, at(sandbox) + Words{"--yes", "--out", "again"});
    again.input = left.out;
    const Finished nothing = run(again);
    BOOST_TEST(nothing.exit_code == 0, nothing.err);
    BOOST_TEST(has(nothing.out, "no session to drop"), nothing.out);
  }
}

BOOST_AUTO_TEST_CASE(names_that_a_spreadsheet_would_run_and_ids_that_can_not_be_dropped_come_through) {
  const std::string id = made_up_id(7);
  const ScriptedServer server =
      listing(R"({"remote_sessions":[{"session_id":")" + id + R"(","user":"=1+1","device":"a\"b,c\nd"},)" +
              R"({"id":"8","session_id":"1dbd4***8975","user":"ana"},{"id":"9","user":"bob"},7]})");
  const TempDir here;
  for (const char* format : {"csv", "jsonl"}) {
    const Finished found = run(list(here, at(server, here) + Words{"--format", format}));
    BOOST_TEST(found.exit_code == 0);
    BOOST_TEST(has(found.out, std::string_view(format) == "csv" ? ",'=1+1," : "\"=1+1\""), found.out);
    BOOST_TEST(has(found.err, "without a session ID that can be dropped: 2, such as"), found.err);
    BOOST_TEST(has(found.err, "1dbd4***8975"), found.err);
    BOOST_TEST(has(found.err, "no records, and not listed: 1"), found.err);
    Command plan = drop(here, {"--dry-run", "--json"});
    plan.input = found.out;
    const Finished planned = run(plan);
    BOOST_TEST(has(planned.out, R"("rows":3,"to_drop":1)"), planned.out);
    BOOST_TEST(has(planned.out, R"("invalid":2)"), planned.out);
  }
}

BOOST_AUTO_TEST_CASE(faults_that_pass_are_survived_and_no_session_comes_twice) {
  for (const char* fault : {"truncate", "truncate_close", "reset", "not_http", "html", "empty", "garbage",
                            "no_content", "unexpected", "bad_gateway", "unavailable", "gateway_timeout",
                            "request_timeout", "not_found", "throttle"}) {
    const Sandbox sandbox(40, {"--faults", std::string("list.") + fault + "=first:1"});
    const TempDir here;
    const Finished found = run(list(here, at(sandbox) + Words{"--format", "jsonl", "-v"}));
    BOOST_TEST(found.exit_code == 0, std::string(fault) + ": " + found.err);
    BOOST_TEST(set_of(column(found.out, "session_id")).size() == 40U);
    BOOST_TEST(lines_of(found.out).size() == 40U, fault);
    BOOST_TEST(lines_of(found.err).size() == 2U, found.err);
  }
}

BOOST_AUTO_TEST_CASE(faults_that_stay_give_no_line_at_all_and_a_code_of_the_contract) {
  const std::map<std::string, int> codes = {{"truncate", 5},       {"truncate_close", 5},
                                            {"reset", 5},          {"html", 2},
                                            {"unexpected", 5},     {"unavailable", 5},
                                            {"not_authorized", 4}, {"unauthorized", 4},
                                            {"access_denied", 4},  {"invalid_signature", 4},
                                            {"not_found", 2},      {"redirect", 2},
                                            {"no_route", 4},       {"empty", 2}};
  for (const auto& [fault, code] : codes) {
    const Sandbox sandbox(40, {"--faults", "list." + fault + "=100%"});
    const TempDir here;
    const Finished found = run(list(here, at(sandbox) + Words{"--attempts", "2"}));
    BOOST_TEST(found.exit_code == code, fault + ": " + found.err);
    BOOST_TEST(found.out == "", fault);
    if (code == 2 && fault != "html" && fault != "empty")
      BOOST_TEST(has(found.err, "--list-path"), found.err);
    BOOST_TEST(!has(found.err, "a-token-that"), found.err);
  }
}

BOOST_AUTO_TEST_CASE(silence_is_cut_after_the_timeout_and_tried_again) {
  const Sandbox sandbox(40, {"--faults", "list.stall=first:1"});
  const TempDir here;
  const Finished found = run(list(here, at(sandbox) + Words{"--timeout", "300ms", "-q"}));
  BOOST_TEST(found.exit_code == 0, found.err);
  BOOST_TEST(lines_of(found.out).size() == 41U);
}

BOOST_AUTO_TEST_CASE(a_token_that_the_server_no_longer_knows_is_renewed) {
  const Sandbox sandbox(40, {"--faults", "list.access_denied=first:1"});
  const TempDir here;
  const Words client = {"--url",
                        sandbox.url(),
                        "--client-id",
                        std::string(Sandbox::kClientId),
                        "--client-secret-file",
                        sandbox.client_secret_file()};
  const Finished found = run(list(here, client));
  BOOST_TEST(found.exit_code == 0, found.err);
  BOOST_TEST(lines_of(found.out).size() == 41U);
  put(here, "wrong", "wrong\n");
  const Finished refused = run(list(
      here, {"--url", sandbox.url(), "--client-id", "sandbox", "--client-secret-file", here.path("wrong")}));
  BOOST_TEST(refused.exit_code == 4, refused.err);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_outage) {
  const TempDir here;
  const Finished found = run(list(here, {"--url", "http://127.0.0.1:" + std::to_string(unused_port()),
                                         "--token-file", here.file("token", "t"), "--attempts", "2"}));
  BOOST_TEST(found.exit_code == 5, found.err);
  BOOST_TEST(has(found.err, "connect_failed"), found.err);
}

BOOST_AUTO_TEST_CASE(a_path_that_was_given_is_the_only_one) {
  const Sandbox sandbox(5);
  const TempDir here;
  const Finished wrong = run(list(here, at(sandbox) + Words{"--list-path", "api/elsewhere"}));
  BOOST_TEST(wrong.exit_code == 2, wrong.err);
  BOOST_TEST(has(wrong.err, "/api/elsewhere"), wrong.err);
  const Finished right = run(list(here, at(sandbox) + Words{"--list-path", "/api/session/remotesessions"}));
  BOOST_TEST(right.exit_code == 0, right.err);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_it_and_nothing_is_printed) {
  for (const int number : {SIGINT, SIGTERM}) {
    const Sandbox sandbox(5, {"--faults", "list.unavailable=first:1,list.stall=2-9"});
    const TempDir here;
    Process process(list(here, at(sandbox)));
    BOOST_TEST_REQUIRE(process.shows("next try"), process.err());
    ::usleep(300'000);  // into the silence, or before it: either must end
    process.signal(number);
    const Finished finished = process.wait(Milliseconds(10'000));
    BOOST_TEST(!finished.timed_out);
    BOOST_TEST(finished.exit_code == 128 + number, finished.err);
    BOOST_TEST(finished.out == "");
  }
}

BOOST_AUTO_TEST_CASE(sigusr1_tells_how_far_it_is) {
  const ScriptedServer server([](ScriptedServer::Connection& connection, const ScriptedServer::Request&) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n[{\"session_id\":\"aa\"},{\"session_id\":\"bb\"},");
    connection.stall();
  });
  const TempDir here;
  Process process(list(here, at(server, here)));
  bool told = false;
  for (int i = 0; i < 100 && !told; ++i) {
    if (!server.requests().empty()) process.signal(SIGUSR1);  // it listens by now
    told = process.shows("sessions read so far: 2", Milliseconds(100));
  }
  BOOST_TEST(told, process.err());
  process.signal(SIGTERM);
  BOOST_TEST(process.wait(Milliseconds(10'000)).exit_code == 143);
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_is_no_error_and_a_full_disk_is_one) {
  const Sandbox sandbox(20'000);
  const TempDir here;
  const auto shell = [&](const std::string& rest) {
    Command command;
    command.program = "/bin/bash";
    command.arguments = {"-c", std::string(BULKDROP_BINARY) + " list --url " + sandbox.url() +
                                   " --token-file " + sandbox.token_file() + " " + rest};
    command.directory = here.path();
    return run(command);
  };
  const Finished head = shell("| head -1; echo ${PIPESTATUS[0]}");
  BOOST_TEST(has(head.out, "\n0\n"), head.out + head.err);
  const Finished full = shell("> /dev/full");
  BOOST_TEST(full.exit_code == 7, full.err);
  BOOST_TEST(has(full.err, "standard output"), full.err);
  const Finished no_room = shell("> /dev/null; exit $?");
  BOOST_TEST(no_room.exit_code == 0);
  Command command = list(here, at(sandbox));
  command.environment["TMPDIR"] = here.path("nowhere");
  const Finished nowhere = run(command);
  BOOST_TEST(nowhere.exit_code == 7, nowhere.err);
  BOOST_TEST(nowhere.out == "");
  BOOST_TEST(has(nowhere.err, here.path("nowhere")), nowhere.err);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_told_before_anybody_is_asked) {
  const TempDir here;
  const Words target = {"--url", "http://127.0.0.1:1", "--token-file", here.file("token", "t")};
  const std::map<std::string, Words> wrong = {
      {"--url is missing", {"--token-file", here.path("token")}},
      {"no way to log in", {"--url", "http://127.0.0.1:1"}},
      {"neither csv nor jsonl", target + Words{"--format", "xml"}},
      {"not a time", target + Words{"--started-after", "yesterday"}},
      {"no time zone 'Mars/Base'", target + Words{"--older-than", "1h", "--server-tz", "Mars/Base"}},
      {"not a duration", target + Words{"--older-than", "old"}},
      {"reads no files", target + Words{"export.csv"}},
      {"unknown option --drop-path", target + Words{"--drop-path", "x"}},
      {"unknown option --limit", target + Words{"--limit", "5"}},
      {"needs a value", target + Words{"--user", ""}},
      {"whole number from 1", target + Words{"--attempts", "0"}}};
  for (const auto& [message, words] : wrong) {
    const Finished finished = run(list(here, words));
    BOOST_TEST(finished.exit_code == 2, message + ": " + finished.err);
    BOOST_TEST(has(finished.err, message), finished.err);
    BOOST_TEST(finished.out == "");
  }
  const Finished unknown = run(drop(here, {"--dry-run", "--active", "y.csv"}));
  BOOST_TEST(unknown.exit_code == 2);
}

BOOST_AUTO_TEST_CASE(options_come_from_the_environment_and_a_config_file_as_well) {
  const Sandbox sandbox(100);
  const TempDir here;
  put(here, "list.toml",
      "[list]\ncredential = [\"usrdomadm01\", \"usrdomadm02\"]\nformat = \"jsonl\"\n[drop]\nyes = true\n");
  Command command = list(here, at(sandbox) + Words{"--config", "list.toml"});
  command.environment["BULKDROP_PROTOCOL"] = "ssh";
  const Finished found = run(command);
  BOOST_TEST(found.exit_code == 0, found.err);
  for (const std::string& credential : column(found.out, "credential"))
    BOOST_TEST((credential == "usrdomadm01" || credential == "usrdomadm02"));
  for (const std::string& protocol : column(found.out, "protocol")) BOOST_TEST(protocol == "ssh");
  BOOST_TEST(!lines_of(found.out).empty());
}

BOOST_AUTO_TEST_CASE(the_help_tells_every_option_and_whose_zone_is_meant) {
  const TempDir here;
  const Finished help = run(bulkdrop(here, {"list", "--help"}));
  BOOST_TEST(help.exit_code == 0);
  for (const char* text :
       {"--active", "--user", "--session-proxy", "--list-path", "this machine's", "csv|jsonl", "10m"})
    BOOST_TEST(has(help.out, text), text);
  BOOST_TEST(!has(help.out, "--drop-path"));
  BOOST_TEST(has(run(bulkdrop(here, {"--help"})).out, "list"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
