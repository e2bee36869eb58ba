#include "bulkdrop/run/first_contact.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulation.hpp"
#include <boost/test/unit_test.hpp>

using namespace bulkdrop;
using namespace bulkdrop::run;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint kBegin{};

Answer ended(TransportError error, TimePoint at, std::string_view words = "") {
  Answer answer;
  answer.error = error;
  answer.error_text = words;
  answer.started = answer.finished = at;
  return answer;
}

Answer no_address(TimePoint at, std::string_view words = "Could not resolve host: pamm.example") {
  return ended(TransportError::resolve_failed, at, words);
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Where no name has an address.
class NamelessPool final : public net::Pool {
 public:
  explicit NamelessPool(test::ManualClock& clock) : clock_(clock) {}
  void start(const net::Request& request) override { tickets_.push_back(request.ticket); }
  std::span<const Answer> wait(TimePoint until) override {
    answers_.clear();
    clock_.turn_to(tickets_.empty() ? until : clock_.now() + 10ms);
    for (const std::uint64_t ticket : tickets_) {
      answers_.push_back(no_address(clock_.now()));
      answers_.back().ticket = ticket;
    }
    tickets_.clear();
    return answers_;
  }
  void notify() override {}
  void cancel() override {}
  [[nodiscard]] std::size_t in_flight() const override { return tickets_.size(); }
  [[nodiscard]] std::size_t capacity() const override { return 100; }

 private:
  test::ManualClock& clock_;
  std::vector<std::uint64_t> tickets_;
  std::vector<Answer> answers_;
};

// Keeps all that is said of what the run waits for.
class ListeningSupervisor final : public Supervisor {
 public:
  TimePoint look(policy::Dispatcher& dispatcher, Moment now) override {
    waiting(dispatcher.stopped() ? "" : dispatcher.waiting_for(now.mono));
    return now.mono + 1s;
  }
  void attempted(const Attempt&) override {}
  void settled(const Result&) override {}
  void waiting(std::string_view what) override { said += std::string(what) + "\n"; }
  std::string said;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(first_contact)

BOOST_AUTO_TEST_CASE(what_is_said_of_a_run_counts_to_the_moment_at_which_it_is_given_up) {
  for (const bool by_token : {false, true}) {
    test::ManualClock clock;
    policy::Limits limits;
    policy::Dispatcher dispatcher(limits, 1);
    NamelessPool pool(clock);
    pam::Credentials credentials = by_token ? some_client(limits.outage, 1) : some_bearer();
    NumberedFeed feed(40);
    KeepingRecorder recorder(40);
    ListeningSupervisor supervisor;
    Loop({clock, dispatcher, pool, credentials, feed, recorder, supervisor},
         pam::endpoints("https://pam.example", pam::default_paths(pam::Generation::v4)))
        .run();
    BOOST_REQUIRE(dispatcher.stopped().has_value());
    BOOST_TEST((clock.passed() < 16s));
    const std::string& said = supervisor.said;
    BOOST_TEST(holds(said, "; giving up in 1"), said);
    BOOST_TEST(!holds(said, " min"), said);
  }
}

BOOST_AUTO_TEST_CASE(a_name_without_an_address_is_given_up_long_before_the_outage_is_over) {
  FirstContact contact(10min);
  BOOST_TEST((contact.gives_up_at() == TimePoint::max()));
  BOOST_TEST(contact.answered(no_address(kBegin)));
  BOOST_TEST(!contact.answered(no_address(kBegin + 3s)));
  BOOST_TEST((contact.gives_up_at() == kBegin + 15s));
  BOOST_TEST(!contact.stop(kBegin + 14s).has_value());
  const auto stop = contact.stop(kBegin + 15s);
  BOOST_REQUIRE(stop.has_value());
  BOOST_TEST((stop->kind == StopKind::outage));
  BOOST_TEST((stop->exit_code == ExitCode::safety_limit));
  BOOST_TEST(holds(stop->message, "--url"), stop->message);
  BOOST_TEST(holds(stop->message, "pamm.example"), stop->message);
  BOOST_TEST(holds(contact.warning(), "trying for 15.0 s"), contact.warning());
}

BOOST_AUTO_TEST_CASE(a_shorter_outage_is_the_limit) {
  FirstContact contact(2s);
  BOOST_TEST(contact.answered(no_address(kBegin)));
  BOOST_TEST(contact.stop(kBegin + 2s).has_value());
}

BOOST_AUTO_TEST_CASE(a_name_server_that_goes_away_later_ends_nothing) {
  for (const auto error : {TransportError::none, TransportError::connect_failed, TransportError::timed_out}) {
    FirstContact contact(10min);
    BOOST_TEST(contact.answered(no_address(kBegin)));
    BOOST_TEST(!contact.answered(ended(error, kBegin + 5s)));
    BOOST_TEST(!contact.answered(no_address(kBegin + 6s)));
    BOOST_TEST((contact.gives_up_at() == TimePoint::max()));
    BOOST_TEST(!contact.stop(kBegin + 1h).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answered_is_given_up_after_its_own_patience) {
  for (const auto error : {TransportError::connect_failed, TransportError::connection_lost}) {
    FirstContact contact(10min, 1min);
    BOOST_TEST(!contact.answered(ended(error, kBegin, "Failed to connect to pam.example port 81")));
    BOOST_TEST(!contact.answered(ended(error, kBegin + 30s, "Failed to connect to pam.example port 81")));
    BOOST_TEST((contact.gives_up_at() == kBegin + 1min));
    BOOST_TEST(!contact.stop(kBegin + 59s).has_value());
    const auto stop = contact.stop(kBegin + 1min);
    BOOST_REQUIRE(stop.has_value());
    BOOST_TEST((stop->kind == StopKind::outage));
    BOOST_TEST((stop->exit_code == ExitCode::safety_limit));
    BOOST_TEST(holds(stop->message, "never answered, for 1 min 00 s"), stop->message);
    BOOST_TEST(holds(stop->message, "port 81"), stop->message);
    BOOST_TEST(holds(stop->message, "--outage"), stop->message);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_answered_once_keeps_the_whole_outage) {
  Answer unwell = ended(TransportError::none, kBegin + 5s);
  unwell.http_status = 503;
  for (const Answer& met : {unwell, ended(TransportError::timed_out, kBegin + 5s)}) {
    FirstContact contact(10min, 1min);
    BOOST_TEST(!contact.answered(ended(TransportError::connect_failed, kBegin)));
    BOOST_TEST(!contact.answered(met));
    BOOST_TEST(!contact.answered(ended(TransportError::connect_failed, kBegin + 6s)));
    BOOST_TEST((contact.gives_up_at() == TimePoint::max()));
    BOOST_TEST(!contact.stop(kBegin + 9min).has_value());
  }
}

BOOST_AUTO_TEST_CASE(the_minute_of_a_server_begins_when_its_name_has_an_address) {
  FirstContact contact(10min, 1min);
  BOOST_TEST(contact.answered(no_address(kBegin)));
  BOOST_TEST(!contact.answered(ended(TransportError::connect_failed, kBegin + 10s)));
  BOOST_TEST((contact.gives_up_at() == kBegin + 70s));
  BOOST_TEST(!contact.answered(no_address(kBegin + 20s)));
  BOOST_TEST((contact.gives_up_at() == kBegin + 70s));
}

BOOST_AUTO_TEST_CASE(what_we_cut_ourselves_reached_nothing) {
  FirstContact contact(10min);
  BOOST_TEST(!contact.answered(ended(TransportError::cancelled, kBegin)));
  BOOST_TEST(contact.answered(no_address(kBegin)));
}

BOOST_AUTO_TEST_CASE(the_name_of_a_proxy_is_told_as_such) {
  FirstContact contact(1s);
  BOOST_TEST(contact.answered(no_address(kBegin, "Could not resolve proxy: proxi.example")));
  const auto stop = contact.stop(kBegin + 1s);
  BOOST_TEST_REQUIRE(stop.has_value());
  BOOST_TEST(holds(stop->message, "--proxy"), stop->message);
  BOOST_TEST(!holds(stop->message, "--url"), stop->message);
}

BOOST_AUTO_TEST_SUITE_END()
