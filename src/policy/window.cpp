#include "bulkdrop/policy/window.hpp"

#include <algorithm>

namespace bulkdrop::policy {

Window::Window(std::size_t most, bool fixed)
    : most_(most), fixed_(fixed), size_(fixed ? most : std::min(kFirst, most)) {}

void Window::good(std::size_t in_flight) {
  if (fixed_ || size_ == most_ || 2 * in_flight < size_ || ++good_in_round_ < size_) return;
  good_in_round_ = 0;
  size_ = troubled_ ? size_ + 1 : std::min(2 * size_, most_);
}

void Window::bad(TimePoint now) {
  if (fixed_ || now < next_cut_) return;
  next_cut_ = now + kBetweenCuts;
  troubled_ = true;
  good_in_round_ = 0;
  size_ = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(size_) * kCut));
}

}  // namespace bulkdrop::policy
