// What a simulated server makes of each request: when it is answered, and how. A behaviour may stand in front
// of another one, as a gateway stands in front of nodes; whole servers are put together from such pieces:
//
//   during(1min, 3min, always(Deed::refused),                          // an outage
//          throttling_with({{"Retry-After", "2"}},
//                          faulty({{Deed::throttled, 0.01}},              // a gateway that throttles now and
//                          then
//                                 workers(4, between(10ms, 30ms)))))      // a knee: four at once, more wait
//                                 in line
//
// A behaviour keeps what state it needs and has no other input than the requests in the order of their
// arrival, so that a run replays from its seed.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "support/headers.hpp"
#include "support/latency.hpp"

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::test {

// What becomes of a request. At a token endpoint `drop` gives a token.
enum class Deed : std::uint8_t {
  drop,             // ends the session and says so; "drop error" if it had ended before
  drop_error,       // does nothing and says "drop error"
  executed_lost,    // ends the session; the answer never arrives
  lost,             // does nothing; the connection breaks
  executed_silent,  // ends the session; nothing comes until the client's time is over
  silent,           // does nothing, and nothing comes
  throttled,        // 429
  unavailable,      // 503, not executed
  executed_503,     // 504: the gateway gave up, the server did not
  gateway_timeout,  // 504, not executed: the node that should have is gone
  unexpected,       // 500 "Unexpected error"
  garbage,          // HTML with status 200, not executed
  executed_cut,     // ends the session; the success answer is cut
  refused,          // the connection is refused: never sent
  no_resource,      // 404 of a wrong URL
  no_permission,    // 500 "You are not authorized…"
  bad_token,        // 401 whatever the token
};

struct Treatment {
  Deed deed = Deed::drop;
  TimePoint answered;    // not before the arrival; the silent deeds ignore it
  Headers headers = {};  // of the answer
};

class Behaviour {
 public:
  virtual ~Behaviour() = default;
  // Called once for each request, in the order of their arrival.
  virtual Treatment treat(const Arrival& arrival) = 0;
};
using BehaviourPtr = std::unique_ptr<Behaviour>;

// Where requests end.

// As many at once as come.
BehaviourPtr unlimited(Latency latency = usual_latency());
// `count` at once, more wait in line: a knee at `count`. Who finds `most_waiting` in line before it gets a
// 503 at once.
BehaviourPtr workers(std::size_t count, Latency latency = usual_latency(),
                     std::size_t most_waiting = std::numeric_limits<std::size_t>::max());
// As many at once as come, but beyond `knee` each takes longer, in proportion: a machine that is shared by
// all.
BehaviourPtr crowded(std::size_t knee, Latency latency = usual_latency());
// As many at once as come, and each one more makes an answer later by `each`: what a client sees that is
// slower itself than its server, and does several at less cost than one.
BehaviourPtr quick(Duration alone, Duration each);
// The same for every request. A refused connection takes a millisecond, whatever the latency.
BehaviourPtr always(Deed deed, Latency latency = usual_latency());

// What stands in front of another one.

// From `from` until `to`, measured from the start, `instead` treats what comes.
BehaviourPtr during(Duration from, Duration to, BehaviourPtr instead, BehaviourPtr otherwise);
// Treats that share of the requests in that way; they take as long as the others. The shares add up to at
// most 1.
BehaviourPtr faulty(std::map<Deed, double> shares, BehaviourPtr otherwise);
// More than `most` at once strain it: those, and what comes until there were no more for that long, are
// treated by `strained`.
BehaviourPtr straining(std::size_t most, Duration recovers_in, BehaviourPtr strained, BehaviourPtr otherwise);
// That share of the requests gets a 503 at once, whatever the load.
BehaviourPtr turning_away(double share, BehaviourPtr behind);
// Every answer, refusals too, comes later by that.
BehaviourPtr distant(Duration there_and_back, BehaviourPtr behind);
// A load balancer: to each of the nodes in turn.
BehaviourPtr in_turn(std::vector<BehaviourPtr> nodes);
template <std::same_as<BehaviourPtr>... Node>
BehaviourPtr in_turn(Node... node) {
  std::vector<BehaviourPtr> nodes;
  (nodes.push_back(std::move(node)), ...);
  return in_turn(std::move(nodes));
}
// One request each `interval`, and `burst` more that came early; who comes earlier still gets a 503 at once
// (the leaky bucket of nginx's limit_req).
BehaviourPtr spaced(Duration interval, std::size_t burst, BehaviourPtr behind);
// Stands still from `from` until `to`: what came before or comes meanwhile waits until it goes on.
BehaviourPtr standing_still(Duration from, Duration to, BehaviourPtr behind);
// Turns away in that way where `behind` says 503.
BehaviourPtr turning_away_by(Deed deed, BehaviourPtr behind);
// These header fields on every answer to a throttled request.
BehaviourPtr throttling_with(Headers headers, BehaviourPtr behind);

}  // namespace bulkdrop::test
