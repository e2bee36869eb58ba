#include "bulkdrop/report/timeline.hpp"

#include <algorithm>

namespace bulkdrop::report {
namespace {

// A gap shorter than this part of the working time can be drawn as it is.
constexpr std::uint64_t kShortGap = 10;

std::uint64_t length(WallTime from, WallTime until) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>((until - from).count(), 0));
}

// In order, none touching the next.
std::vector<Span> joined(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  std::vector<Span> apart;
  for (Span span : spans) {
    span.until = std::max(span.from, span.until);  // a clock that was set back
    if (apart.empty() || span.from > apart.back().until) {
      apart.push_back(span);
    } else {
      apart.back().until = std::max(apart.back().until, span.until);
    }
  }
  return apart;
}

// Only the longest gaps, and those that are long beside the rest, stay gaps.
std::vector<Span> without_short_gaps(const std::vector<Span>& spans) {
  if (spans.empty()) return {};
  std::uint64_t work = 0;
  std::vector<std::uint64_t> gaps;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    work += length(spans[i].from, spans[i].until);
    if (i > 0) gaps.push_back(length(spans[i - 1].until, spans[i].from));
  }
  std::sort(gaps.rbegin(), gaps.rend());
  std::uint64_t shortest = work / kShortGap;
  if (gaps.size() > Timeline::kMostGaps) shortest = std::max(shortest, gaps[Timeline::kMostGaps]);
  std::vector<Span> kept{spans.front()};
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (length(spans[i - 1].until, spans[i].from) <= shortest) {
      kept.back().until = spans[i].until;
    } else {
      kept.push_back(spans[i]);
    }
  }
  return kept;
}

}  // namespace

Timeline::Timeline(std::vector<Span> spans) {
  for (const Span& span : without_short_gaps(joined(std::move(spans)))) {
    if (!spans_.empty()) gaps_.push_back({total_, length(spans_.back().span.until, span.from)});
    spans_.push_back({span, total_});
    total_ += length(span.from, span.until);
  }
}

std::uint64_t Timeline::at(WallTime time) const {
  for (const Placed& placed : spans_)
    if (time <= placed.span.until) return placed.at + length(placed.span.from, time);
  return total_;
}

Stretches::Stretches(const Timeline& timeline) {
  const std::uint64_t width = std::max<std::uint64_t>(1, timeline.total() / kMost + 1);
  for (const Timeline::Placed& placed : timeline.spans()) {
    const std::uint64_t whole = std::max<std::uint64_t>(1, length(placed.span.from, placed.span.until));
    const std::size_t first = all_.size();
    for (std::uint64_t from = 0; from < whole; from += width)
      all_.push_back(
          {placed.at + from, placed.at + std::min(from + width, whole), first > 0 && from == 0, 0});
    parts_.push_back({placed.span, width, first, all_.size() - first});
  }
  if (all_.empty()) all_.push_back({0, 1, false, 0});
}

void Stretches::add(WallTime time) {
  if (parts_.empty()) {
    ++all_.front().count;
    return;
  }
  auto part = parts_.begin();
  while (part + 1 != parts_.end() && time > part->span.until) ++part;
  const std::size_t number = static_cast<std::size_t>(length(part->span.from, time) / part->width);
  ++all_[part->first + std::min(number, part->count - 1)].count;
}

}  // namespace bulkdrop::report
