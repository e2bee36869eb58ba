#include "bulkdrop/run/list_table.hpp"

#include <string>

#include "support/temp_dir.hpp"
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "bulkdrop/run/spool.hpp"

using namespace bulkdrop;
using namespace bulkdrop::run;
using bulkdrop::test::slurp;
using bulkdrop::test::TempDir;

namespace {

pam::ListedSession session() {
  return {"3", "abc", "=cmd|x", "10.0.0.1", "ro\"ot", "d,1", "rdp", "Web\nProxy", "s", "e\x1B[2J", "t"};
}

std::string listed(ListFormat format, bool for_terminal = false) {
  std::string out;
  append_listed(out, format, session(), for_terminal);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(list_table)

BOOST_AUTO_TEST_CASE(csv_has_the_columns_of_the_contract_and_is_safe_in_a_spreadsheet) {
  std::string heading;
  append_list_heading(heading, ListFormat::csv);
  BOOST_TEST(heading == "session_id,user,credential,device,origin_ip,protocol,proxy,start,end,time,id\r\n");
  BOOST_TEST(listed(ListFormat::csv) ==
             "abc,'=cmd|x,\"ro\"\"ot\",\"d,1\",10.0.0.1,rdp,\"Web\nProxy\",s,e\x1B[2J,t,3\r\n");
}

BOOST_AUTO_TEST_CASE(json_lines_have_the_same_names_and_no_heading) {
  std::string heading;
  append_list_heading(heading, ListFormat::jsonl);
  BOOST_TEST(heading == "");
  BOOST_TEST(
      listed(ListFormat::jsonl) ==
      R"({"session_id":"abc","user":"=cmd|x","credential":"ro\"ot","device":"d,1","origin_ip":"10.0.0.1",)"
      R"("protocol":"rdp","proxy":"Web\nProxy","start":"s","end":"e\u001b[2J","time":"t","id":"3"})"
      "\n");
}

BOOST_AUTO_TEST_CASE(a_terminal_is_not_driven_by_what_is_listed) {
  for (const ListFormat format : {ListFormat::csv, ListFormat::jsonl})
    BOOST_TEST(listed(format, true).find('\x1B') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_spool_gives_back_what_it_took_little_or_much) {
  for (const std::size_t lines : {std::size_t{0}, std::size_t{3}, std::size_t{100'000}}) {
    const TempDir directory;
    Spool spool(directory.path());
    spool.buffer() = std::string(300'000, 'x');
    spool.flush_if_large();
    spool.clear();
    std::string wanted;
    for (std::size_t i = 0; i < lines; ++i) {
      const std::string line = std::to_string(i) + " a line\n";
      wanted += line;
      spool.buffer() += line;
      spool.flush_if_large();
    }
    const Fd out(::open(directory.path("out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    spool.pour(out.get(), "out");
    BOOST_TEST((slurp(directory.path("out")) == wanted));
  }
}

BOOST_AUTO_TEST_CASE(a_little_needs_no_file_and_much_says_where_it_finds_no_room) {
  Spool spool("/nonexistent/directory");
  spool.buffer() = "a little";
  spool.flush_if_large();
  int ends[2];
  BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd in(ends[0]);
  Fd out(ends[1]);
  spool.pour(out.get(), "out");
  char text[32];
  BOOST_TEST(::read(in.get(), text, sizeof text) == 8);
  spool.buffer() = std::string(300'000, 'x');
  BOOST_CHECK_EXCEPTION(spool.flush_if_large(), Error, [](const Error& error) {
    return error.code() == ExitCode::run_directory &&
           std::string(error.what()).find("/nonexistent/directory") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(output_that_can_not_be_written_is_an_error) {
  Spool spool("/tmp");
  spool.buffer() = "text";
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  BOOST_CHECK_EXCEPTION(spool.pour(full.get(), "standard output"), Error, [](const Error& error) {
    return std::string(error.what()).find("standard output") == 0;
  });
}

BOOST_AUTO_TEST_SUITE_END()
