// The heart: rows in, requests out, answers judged, results recorded. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/row.hpp"
#include "bulkdrop/net/pool.hpp"
#include "bulkdrop/pam/api.hpp"
#include "bulkdrop/pam/credentials.hpp"
#include "bulkdrop/pam/judge.hpp"
#include "bulkdrop/policy/dispatcher.hpp"
#include "bulkdrop/run/answer_trail.hpp"
#include "bulkdrop/run/first_contact.hpp"
#include "bulkdrop/run/seams.hpp"

namespace bulkdrop::run {

// How long connections are listened to after the last answer, where the slowest took so long: an answer too
// many shows as the last one that nobody waits for.
Duration listening_time(Duration slowest_answer);

class Loop {
 public:
  struct Parts {
    const Clock& clock;
    policy::Dispatcher& dispatcher;
    net::Pool& pool;  // capacity: the dispatcher's concurrency plus one for token requests
    pam::Credentials& credentials;
    Feed& feed;
    Recorder& recorder;
    Supervisor& supervisor;
  };

  Loop(Parts parts, pam::Endpoints endpoints);

  // Until every row has its result, or the run was stopped and nothing is in flight.
  void run();

  // After run() threw: cuts what is in flight and gives every row that was taken a result all the same. The
  // dispatcher must have been stopped.
  void cut();

  // Rows below this number went to the dispatcher (if they were to be dropped): one of them without a record
  // may have been sent.
  [[nodiscard]] std::uint64_t taken() const { return taken_; }

 private:
  void feed();
  bool take_row();
  void renew_token();
  void send();
  [[nodiscard]] std::shared_ptr<const net::HeaderLines> headers();
  void settle(const Answer& answer);
  const Judgement& without_secrets(const Judgement& judgement);
  const Judgement& heed_refusal(std::uint64_t generation, const Judgement& judgement, Moment now);
  void settle_token(const Answer& answer);
  void excuse_standstill();
  void wait(TimePoint until);
  void distrust(std::uint64_t connection);
  void await_strays();
  void abandon();
  [[nodiscard]] bool may_leave_doubt();
  [[nodiscard]] TimePoint wakes_at(TimePoint looks_again) const;

  Parts parts_;
  pam::Endpoints endpoints_;
  pam::Judge judge_;
  Row held_;  // read, but not yet allowed to be sent
  bool holds_row_ = false;
  bool more_to_feed_ = false;  // without waiting for anything
  bool held_up_ = false;       // by results that are not written yet
  std::uint64_t taken_ = 0;
  std::uint64_t begun_ = 0;  // rows below this number have been asked for, or will be with the next wait
  std::string url_;
  std::shared_ptr<const net::HeaderLines> headers_;
  std::uint64_t headers_generation_ = 0;
  Judgement revised_;
  AnswerTrail trail_;
  FirstContact contact_;
  TimePoint last_answer_ = TimePoint::min();
  Duration slowest_answer_{};
};

}  // namespace bulkdrop::run
