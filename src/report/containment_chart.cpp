#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/columns.hpp"
#include "bulkdrop/report/findings.hpp"
#include "bulkdrop/report/plot.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr double kHeight = 282;
constexpr Frame kFrame{64, 44, 926, 254};
constexpr std::size_t kCountTicks = 5;
constexpr double kLineHeight = 16;
constexpr double kLabelAway = 10;
constexpr double kLabelAbove = 8;
constexpr double kLabelBelow = 17;
constexpr double kTurnsAt = 0.72;  // of the width: further right, a label stands left of its mark
constexpr double kDisc = 4;
constexpr double kLetter = 7.2;  // the widest that a letter of a label is on average
constexpr int kMostRows = 12;    // that a label is moved by

struct Mark {
  std::string words;
  double x;
  double y;
};

bool overlap(const Frame& a, const Frame& b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

// A label beside its mark, so many rows away from where it would stand.
struct Label {
  bool left;
  double baseline;
  Frame frame;
};

Label label_at(const Mark& mark, bool left, double rows) {
  const double baseline = (left ? mark.y - kLabelAbove : mark.y + kLabelBelow) + rows * kLineHeight;
  const double x = mark.x + (left ? -kLabelAway : kLabelAway);
  const double width = kLetter * static_cast<double>(columns(mark.words));
  return {left, baseline, {left ? x - width : x, baseline - 12, left ? x : x + width, baseline + 4}};
}

// Where nothing stands yet: as near as possible, on the side that has room. The curve only rises: below it on
// the right, above it on the left there is room.
Label free_place(const Mark& mark, const std::vector<Frame>& taken) {
  const bool left = mark.x > kFrame.left + kTurnsAt * (kFrame.right - kFrame.left);
  for (int i = 0; i <= 2 * kMostRows; ++i) {
    const int rows = (i + 1) / 2 * (i % 2 == 0 ? 1 : -1);
    for (const bool side : {left, !left}) {
      const Label label = label_at(mark, side, rows);
      if (label.frame.left < kFrame.left || label.frame.right > kPictureWidth ||
          label.frame.top < kFrame.top || label.frame.bottom > kFrame.bottom)
        continue;
      if (std::none_of(taken.begin(), taken.end(),
                       [&](const Frame& other) { return overlap(other, label.frame); }))
        return label;
    }
  }
  return label_at(mark, left, 0);
}

// First, half and last, apart so that they can be read: no label on another, or on any mark. `taken`: what
// stands there already.
void draw_marks(Picture& picture, const std::array<Mark, 3>& marks, std::vector<Frame> taken) {
  for (const Mark& mark : marks) {
    picture.disc(mark.x, mark.y, kDisc, "mark");
    constexpr double kReach = kDisc + 2;
    taken.push_back({mark.x - kReach, mark.y - kReach, mark.x + kReach, mark.y + kReach});
  }
  for (const Mark& mark : marks) {
    const Label label = free_place(mark, taken);
    taken.push_back(label.frame);
    picture.text(mark.x + (label.left ? -kLabelAway : kLabelAway), label.baseline,
                 label.left ? Picture::Anchor::end : Picture::Anchor::start, "mark-label", mark.words);
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
  const std::string target = fmt::format("asked for: {}", grouped(asked));
  picture.text(kFrame.left + 4, all - 6, Picture::Anchor::start, "label", target);
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
    const double width = kLetter * static_cast<double>(target.size());
    draw_marks(picture, marks, {{kFrame.left + 4, all - 18, kFrame.left + 4 + width, all - 2}});
  }
  return picture.take();
}

}  // namespace bulkdrop::report
