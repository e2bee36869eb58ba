// How many requests a second a server takes that turns away the others, and says no more than that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/policy/lasting_rate.hpp"

namespace bulkdrop::policy {

// Limits nothing until requests are turned away at a width of the window that was served before: then there
// is a limit in time and not in number. The first guess is what was served of late; each further one makes it
// slower. While nothing is turned away it grows quicker step by step, but stays below what was too much for a
// while, and for longer each time that proves true.
//
// A server may turn away a share of the requests however slowly it is asked: one of the nodes behind it is
// broken. If slow does not help, quick does not harm: then it grows quicker as long as that share stays. That
// shows at a pace that any server should bear, or where one is turned away at a pace well below what lasts.
class ShedRate {
 public:
  // When the next request may go; TimePoint::min() without a limit.
  [[nodiscard]] TimePoint ready_at() const { return ready_at_; }
  // True while it is known that some are turned away however slowly it goes.
  [[nodiscard]] bool at_any_pace() const { return share_at_any_pace_.has_value(); }
  // The limit in requests a second; 0 = none.
  [[nodiscard]] double per_second() const;
  // … before the last step up; the same if there was none.
  [[nodiscard]] double borne_per_second() const { return interval_ > 0 ? 1 / borne_ : 0; }
  // Requests that were served since one was turned away last.
  [[nodiscard]] std::uint64_t served_since_shed() const { return served_since_shed_; }

  void took(TimePoint now);
  // `took`: as an answer usually does.
  void good(Duration took, std::size_t window, TimePoint now);
  // False if that is one of many that were served: too few to go slower for. `at_work`: it took as long as
  // what is served, so that a slower pace need not help.
  bool shed(TimePoint sent, TimePoint now, bool at_work = false);
  // The same, and nobody is to send before `until`, a moment later: what is served before and after that
  // tells the rate.
  void shed_for(TimePoint until, TimePoint sent, TimePoint now);
  void pause(TimePoint until);
  // A guess before anybody was turned away for the rate for certain.
  void begin_at(double per_second, TimePoint now);
  // It turned out to be something else than the rate: back to what was before the last shed().
  void undo();

 private:
  void look_for_contradiction(TimePoint now);
  void goes_at_any_pace(double share, TimePoint now);
  void slow_down(TimePoint now);
  void slow_to_what_lasts(TimePoint now);
  [[nodiscard]] double served_interval(TimePoint now) const;
  void keep_off(double interval, TimePoint now);
  void speed_up(TimePoint now);
  void go_on_with(double interval, TimePoint now);
  void judge_share(TimePoint now);

  double interval_ = 0;   // seconds from one request to the next; 0 = no limit
  double borne_ = 0;      // the interval before the last step up
  double too_quick_ = 0;  // an interval at which requests were turned away
  TimePoint ready_at_ = TimePoint::min();
  TimePoint changed_ = TimePoint::min();
  TimePoint borne_since_ = TimePoint::min();
  TimePoint keeps_off_until_ = TimePoint::min();
  double keeps_off_for_ = 0;  // seconds
  int steps_up_ = 0;
  std::size_t first_step_ = 0;  // of them: from a mere guess it goes up by long ones
  std::uint64_t served_ = 0;    // since it was changed
  TimePoint first_served_{};
  std::uint64_t served_before_ = 0;  // … and between the last two changes
  TimePoint first_served_before_{};
  bool paused_ = false;  // since it was changed
  std::uint64_t served_since_shed_ = 0;
  LastingRate lasting_;
  int contradictions_ = 0;
  bool has_burst_ = false;  // what was borne for a while may still be more than lasts
  double usual_ = 0;        // seconds that an answer takes
  double before_ = 0;       // the interval before the last shed()
  double first_guess_ = 0;
  // Where it is so slow that everything should be served, or the pace was found not to matter: the answers at
  // it, those of them that turned away, and the share of these that there is at any pace.
  int answers_ = 0;
  int turned_away_ = 0;
  bool all_at_work_ = true;  // of those
  std::uint64_t all_answers_ = 0;
  std::uint64_t all_turned_away_ = 0;
  std::optional<double> share_at_any_pace_;
};

}  // namespace bulkdrop::policy
