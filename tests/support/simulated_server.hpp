// A PAM server in virtual time: behaviours decide what becomes of each request, and the server keeps its own
// ledger of what really happened to each session, so that a test can hold what a run says against it.
//
// It knows neither client nor queue of events: SimulatedPool asks it once when a request arrives and once
// when the answer is due.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "support/behaviour.hpp"
#include "support/headers.hpp"

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/random.hpp"

namespace bulkdrop::test {

// What the client sees of a request in the end.
struct Reply {
  TransportError error = TransportError::none;
  int wire_sends = 1;
  int status = 0;
  std::string body = {};
  Headers headers = {};
};

class SimulatedServer {
 public:
  explicit SimulatedServer(std::uint64_t sessions) : ledger(sessions) {}

  // What treats the requests to end a session, and those for a token. Of the deeds a token request knows
  // `drop`, `refused`, `unavailable` and `bad_token`.
  BehaviourPtr drops = unlimited();
  BehaviourPtr tokens = unlimited();
  Duration token_lifetime = std::chrono::hours(1);  // as the token answer says
  Duration token_really = Duration::max();          // after which the server refuses it

  struct Session {
    bool alive = true;
    bool ended_by_us = false;
    std::uint32_t requests = 0;  // on the wire
    bool doubt = false;          // a request went out and no trustworthy answer came
  };
  std::vector<Session> ledger;      // by row
  std::uint64_t drop_requests = 0;  // on the wire
  std::uint64_t token_requests = 0;
  std::uint64_t most_in_flight = 0;

  // A request comes in.
  Treatment arrive_drop(const Arrival& arrival);
  Treatment arrive_token(const Arrival& arrival);
  // Its answer is due: only now it is carried out. `token` = number of the token that came with it, 0 = none.
  Reply finish_drop(std::uint64_t row, const Treatment& treatment, std::uint64_t token, TimePoint now);
  Reply finish_token(const Treatment& treatment, TimePoint now);
  // The client goes away before the answer: the server may carry the request out, or not.
  void abandon_drop(std::uint64_t row, Random& random);

 private:
  [[nodiscard]] bool knows(std::uint64_t token, TimePoint now) const;

  std::vector<TimePoint> token_issued_;
};

}  // namespace bulkdrop::test
