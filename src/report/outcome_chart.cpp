#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/charts.hpp"
#include "bulkdrop/report/plot.hpp"

namespace bulkdrop::report {
namespace {

constexpr double kHeight = 28;
constexpr double kLeastWidth = 4;  // of a status that any row has
constexpr double kSpace = 2;

}  // namespace

std::string outcome_chart(const Counts& counts) {
  std::string words;
  std::size_t kinds = 0;
  for (const Status status : kAllStatuses) {
    if (counts.of(status) == 0) continue;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", grouped(counts.of(status)), name(status));
    ++kinds;
  }
  Picture picture("outcome", kHeight, "Rows by outcome", words);
  // What the smallest get for being seen, all give.
  const double shared = kPictureWidth - static_cast<double>(kinds) * (kLeastWidth + kSpace) + kSpace;
  double x = 0;
  for (const Status status : kAllStatuses) {
    if (counts.of(status) == 0) continue;
    const double share = static_cast<double>(counts.of(status)) / static_cast<double>(counts.total());
    const double width = kLeastWidth + shared * share;
    picture.box(x, 0, x + width, kHeight, fmt::format("s-{}", name(status)),
                fmt::format("{} {}", grouped(counts.of(status)), name(status)));
    x += width + kSpace;
  }
  return picture.take();
}

}  // namespace bulkdrop::report
