// What the charts have in common: an SVG picture with a title, axes and marks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bulkdrop/report/timeline.hpp"

namespace bulkdrop::report {

// A rectangle in user units of the picture, which is kPictureWidth wide; y grows downwards.
struct Frame {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

inline constexpr double kPictureWidth = 960;

// A picture of `height` units. Styles are classes of page.css, since a strict policy forbids style
// attributes.
class Picture {
 public:
  // `id`: a word, unique on the page. `title` and `description` are what a screen reader reads; texts are
  // escaped here.
  Picture(std::string_view id, double height, std::string_view title, std::string_view description);

  enum class Anchor : std::uint8_t { start, middle, end };
  void text(double x, double y, Anchor anchor, std::string_view style, std::string_view content);
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  // `hint`: shown when the pointer rests on it; may be empty.
  void box(double left, double top, double right, double bottom, std::string_view style,
           std::string_view hint = {});
  void disc(double x, double y, double radius, std::string_view style);
  // `data`: path data (SVG §9.3).
  void path(const std::string& data, std::string_view style);

  [[nodiscard]] std::string take();

 private:
  std::string out_;
};

// `12.3`, the precision that a picture needs.
std::string coordinate(double value);
void move_to(std::string& path, double x, double y);
void line_to(std::string& path, double x, double y);

// Moments of a timeline from left to right, with a narrow band for each gap.
class TimeScale {
 public:
  TimeScale(const Timeline& timeline, const Frame& frame);

  // Where a gap is, there are two places: the one before it and the one behind.
  [[nodiscard]] double before_gap(std::uint64_t at) const { return place(at, false); }
  [[nodiscard]] double behind_gap(std::uint64_t at) const { return place(at, true); }

  // Labels and lines below `frame`, and the gaps across it.
  void draw_axis(Picture& picture) const;
  // The gaps alone.
  void draw_gaps(Picture& picture, bool with_words) const;

 private:
  [[nodiscard]] double place(std::uint64_t at, bool behind) const;
  const Timeline& timeline_;
  Frame frame_;
  double per_ms_;
};

// Counts from the bottom to the top: draws lines and labels, and says where a value stands.
class CountScale {
 public:
  CountScale(std::uint64_t most, const Frame& frame, std::size_t about);
  [[nodiscard]] double at(double value) const;
  void draw_axis(Picture& picture) const;

 private:
  Frame frame_;
  std::vector<std::uint64_t> ticks_;
};

}  // namespace bulkdrop::report
