// A list that is much larger than the memory it may take, from a server that nobody here wrote.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "cli/dropping.hpp"
#include "support/nginx.hpp"
#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"

namespace bulkdrop::test {
namespace {

// About 330 bytes each; half of them have ended.
void write_list(const std::string& path, std::uint64_t sessions) {
  std::ofstream out(path, std::ios::binary);
  out << R"({"code":200,"response":{"status":200,"message":"ok","error":false,"error_code":0},"remote_sessions":[)";
  for (std::uint64_t i = 0; i < sessions; ++i)
    out << fmt::format(
        R"({}{{"id":"{}","user":"operator{:03}","origin_ip":"172.16.20.{}","credential":"usrdomadm{:02}",)"
        R"("device":"10.66.{}.15:3389","protocol":"rdp","proxy":"Web Proxy","session_id":"{:040x}",)"
        R"("start":"2024-05-06 16:05:07","end":"{}","time":"00:02:52","prevent_purge":"No","request":null,)"
        R"("ITSM":null}})",
        i == 0 ? "" : ",\n", i + 1, i % 250, i % 256, i % 60, i % 200, i * 2654435761U,
        i % 2 == 0 ? "2024-05-06 16:07:59" : "");
  out << "]}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_lists)

BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_the_list) {
  // BULKDROP_LIST_SESSIONS=1000000 makes it the answer of 330 MB for which the bound is made.
  const char* asked = std::getenv("BULKDROP_LIST_SESSIONS");
  const std::uint64_t sessions = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 200'000;
  const TempDir here;
  write_list(here.path("list.json"), sessions);
  Nginx nginx("location = /api/pam/session/remotesessions { alias " + here.path("list.json") +
              "; default_type application/json; }");
  put(here, "token", "t");
  Command command = bulkdrop(here, {"list", "--url", nginx.url(""), "--token-file", "token", "--active"});
  const Finished finished = run(command, Milliseconds(240'000));
  BOOST_TEST(finished.exit_code == 0, finished.err);
  BOOST_TEST(has(finished.err, fmt::format("of {} sessions listed", grouped(sessions))), finished.err);
  const auto lines = static_cast<std::uint64_t>(std::count(finished.out.begin(), finished.out.end(), '\n'));
  BOOST_TEST(lines == sessions / 2 + 1);
  if (!kSanitized) BOOST_TEST(finished.peak_rss_kib < 64 * 1024);
  BOOST_TEST_MESSAGE(sessions << " sessions: " << finished.peak_rss_kib << " KiB, " << finished.took.count()
                              << " ms");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::test
