#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/plot.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr Frame kRate{64, 38, 926, 164};
constexpr Frame kWindow{64, 198, 926, 264};
constexpr double kAxisRoom = 28;
constexpr std::size_t kBars = 120;

struct Bar {
  std::uint64_t from;   // ms
  std::uint64_t until;  // ms
  double rate;          // a second
};

std::vector<Bar> bars_of(const Stretches& settled) {
  const auto& stretches = settled.all();
  const std::size_t most = (stretches.size() + kBars - 1) / kBars;
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < stretches.size();) {
    const std::size_t first = i;
    std::uint64_t sum = 0;
    do {
      sum += stretches[i++].count;
    } while (i < stretches.size() && i - first < most && !stretches[i].behind_gap);
    const std::uint64_t from = stretches[first].from;
    const std::uint64_t until = stretches[i - 1].until;
    bars.push_back({from, until, static_cast<double>(sum) * 1000 / static_cast<double>(until - from)});
  }
  return bars;
}

void draw_bars(Picture& picture, const std::vector<Bar>& bars, const TimeScale& x, const CountScale& y) {
  std::string path;
  for (const Bar& bar : bars) {
    if (bar.rate <= 0) continue;
    const double left = x.behind_gap(bar.from);
    const double right = x.before_gap(bar.until);
    const double space = right - left > 4 ? 1 : 0;
    move_to(path, left, kRate.bottom);
    line_to(path, left, y.at(bar.rate));
    line_to(path, std::max(left + 0.5, right - space), y.at(bar.rate));
    line_to(path, std::max(left + 0.5, right - space), kRate.bottom);
    path += 'Z';
  }
  if (!path.empty()) picture.path(path, "bars");
}

// Where several pauses are one, the stronger the more of the time was waited.
void draw_pauses(Picture& picture, const Timeline& timeline, const TimeScale& x, const PaceHistory& pace) {
  constexpr double kWholly = 0.66;
  for (const Pause& pause : pace.pauses()) {
    const std::uint64_t from = timeline.at(pause.from);
    const std::uint64_t until = timeline.at(pause.until);
    const double share =
        static_cast<double>(pause.waited_ms) / std::max(1.0, static_cast<double>(until - from));
    picture.box(x.behind_gap(from), kRate.top, std::max(x.before_gap(until), x.behind_gap(from) + 1),
                kWindow.bottom, share >= kWholly ? "pause" : "pause some",
                fmt::format("waited {}", milliseconds(pause.waited_ms)));
  }
}

void draw_window(Picture& picture, const Timeline& timeline, const TimeScale& x, const PaceHistory& pace,
                 std::uint64_t most) {
  const CountScale y(most, kWindow, 3);
  y.draw_axis(picture);
  picture.text(kWindow.left, kWindow.top - 8, Picture::Anchor::start, "label", "requests at once, at most");
  std::string path;
  double last = -1;
  for (const WindowStep& step : pace.windows()) {
    const std::uint64_t at = timeline.at(step.at);
    const double height = y.at(static_cast<double>(step.requests));
    if (last >= 0) line_to(path, x.before_gap(at), last);
    if (step.requests == 0) {
      last = -1;
      continue;
    }
    if (last >= 0) {
      line_to(path, x.before_gap(at), height);
    } else {
      move_to(path, x.behind_gap(at), height);
    }
    last = height;
  }
  if (last >= 0) line_to(path, kWindow.right, last);
  if (!path.empty()) picture.path(path, "curve second");
}

std::uint64_t most_at_once(const PaceHistory& pace) {
  std::uint64_t most = 0;
  for (const WindowStep& step : pace.windows()) most = std::max(most, step.requests);
  return most;
}

std::string words_of(const std::vector<Bar>& bars, const PaceHistory* pace) {
  double fastest = 0;
  for (const Bar& bar : bars) fastest = std::max(fastest, bar.rate);
  std::string words = fmt::format("At most {} sessions settled a second.",
                                  grouped(static_cast<std::uint64_t>(std::llround(fastest))));
  if (pace == nullptr) return words;
  words += fmt::format(" At most {} at once.", counted(most_at_once(*pace), "request", "requests"));
  if (pace->pause_count() > 0)
    words += fmt::format(" {}, {} in all.", counted(pace->pause_count(), "pause", "pauses"),
                         milliseconds(pace->waited_ms()));
  return words;
}

}  // namespace

std::string pace_chart(const Timeline& timeline, const Stretches& settled, const PaceHistory* pace) {
  const std::vector<Bar> bars = bars_of(settled);
  double fastest = 1;
  for (const Bar& bar : bars) fastest = std::max(fastest, bar.rate);
  const bool with_window = pace != nullptr && !pace->windows().empty();
  const Frame& lowest = with_window ? kWindow : kRate;
  Picture picture("pace", lowest.bottom + kAxisRoom, "Rate and window, against time", words_of(bars, pace));
  const CountScale rate(static_cast<std::uint64_t>(std::ceil(fastest)), kRate, 4);
  const TimeScale x(timeline, {kRate.left, kRate.top, kRate.right, lowest.bottom});
  x.draw_gaps(picture, true);
  if (pace != nullptr) draw_pauses(picture, timeline, x, *pace);
  rate.draw_axis(picture);
  picture.text(kRate.left, kRate.top - 10, Picture::Anchor::start, "label", "sessions settled a second");
  draw_bars(picture, bars, x, rate);
  picture.line(kRate.left, kRate.bottom, kRate.right, kRate.bottom, "axis");
  if (with_window) draw_window(picture, timeline, x, *pace, most_at_once(*pace));
  x.draw_axis(picture);
  return picture.take();
}

}  // namespace bulkdrop::report
