// The table of the classifier: right, whole, and such that no cell of it could be another.
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "answer_corpus.hpp"
#include <boost/test/unit_test.hpp>

namespace bulkdrop::pam::test {
namespace {

std::string upper_ascii(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

template <typename E>
std::vector<E> values(E last) {
  std::vector<E> all;
  for (int i = 0; i <= static_cast<int>(last); ++i) all.push_back(static_cast<E>(i));
  return all;
}

const std::vector<TransportError> kTransports = values(TransportError::unusable);
const std::vector<Sends> kSends = values(Sends::several);
const std::vector<Body> kBodies = values(Body::other);
const std::vector<Meaning> kMeanings = values(Meaning::https_wanted);
const std::vector<Verdict> kVerdicts = values(Verdict::run_wide);
constexpr int kMostStatus = 999;

bool of_a_page(Meaning meaning) {
  return meaning == Meaning::certificate_refused || meaning == Meaning::https_wanted;
}

bool can_mean(Body body, int status, Meaning meaning) {
  if (meaning == Meaning::none) return true;
  if (body == Body::other) return status == 400 && of_a_page(meaning);
  return !of_a_page(meaning) && (body == Body::drop_error || body == Body::error || body == Body::odd_error ||
                                 body == Body::message);
}

// Where what a table says can change with the HTTP status: at the ends of its rules' ranges.
std::vector<int> telling_statuses(std::span<const Rule> table) {
  std::vector<int> statuses = {0, 200, kMostStatus};
  for (const Rule& rule : table)
    for (const int status : {rule.from_status - 1, rule.from_status, rule.to_status, rule.to_status + 1})
      if (status >= 0 && status <= kMostStatus) statuses.push_back(status);
  return statuses;
}

// Calls `visit` with every combination of signs that can be.
void for_every_signs(const std::vector<int>& statuses, const std::function<void(const Signs&)>& visit) {
  for (const Sends sends : kSends)
    for (const int status : statuses) {
      for (const TransportError transport : kTransports)
        if (transport != TransportError::none) visit({transport, sends, status, Body::other, Meaning::none});
      for (const Body body : kBodies) {
        if (body == Body::message && status < 400) continue;
        for (const Meaning meaning : kMeanings)
          if (can_mean(body, status, meaning)) visit({TransportError::none, sends, status, body, meaning});
      }
    }
}

bool same_conclusion(const Signs& signs, const Rule& a, const Rule& b) {
  const bool stops = a.verdict == Verdict::run_wide || a.verdict == Verdict::auth;
  const bool doubtful = signs.doubtful() && a.verdict != Verdict::dropped;
  return a.verdict == b.verdict && a.reason == b.reason && (doubtful || a.doubt == b.doubt) &&
         (doubtful || a.documented == b.documented) && a.asks_for_pause == b.asks_for_pause &&
         (!stops || (a.stop == b.stop && a.advice == b.advice));
}

// A mutant that no answer can tell from the table itself: the changed cell stands behind rules that fit
// first.
bool equivalent(const std::vector<Rule>& mutant) {
  std::vector<int> statuses = telling_statuses(rules());
  for (const int status : telling_statuses(mutant)) statuses.push_back(status);
  std::sort(statuses.begin(), statuses.end());
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  bool same = true;
  for_every_signs(statuses, [&](const Signs& signs) {
    same = same && same_conclusion(signs, rule_for(signs, rules()), rule_for(signs, mutant));
  });
  return same;
}

// The corpus as the rules see it, read once: what the answers look like does not depend on the rules.
struct SeenAnswer {
  Signs signs;
  Expected expected;
};

const std::vector<SeenAnswer>& seen_corpus() {
  static const std::vector<SeenAnswer> all = [] {
    std::vector<SeenAnswer> seen;
    for (const CorpusAnswer& answer : answer_corpus()) seen.push_back({answer.signs(), answer.expected});
    return seen;
  }();
  return all;
}

bool noticed(const std::vector<Rule>& mutant) {
  return std::any_of(seen_corpus().begin(), seen_corpus().end(), [&](const SeenAnswer& answer) {
    const Rule& rule = rule_for(answer.signs, mutant);
    const Expected& expected = answer.expected;
    const bool doubtful = answer.signs.doubtful() && rule.verdict != Verdict::dropped;
    const bool stops = rule.verdict == Verdict::run_wide || rule.verdict == Verdict::auth;
    const std::string_view advice = rule.advice.empty() ? info(rule.reason).action : rule.advice;
    return rule.verdict != expected.verdict || rule.reason != expected.reason ||
           (doubtful || rule.doubt) != expected.doubt ||
           (!doubtful && rule.documented) != expected.documented || rule.asks_for_pause != expected.pause ||
           (stops && (rule.stop != expected.stop || advice.find(expected.advice) == std::string_view::npos));
  });
}

class Mutants {
 public:
  std::size_t made = 0;
  std::size_t same = 0;
  std::vector<std::string> missed;

  void try_rule(std::size_t index, const std::string& cell, const std::function<void(Rule&)>& change) {
    std::vector<Rule> mutant(rules().begin(), rules().end());
    change(mutant[index]);
    try_table(mutant, fmt::format("rule {} ({}): {}", index, rules()[index].seen, cell));
  }

  void try_table(const std::vector<Rule>& mutant, const std::string& name) {
    ++made;
    if (noticed(mutant)) return;
    if (equivalent(mutant)) {
      ++same;
    } else {
      missed.push_back(name);
    }
  }
};

template <typename E>
void flip_each(Mutants& mutants, std::size_t index, const std::string& cell, const std::vector<E>& all,
               OneOf<E> Rule::*member) {
  if ((rules()[index].*member).is_any()) return;
  for (const E value : all)
    mutants.try_rule(index, fmt::format("{} {}", cell, static_cast<int>(value)),
                     [&](Rule& rule) { (rule.*member).toggle(value); });
}

void mutate(Mutants& mutants, std::size_t index) {
  const Rule& original = rules()[index];
  for (const Verdict verdict : kVerdicts)
    if (verdict != original.verdict)
      mutants.try_rule(index, "verdict", [&](Rule& rule) { rule.verdict = verdict; });
  for (const ReasonInfo& reason : all_reasons())
    if (reason.reason != original.reason)
      mutants.try_rule(index, "reason", [&](Rule& rule) { rule.reason = reason.reason; });
  mutants.try_rule(index, "doubt", [](Rule& rule) { rule.doubt = !rule.doubt; });
  mutants.try_rule(index, "documented", [](Rule& rule) { rule.documented = !rule.documented; });
  mutants.try_rule(index, "pause", [](Rule& rule) { rule.asks_for_pause = !rule.asks_for_pause; });
  if (original.verdict == Verdict::run_wide || original.verdict == Verdict::auth)
    mutants.try_rule(index, "stop", [](Rule& rule) {
      rule.stop = rule.stop == StopKind::auth ? StopKind::config : StopKind::auth;
    });
  if (!original.advice.empty()) mutants.try_rule(index, "advice", [](Rule& rule) { rule.advice = {}; });
  for (const int by : {-1, 1}) {
    if (original.from_status != 0)
      mutants.try_rule(index, "from status", [&](Rule& rule) { rule.from_status += by; });
    if (original.to_status != 999)
      mutants.try_rule(index, "to status", [&](Rule& rule) { rule.to_status += by; });
  }
  flip_each(mutants, index, "transport", kTransports, &Rule::transport);
  flip_each(mutants, index, "sends", kSends, &Rule::sends);
  flip_each(mutants, index, "body", kBodies, &Rule::bodies);
  flip_each(mutants, index, "meaning", kMeanings, &Rule::meanings);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classifier)

BOOST_AUTO_TEST_CASE(every_answer_of_the_corpus_means_what_is_written_beside_it) {
  for (const CorpusAnswer& answer : answer_corpus())
    BOOST_TEST(answer.difference(answer.judged(rules())) == "", answer.name());
}

BOOST_AUTO_TEST_CASE(spelling_does_not_matter) {
  for (const DocumentedError& known : documented_errors())
    for (const std::string& sentence : {known.sentence + ".", known.sentence + "!",
                                        "  " + known.sentence + " ", upper_ascii(known.sentence)}) {
      CorpusAnswer answer{
          .body = error_envelope(sentence), .http_status = known.http_status, .expected = known.expected};
      BOOST_TEST(answer.difference(answer.judged(rules())) == "", answer.name());
      answer.body = R"({"code":500,)" + error_envelope(sentence).substr(1);
      BOOST_TEST(answer.difference(answer.judged(rules())) == "", answer.name());
    }
}

// The table is a table of facts: whoever changes a cell of it changes what some answer means.
BOOST_AUTO_TEST_CASE(each_changed_cell_is_noticed) {
  Mutants mutants;
  for (std::size_t index = 0; index < rules().size(); ++index) {
    mutate(mutants, index);
    std::vector<Rule> without(rules().begin(), rules().end());
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(index));
    mutants.try_table(without, fmt::format("rule {} ({}) left out", index, rules()[index].seen));
  }
  for (const std::string& missed : mutants.missed) BOOST_ERROR(missed);
  BOOST_TEST(mutants.made - mutants.same > 1000U);
  BOOST_TEST_MESSAGE(mutants.made << " changed cells, " << mutants.same << " of them without effect");
}

BOOST_AUTO_TEST_CASE(every_rule_says_what_it_is_about) {
  for (const Rule& rule : rules()) BOOST_TEST(!rule.seen.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bulkdrop::pam::test
