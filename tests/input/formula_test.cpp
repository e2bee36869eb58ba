// Cells that are formulas, so that a spreadsheet takes what stands in them for a text.
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "input/reading.hpp"
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace bulkdrop::input;
using namespace bulkdrop::input::test;

namespace {

using Ids = std::vector<std::string>;

Options table(std::string field = {}) {
  Options options;
  options.format = Format::csv;
  options.field = std::move(field);
  return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(formulas)

BOOST_AUTO_TEST_CASE(a_formula_that_keeps_an_id_a_text_is_taken_off) {
  for (const std::string form : {R"(="{}")", R"("=""{}""")", R"(="{}" )", R"( ="{}")"}) {
    const auto cell = [&form](const std::string& id) { return fmt::format(fmt::runtime(form), id); };
    for (const auto& [header, before, after] : {std::tuple("session_id,a,b", "", ",x,y"),
                                                {"a,session_id,b", "x,", ",y"},
                                                {"a,b,session_id", "x,y,", ""},
                                                {"session_id", "", ""}}) {
      std::string text = std::string(header) + "\n";
      for (const auto& id : {kA, kB, kC}) text += before + cell(id) + after + "\n";
      const auto reading = read_text(text, table());
      BOOST_TEST(reading.ids() == (Ids{kA, kB, kC}), form << header << reading.lines());
    }
  }
  // Without a header, and where it is no such formula.
  BOOST_TEST(read_text(fmt::format("x,=\"{}\"\ny,=\"{}\"\n", kA, kB), table("2")).ids() == (Ids{kA, kB}),
             boost::test_tools::per_element());
  for (const std::string bad : {"=", "=\"", "=\"\"", "={}", "=\"{}", "=\"{}\"&A1"})
    BOOST_TEST(
        read_text("session_id,a\n" + fmt::format(fmt::runtime(bad), kA) + ",x\n", table()).ids().empty(),
        bad);
}

BOOST_AUTO_TEST_SUITE_END()
