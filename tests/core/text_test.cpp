#include "bulkdrop/core/text.hpp"

#include <string>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using bulkdrop::test::holds;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_only_looks_like_it) {
  BOOST_TEST(is_valid_utf8(""));
  BOOST_TEST(is_valid_utf8("ID da sessão – 会话 🙂"));
  BOOST_TEST(!is_valid_utf8("\xC0\xAF"));          // overlong
  BOOST_TEST(!is_valid_utf8("\xE0\x80\x80"));      // overlong
  BOOST_TEST(!is_valid_utf8("\xED\xA0\x80"));      // surrogate
  BOOST_TEST(!is_valid_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
  BOOST_TEST(!is_valid_utf8("\xE2\x82"));          // cut
  BOOST_TEST(!is_valid_utf8("sess\xE3o"));         // Latin-1
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_are_read_as_windows_1252) {
  BOOST_TEST(to_utf8("sess\xE3o") == "sessão");
  BOOST_TEST(to_utf8("\x80 5") == "€ 5");
  BOOST_TEST(to_utf8("sessão") == "sessão");
}

BOOST_AUTO_TEST_CASE(shortening_never_cuts_a_character) {
  BOOST_TEST(shortened("abc", 3) == "abc");
  BOOST_TEST(shortened("abcdefgh", 6) == "abc…");
  BOOST_TEST(shortened("ãããã", 7) == "ãã…");
  BOOST_TEST(shortened("ãããã", 6) == "ã…");
}

BOOST_AUTO_TEST_CASE(nothing_from_outside_commands_the_terminal) {
  BOOST_TEST(printable("a\x1B[31mred") == "a\\x1B[31mred");
  BOOST_TEST(printable("line\nbreak\r\x7F") == "line\\nbreak\\r\\x7F");
  BOOST_TEST(printable("\xC2\x9B"
                       "31m") == "\\u{009B}31m");
  BOOST_TEST(printable("\xE2\x80\xAEgpj") == "\\u{202E}gpj");
  BOOST_TEST(printable("Sessão") == "Sessão");
  BOOST_TEST(printable("\xFF") == "\\xFF");
}

BOOST_AUTO_TEST_CASE(json_strings_are_escaped) {
  std::string out;
  append_json_string(out, "a\"b\\c\n\t\x01 ã sess\xE3o");
  BOOST_TEST(out == "\"a\\\"b\\\\c\\n\\t\\u0001 ã sessão\"");
}

BOOST_AUTO_TEST_CASE(csv_fields_are_quoted_only_where_they_must) {
  const auto field = [](std::string_view text) {
    std::string out;
    append_csv_field(out, text);
    return out;
  };
  BOOST_TEST(field("plain") == "plain");
  BOOST_TEST(field("") == "");
  BOOST_TEST(field("a,b") == "\"a,b\"");
  BOOST_TEST(field("a \"b\"") == "\"a \"\"b\"\"\"");
  BOOST_TEST(field("a\nb") == "\"a\nb\"");
  BOOST_TEST(field("=1+1") == "'=1+1");
  BOOST_TEST(field("-1,5") == "\"'-1,5\"");
  BOOST_TEST(field("@x") == "'@x");
  BOOST_TEST(field("-") == "-");
  BOOST_TEST(field("sess\xE3o") == "sessão");
}

BOOST_AUTO_TEST_CASE(whatever_comes_in_what_goes_out_is_utf8_without_controls) {
  holds("printable() is UTF-8 and has no control characters", [](const std::string& text) {
    const std::string out = printable(text);
    RC_ASSERT(is_valid_utf8(out));
    for (const char c : out) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  });
  holds("a JSON string has no bare quote, control or broken byte", [](const std::string& text) {
    std::string out;
    append_json_string(out, text);
    RC_ASSERT(is_valid_utf8(out));
    RC_ASSERT(out.size() >= 2U && out.front() == '"' && out.back() == '"');
    for (std::size_t i = 1; i + 1 < out.size(); ++i) {
      RC_ASSERT(static_cast<unsigned char>(out[i]) >= 0x20);
      if (out[i] == '\\') {
        ++i;
      } else {
        RC_ASSERT(out[i] != '"');
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(white_space_goes_off_both_ends) {
  BOOST_TEST(trimmed(" \t abc \r\n") == "abc");
  BOOST_TEST(trimmed("\xC2\xA0"
                     "abc\xC2\xA0 ") == "abc");
  BOOST_TEST(trimmed("  ") == "");
}

BOOST_AUTO_TEST_CASE(words_compare_without_case_and_accents) {
  BOOST_TEST(folded("ID da SESSÃO") == "id da sessao");
  BOOST_TEST(folded("sesio\xCC\x81n") == "sesion");
  BOOST_TEST(folded("Código Üö ÿ ß × 会") == "codigo uo y s × 会");
  BOOST_TEST(folded("sess\xE3o") == "sessao");
}

BOOST_AUTO_TEST_CASE(a_label_stands_alone_where_there_is_no_text) {
  BOOST_TEST(labelled("timeout", "no answer") == "timeout: no answer");
  BOOST_TEST(labelled("timeout", "") == "timeout");
}

BOOST_AUTO_TEST_CASE(large_numbers_are_grouped_for_people) {
  BOOST_TEST(grouped(0) == "0");
  BOOST_TEST(grouped(999) == "999");
  BOOST_TEST(grouped(1000) == "1,000");
  BOOST_TEST(grouped(1234567) == "1,234,567");
}

BOOST_AUTO_TEST_SUITE_END()
