// Pages from tables: all of them stand in their page, and prose asks for its parts by name.
#include "bulkdrop/manual/pages.hpp"

#include <stdexcept>

#include <boost/test/unit_test.hpp>

#include "bulkdrop/cli/exit_codes.hpp"
#include "bulkdrop/core/reason.hpp"
#include "bulkdrop/core/status.hpp"
#include "bulkdrop/manual/roff.hpp"
#include "bulkdrop/pam/rules.hpp"

namespace bulkdrop::manual {
namespace {

const Edition kEdition{"1.2.3", "2026-11-22"};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(parts_stand_where_they_are_asked_for_also_within_parts) {
  BOOST_TEST(page("@A@\ntext @A@\n@B@\n", {{"A", "first\n"}, {"B", "[\n@A@\n]"}}) ==
             "first\ntext @A@\n[\nfirst\n]\n");
}

BOOST_AUTO_TEST_CASE(a_part_that_is_not_there_or_asks_for_itself_is_an_error) {
  BOOST_CHECK_THROW(page("@NOTHING@\n", {}), std::runtime_error);
  BOOST_CHECK_THROW(page("@A@\n", {{"A", "@B@\n"}, {"B", "@A@\n"}}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(every_command_tells_every_option_and_exit_code) {
  for (const cli::CommandSpec& command : cli::commands()) {
    const Parts parts = command_parts(bulkdrop(), command, kEdition);
    for (const cli::OptionSpec& option : command.options)
      BOOST_TEST(has(parts.at("OPTIONS"), bold("--" + std::string(option.name))), option.name);
    BOOST_TEST(!cli::exit_codes(command.name).empty(), command.name);
    for (const cli::ExitMeaning& code : cli::exit_codes(command.name))
      BOOST_TEST(has(parts.at("EXIT STATUS"), ".TP\n" + bold(code.codes)), code.codes);
    BOOST_TEST(has(parts.at("HEAD"), "1 2026-11-22 \"bulkdrop 1.2.3\""));
  }
}

BOOST_AUTO_TEST_CASE(the_programs_page_tells_every_status_reason_and_rule) {
  const Parts parts = program_parts(bulkdrop(), kEdition);
  for (const Status status : kAllStatuses) BOOST_TEST(has(parts.at("STATUSES"), bold(name(status))));
  for (const ReasonInfo& reason : all_reasons()) {
    BOOST_TEST(has(parts.at("REASONS"), bold(reason.name)));
    BOOST_TEST(has(parts.at("REASONS"), prose(reason.cause)));
    BOOST_TEST(has(parts.at("REASONS"), prose(reason.action)));
  }
  for (const pam::Rule& rule : pam::rules()) BOOST_TEST(has(parts.at("RULES"), prose(rule.seen)), rule.seen);
  for (const cli::CommandSpec& command : cli::commands())
    BOOST_TEST(has(parts.at("COMMANDS"), bold("bulkdrop-" + std::string(command.name))));
}

BOOST_AUTO_TEST_CASE(text_that_is_laid_out_keeps_its_lines) {
  BOOST_TEST(laid_out("FAULTS", "  a  b\n  .c\n\n") == ".SH FAULTS\n.nf\n  a  b\n  .c\n.fi\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::manual
