#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/axis.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/plot.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr double kHeight = 236;
constexpr Frame kFrame{64, 52, 926, 208};
constexpr std::size_t kCountTicks = 4;
constexpr double kBars = 48;
constexpr double kLineHeight = 15;

// 1, 2, 5 times a power of ten.
std::uint64_t next_round(std::uint64_t number) {
  std::uint64_t digits = number;
  while (digits >= 10) digits /= 10;
  return digits == 2 ? number / 2 * 5 : number * 2;
}

// Microseconds, on a logarithmic scale between two round numbers.
struct Scale {
  explicit Scale(const Spread& spread) {
    while (next_round(low) <= spread.least) low = next_round(low);
    high = next_round(low);
    while (high <= spread.most) high = next_round(high);
  }
  [[nodiscard]] double at(double microseconds) const {
    const double share =
        std::log(std::max(microseconds, static_cast<double>(low)) / static_cast<double>(low)) /
        std::log(static_cast<double>(high) / static_cast<double>(low));
    return kFrame.left + (kFrame.right - kFrame.left) * share;
  }
  [[nodiscard]] double value(double share) const {
    return static_cast<double>(low) * std::pow(static_cast<double>(high) / static_cast<double>(low), share);
  }
  std::uint64_t low = 1;
  std::uint64_t high = 0;
};

std::string label_of(std::uint64_t microseconds) {
  return microseconds < 1000 ? fmt::format("{} µs", microseconds) : time_label(microseconds / 1000);
}

void draw_bars(Picture& picture, const Histogram& latency_us, const Scale& x) {
  std::vector<std::uint64_t> counts;
  std::vector<double> edges{kFrame.left};
  std::uint64_t below = 0;
  for (double i = 1; i <= kBars; ++i) {
    const auto edge = static_cast<std::uint64_t>(x.value(i / kBars));
    const std::uint64_t up_to = i == kBars ? latency_us.count() : latency_us.up_to(edge);
    counts.push_back(up_to - below);
    edges.push_back(x.at(x.value(i / kBars)));
    below = up_to;
  }
  const CountScale y(*std::max_element(counts.begin(), counts.end()), kFrame, kCountTicks);
  y.draw_axis(picture);
  std::string path;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const double top = std::min(y.at(static_cast<double>(counts[i])), kFrame.bottom - 1);
    move_to(path, edges[i], kFrame.bottom);
    line_to(path, edges[i], top);
    line_to(path, edges[i + 1] - 1, top);
    line_to(path, edges[i + 1] - 1, kFrame.bottom);
    path += 'Z';
  }
  picture.path(path, "bars");
}

}  // namespace

std::string latency_chart(const Histogram& latency_us, const Spread& spread) {
  Picture picture("latency", kHeight, "How long answers took",
                  fmt::format("{}: half within {}, 90% within {}, 99% within {}, the slowest {}.",
                              counted(latency_us.count(), "answer", "answers"), microseconds(spread.p50),
                              microseconds(spread.p90), microseconds(spread.p99), microseconds(spread.most)));
  const Scale x(spread);
  draw_bars(picture, latency_us, x);
  picture.line(kFrame.left, kFrame.bottom, kFrame.right, kFrame.bottom, "axis");
  double free_from = 0;
  for (std::uint64_t tick = x.low; tick <= x.high; tick = next_round(tick)) {
    const double at = x.at(static_cast<double>(tick));
    picture.line(at, kFrame.bottom, at, kFrame.bottom + 4, "axis");
    if (at < free_from) continue;
    free_from = at + 52;
    picture.text(at, kFrame.bottom + 17, Picture::Anchor::middle, "label", label_of(tick));
  }
  double y = kFrame.top - 38;
  for (const auto& [words, value] : {std::pair<std::string_view, std::uint64_t>{"half within", spread.p50},
                                     {"90% within", spread.p90},
                                     {"99% within", spread.p99}}) {
    const double at = x.at(static_cast<double>(value));
    const bool left = at > (kFrame.left + kFrame.right) / 2;
    picture.line(at, y - 10, at, kFrame.bottom, "target");
    picture.text(at + (left ? -5 : 5), y, left ? Picture::Anchor::end : Picture::Anchor::start, "mark-label",
                 fmt::format("{} {}", words, microseconds(value)));
    y += kLineHeight;
  }
  return picture.take();
}

}  // namespace bulkdrop::report
