// `bulkdrop list`: what it prints, what its filters take, and who reads it on.
#include <csignal>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cli/listing.hpp"
#include <simdjson.h>

namespace bulkdrop::test {
namespace {

std::set<std::string> ids_of_export(const Sandbox& sandbox) {
  std::set<std::string> ids;
  const auto lines = lines_of(slurp(sandbox.export_file()));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t comma = lines[i].find(',');
    ids.insert(lines[i].substr(comma + 1, 40));
  }
  return ids;
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
    BOOST_TEST(undated(csv.err) == "bulkdrop: 300 of 300 sessions listed\n");
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
    BOOST_TEST(undated(active.err) == "bulkdrop: 19 of 20 sessions listed\n");
  }
}

BOOST_AUTO_TEST_CASE(filters_take_what_they_say_and_nothing_else) {
  const Sandbox sandbox(500);
  const TempDir here;
  const Finished all = run(list(here, at(sandbox) + Words{"--format", "jsonl"}));
  const auto expect = [&](const Words& filters, const std::function<bool(const Json&)>& wanted) {
    std::size_t count = 0;
    for (const std::string& line : lines_of(all.out)) count += wanted(Json(line)) ? 1U : 0U;
    const Finished some = run(list(here, at(sandbox) + Words{"--format", "jsonl"} + filters));
    BOOST_TEST(some.exit_code == 0, some.err);
    const auto lines = lines_of(some.out);
    BOOST_TEST(lines.size() == count, filters[0]);
    BOOST_TEST(count > 0U, filters[0]);
    BOOST_TEST(count < 500U, filters[0]);
    for (const std::string& line : lines) BOOST_TEST(wanted(Json(line)), line);
  };
  const auto text = [](const Json& record, const std::string& name) { return record.text("/" + name); };
  expect({"--credential", "USRDOMADM01"},
         [&](const Json& r) { return text(r, "credential") == "usrdomadm01"; });
  expect({"--credential", "usrdomadm01", "--credential", "usrdomadm02", "--protocol", "ssh"},
         [&](const Json& r) {
           return (text(r, "credential") == "usrdomadm01" || text(r, "credential") == "usrdomadm02") &&
                  text(r, "protocol") == "ssh";
         });
  expect({"--user", "operator1*"}, [&](const Json& r) { return text(r, "user").starts_with("operator1"); });
  expect({"--device", "*:22"}, [&](const Json& r) { return text(r, "device").ends_with(":22"); });
  expect({"--origin-ip", "172.16.*"},
         [&](const Json& r) { return text(r, "origin_ip").starts_with("172.16."); });
  expect({"--proxy", "web*"}, [&](const Json& r) { return text(r, "proxy") == "Web Proxy"; });
  expect({"--session-proxy", "web proxy"}, [&](const Json& r) { return text(r, "proxy") == "Web Proxy"; });
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

BOOST_AUTO_TEST_CASE(a_name_that_no_session_bears_is_told_with_near_ones) {
  const Sandbox sandbox(100);
  const TempDir here;
  const Finished found = run(list(here, at(sandbox) + Words{"--credential", "usrdomadm1"}));
  BOOST_TEST(found.exit_code == 0);
  BOOST_TEST(
      has(found.err, "warning: no session in the list has the credential usrdomadm1; it has usrdomadm"),
      found.err);
  // --quiet does not hide it: piped into drop, it would be nothing to do, night after night.
  const Finished quiet = run(list(here, at(sandbox) + Words{"-q", "--credential", "usrdomadm1"}));
  BOOST_TEST(has(quiet.err, "warning: no session in the list has the credential usrdomadm1"), quiet.err);
  BOOST_TEST(run(list(here, at(sandbox) + Words{"-q", "--credential", "usrdomadm01"})).err == "");
  BOOST_TEST(!has(run(list(here, at(sandbox) + Words{"--credential", "USRDOMADM01"})).err, "no session"));
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
