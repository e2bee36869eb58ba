#include "bulkdrop/report/plot.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/report/axis.hpp"
#include "bulkdrop/report/markup.hpp"
#include "bulkdrop/report/words.hpp"

namespace bulkdrop::report {
namespace {

constexpr double kGapWidth = 22;
constexpr double kLabelDrop = 16;  // from the axis down to the base line of its labels
constexpr double kLabelRise = 4;   // from a line's middle down to the base line of a label beside it
constexpr double kLabelSpace = 8;
constexpr double kLabelWidth = 62;  // that a label on the time axis may need
constexpr double kGapRow = 25;      // above the frame, over the row of a label that belongs to the frame
constexpr double kGapWords = 90;    // that the words over a gap may need
constexpr std::size_t kTimeTicks = 10;

std::string_view name_of(Picture::Anchor anchor) {
  switch (anchor) {
    case Picture::Anchor::middle:
      return "middle";
    case Picture::Anchor::end:
      return "end";
    default:
      return "start";
  }
}

}  // namespace

std::string coordinate(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

void move_to(std::string& path, double x, double y) {
  path += fmt::format("M{} {}", coordinate(x), coordinate(y));
}

void line_to(std::string& path, double x, double y) {
  path += fmt::format("L{} {}", coordinate(x), coordinate(y));
}

Picture::Picture(std::string_view id, double height, std::string_view title, std::string_view description)
    : out_(fmt::format("<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
                       "aria-labelledby=\"{2}-t {2}-d\">\n"
                       "<title id=\"{2}-t\">{3}</title>\n<desc id=\"{2}-d\">{4}</desc>\n",
                       kPictureWidth, height, id, html(title), html(description))) {}

void Picture::text(double x, double y, Anchor anchor, std::string_view style, std::string_view content) {
  out_ += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", coordinate(x),
                      coordinate(y), name_of(anchor), style, html(content));
}

void Picture::line(double x1, double y1, double x2, double y2, std::string_view style) {
  out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n", coordinate(x1),
                      coordinate(y1), coordinate(x2), coordinate(y2), style);
}

void Picture::box(double left, double top, double right, double bottom, std::string_view style,
                  std::string_view hint) {
  out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"", coordinate(left),
                      coordinate(top), coordinate(right - left), coordinate(bottom - top), style);
  out_ += hint.empty() ? std::string("/>\n") : fmt::format("><title>{}</title></rect>\n", html(hint));
}

void Picture::disc(double x, double y, double radius, std::string_view style) {
  out_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{}\"/>\n", coordinate(x), coordinate(y),
                      coordinate(radius), style);
}

void Picture::path(const std::string& data, std::string_view style) {
  out_ += fmt::format("<path d=\"{}\" class=\"{}\"/>\n", data, style);
}

std::string Picture::take() {
  return std::move(out_) + "</svg>\n";
}

TimeScale::TimeScale(const Timeline& timeline, const Frame& frame) : timeline_(timeline), frame_(frame) {
  const double gaps = kGapWidth * static_cast<double>(timeline.gaps().size());
  per_ms_ =
      (frame.right - frame.left - gaps) / static_cast<double>(std::max<std::uint64_t>(timeline.total(), 1));
}

double TimeScale::place(std::uint64_t at, bool behind) const {
  double x = frame_.left + per_ms_ * static_cast<double>(std::min(at, timeline_.total()));
  for (const Timeline::Gap& gap : timeline_.gaps())
    if (gap.at < at || (behind && gap.at == at)) x += kGapWidth;
  return x;
}

void TimeScale::draw_gaps(Picture& picture, bool with_words) const {
  double free_from = 0;
  for (const Timeline::Gap& gap : timeline_.gaps()) {
    const double left = before_gap(gap.at);
    const std::string words = milliseconds(gap.length) + " between two parts of the run";
    picture.box(left, frame_.top, behind_gap(gap.at), frame_.bottom, "gap", words);
    const double middle = left + kGapWidth / 2;
    if (!with_words || timeline_.gaps().size() > 4 || middle - kGapWords / 2 < free_from) continue;
    free_from = middle + kGapWords / 2;
    picture.text(middle, frame_.top - kGapRow, Picture::Anchor::middle, "label",
                 milliseconds(gap.length) + " later");
  }
}

void TimeScale::draw_axis(Picture& picture) const {
  picture.line(frame_.left, frame_.bottom, frame_.right, frame_.bottom, "axis");
  double free_from = 0;
  for (const std::uint64_t tick : time_ticks(timeline_.total(), kTimeTicks)) {
    const double x = behind_gap(tick);
    picture.line(x, frame_.bottom, x, frame_.bottom + 4, "axis");
    if (x - kLabelWidth / 2 < free_from) continue;
    free_from = x + kLabelWidth / 2;
    picture.text(x, frame_.bottom + kLabelDrop, Picture::Anchor::middle, "label", time_label(tick));
  }
}

CountScale::CountScale(std::uint64_t most, const Frame& frame, std::size_t about)
    : frame_(frame), ticks_(count_ticks(most, about)) {}

double CountScale::at(double value) const {
  return frame_.bottom - (frame_.bottom - frame_.top) * value / static_cast<double>(ticks_.back());
}

void CountScale::draw_axis(Picture& picture) const {
  for (const std::uint64_t tick : ticks_) {
    const double y = at(static_cast<double>(tick));
    if (tick != 0) picture.line(frame_.left, y, frame_.right, y, "grid");
    picture.text(frame_.left - kLabelSpace, y + kLabelRise, Picture::Anchor::end, "label", count_label(tick));
  }
}

}  // namespace bulkdrop::report
