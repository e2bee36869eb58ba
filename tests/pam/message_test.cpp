#include "bulkdrop/pam/message.hpp"

#include <string>

#include "support/property.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::pam {

std::ostream& operator<<(std::ostream& out, Meaning meaning) {
  return out << static_cast<int>(meaning);
}

BOOST_AUTO_TEST_SUITE(message)

BOOST_AUTO_TEST_CASE(accents_case_and_punctuation_do_not_matter) {
  for (const auto* sentence :
       {"An error occurred while droping session", "AN ERROR OCCURRED WHILE DROPPING SESSION.",
        "Erro ao derrubar sess\xC3\xA3o", "Erro ao derrubar sessa\xCC\x83o", "ERRO AO DERRUBAR SESS\xC3\x83O",
        "Erro ao derrubar sess\xE3o"})
    BOOST_TEST(meaning_of(sentence) == Meaning::drop_error, sentence);
}

BOOST_AUTO_TEST_CASE(a_sentence_that_is_no_known_error_means_nothing) {
  for (const auto* sentence : {"",
                               ".",
                               "Sessão interrompida com sucesso",
                               "Session dropped successfully",
                               "Sesión interrumpida con éxito",
                               "error",
                               "session",
                               "drop",
                               "Session is active",
                               "A sessão foi encerrada",
                               "Unauthorized",
                               "Not Found",
                               "Internal Server Error",
                               "Bad Gateway",
                               "Terminal",
                               "Dropbox",
                               "authorized",
                               "You are authorized",
                               "signature",
                               "route",
                               "This request did not time out",
                               "rate",
                               "The upstream server is timing out"})
    BOOST_TEST(meaning_of(sentence) == Meaning::none, sentence);
}

// The safer reading wins where a sentence says two things: what holds for everybody, or leaves doubt, is not
// put down to one session.
BOOST_AUTO_TEST_CASE(a_sentence_that_says_more_than_a_drop_error_is_not_one) {
  BOOST_TEST(meaning_of("Unexpected error while dropping session") == Meaning::unexpected_error);
  BOOST_TEST(meaning_of("Erro inesperado ao encerrar a sessão") == Meaning::unexpected_error);
  BOOST_TEST(meaning_of("Error dropping session: request timed out") == Meaning::timed_out);
  BOOST_TEST(meaning_of("Error dropping session: you are not authorized to access this resource") ==
             Meaning::not_authorized);
  BOOST_TEST(meaning_of("Error: invalid signature, session terminated") == Meaning::invalid_signature);
}

BOOST_AUTO_TEST_CASE(no_text_is_too_much) {
  BOOST_TEST(meaning_of(std::string(1'000'000, 'e')) == Meaning::none);
  bulkdrop::test::holds("any bytes have a meaning", [](const std::string& text) {
    static_cast<void>(meaning_of(text));
    static_cast<void>(meaning_of(text + "invalid signature"));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam
