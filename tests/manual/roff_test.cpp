// What a formatter must not take for something else.
#include "bulkdrop/manual/roff.hpp"

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::manual {

BOOST_AUTO_TEST_SUITE(roff)

BOOST_AUTO_TEST_CASE(signs_that_formatters_beautify_stay_what_they_are) {
  BOOST_TEST(literal("a-b 'c' `d` ^e ~f \\g") == "a\\-b \\(aqc\\(aq \\(gad\\(ga \\(hae \\(tif \\eg");
}

BOOST_AUTO_TEST_CASE(no_line_is_taken_for_a_request) {
  BOOST_TEST(literal(".TH x\n'br\nplain\n") == "\\&.TH x\n\\(aqbr\nplain\n");
  BOOST_TEST(prose("... and more") == "\\&... and more");
  BOOST_TEST(prose("'a'") == "\\(aqa\\(aq");
}

BOOST_AUTO_TEST_CASE(the_result_is_ascii_whatever_goes_in) {
  BOOST_TEST(literal("… ID da sessão 𝄞") == "\\[u2026] ID da sess\\[u00E3]o \\[u1D11E]");
}

BOOST_AUTO_TEST_CASE(options_and_quoted_parts_of_a_sentence_are_bold) {
  BOOST_TEST(prose("as --yes, but (-v) `resume it` too") ==
             "as \\fB\\-\\-yes\\fR, but (\\fB\\-v\\fR) \\fBresume it\\fR too");
  BOOST_TEST(prose("a re-read file, - or no FILE") == "a re-read file, - or no FILE");
  BOOST_TEST(prose("on 2026-11-21 at $A-B") == "on 2026\\-11\\-21 at $A\\-B");
}

BOOST_AUTO_TEST_CASE(in_a_synopsis_names_are_italic_and_words_bold) {
  BOOST_TEST(usage("drop [OPTIONS] [FILE...]") == "\\fBdrop\\fR [\\fIOPTIONS\\fR] [\\fIFILE\\fR...]");
  BOOST_TEST(usage("RUN_DIR") == "\\fIRUN_DIR\\fR");
  BOOST_TEST(usage("v4|v3") == "\\fBv4\\fR|\\fBv3\\fR");
  BOOST_TEST(usage("1.1|2") == "\\fB1.1\\fR|\\fB2\\fR");
  BOOST_TEST(usage("N|N%") == "\\fIN\\fR|\\fIN\\fR%");
}

BOOST_AUTO_TEST_CASE(no_text_becomes_a_request_or_leaves_ascii) {
  test::holds("no text becomes a request or leaves ASCII", [](const std::string& text) {
    std::string ascii;
    for (const char c : text)
      if (c >= ' ' && c < 0x7F) ascii.push_back(c);
    for (const std::string& out : {literal(ascii), prose(ascii), usage(ascii)}) {
      RC_ASSERT(!out.starts_with('.') && !out.starts_with('\''));
      RC_ASSERT(std::all_of(out.begin(), out.end(), [](char c) { return c >= ' ' && c < 0x7F; }));
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::manual
