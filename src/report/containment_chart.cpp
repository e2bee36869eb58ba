#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/plot.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr double kHeight = 268;
constexpr Frame kFrame{64, 30, 926, 240};
constexpr std::size_t kCountTicks = 5;
constexpr double kLineHeight = 16;
constexpr double kLabelAway = 10;
constexpr double kLabelAbove = 8;
constexpr double kLabelBelow = 17;
constexpr double kTurnsAt = 0.72;  // of the width: further right, a label stands left of its mark

struct Mark {
  std::string words;
  double x;
  double y;
};

// First, half and last, apart so that they can be read. The curve only rises: below it on the right, above it
// on the left there is room.
void draw_marks(Picture& picture, const std::array<Mark, 3>& marks) {
  double free_until = kFrame.bottom - kLabelAbove;
  for (const Mark& mark : marks) {
    const bool left = mark.x > kFrame.left + kTurnsAt * (kFrame.right - kFrame.left);
    const double baseline = std::min(left ? mark.y - kLabelAbove : mark.y + kLabelBelow, free_until);
    free_until = baseline - kLineHeight;
    picture.disc(mark.x, mark.y, 4, "mark");
    picture.text(mark.x + (left ? -kLabelAway : kLabelAway), baseline,
                 left ? Picture::Anchor::end : Picture::Anchor::start, "mark-label", mark.words);
  }
}

}  // namespace

std::string containment_chart(const Timeline& timeline, const Stretches& gone, const Summary& summary) {
  const Outcome outcome(summary.counts);
  const std::uint64_t asked = outcome.gone + outcome.alive;
  const std::uint64_t confirmed = summary.counts.of(Status::dropped);
  const Spread& at = summary.contained_ms;
  Picture picture("containment", kHeight, "Sessions gone, against time",
                  at.measured ? fmt::format("Of {} asked for, the server confirmed {} as gone: of these the "
                                            "first after {}, half after {}, 90% after {}, the last after {}.",
                                            counted(asked, "session", "sessions"), grouped(confirmed),
                                            milliseconds(at.least), milliseconds(at.p50),
                                            milliseconds(at.p90), milliseconds(at.most))
                              : std::string("No session was confirmed as gone."));
  const CountScale y(asked, kFrame, kCountTicks);
  const TimeScale x(timeline, kFrame);
  y.draw_axis(picture);
  x.draw_gaps(picture, true);

  std::string line;
  double sum = 0;
  move_to(line, x.behind_gap(0), y.at(0));
  bool flat = false;
  for (const Stretches::One& stretch : gone.all()) {
    flat = flat || stretch.behind_gap;
    if (stretch.count > 0) {
      if (flat) line_to(line, x.behind_gap(stretch.from), y.at(sum));
      sum += static_cast<double>(stretch.count);
      line_to(line, x.before_gap(stretch.until), y.at(sum));
    }
    flat = stretch.count == 0;
  }
  line_to(line, kFrame.right, y.at(sum));
  std::string area = line;
  line_to(area, kFrame.right, kFrame.bottom);
  line_to(area, kFrame.left, kFrame.bottom);
  picture.path(area + "Z", "area");
  picture.path(line, "curve");

  const double all = y.at(static_cast<double>(asked));
  picture.line(kFrame.left, all, kFrame.right, all, "target");
  picture.text(kFrame.left + 4, all - 6, Picture::Anchor::start, "label",
               fmt::format("asked for: {}", grouped(asked)));
  x.draw_axis(picture);
  if (at.measured) {
    const auto place = [&](std::uint64_t ms) {
      return x.before_gap(timeline.at(summary.started_at + std::chrono::milliseconds(ms)));
    };
    const std::string whose = confirmed == asked ? "" : fmt::format(" of the {}", grouped(confirmed));
    const std::array<Mark, 3> marks = {
        {{"first" + whose + " after " + milliseconds(at.least), place(at.least), y.at(1)},
         {"half" + whose + " after " + milliseconds(at.p50), place(at.p50),
          y.at(std::ceil(static_cast<double>(confirmed) / 2))},
         {"last" + whose + " after " + milliseconds(at.most), place(at.most),
          y.at(static_cast<double>(confirmed))}}};
    draw_marks(picture, marks);
  }
  return picture.take();
}

}  // namespace bulkdrop::report
