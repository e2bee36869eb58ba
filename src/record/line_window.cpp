#include "bulkdrop/record/line_window.hpp"

#include <algorithm>

#include "bulkdrop/record/result_decoder.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kWindowBytes = 256 * 1024;
constexpr std::size_t kPeekBytes = 8 * 1024;
constexpr std::size_t kLookBehindBytes = 64 * 1024;
// So many reads in a row outside the window, and the window moves there.
constexpr int kStraysToFollow = 8;

}  // namespace

void Window::load(const Fd& file, std::uint64_t start, const std::string& path) {
  bytes_.resize(size_ + ResultDecoder::kPadding);
  filled_ = 0;
  filled_ = read_at(file.get(), bytes_.data(), size_, start, path);
  start_ = start;
}

std::string_view Window::line_at(std::uint64_t offset) const {
  if (offset < start_ || offset >= end()) return {};
  const std::string_view rest(bytes_.data() + (offset - start_), static_cast<std::size_t>(end() - offset));
  const std::size_t length = rest.find('\n');
  return length == std::string_view::npos ? std::string_view{} : rest.substr(0, length);
}

LineWindow::LineWindow() : window_(kWindowBytes), peek_(kPeekBytes) {}

std::string_view LineWindow::line_at(const Fd& file, std::uint64_t offset, const std::string& path) {
  if (const auto line = window_.line_at(offset); !line.empty()) {
    strays_ = 0;
    return line;
  }
  const bool next = offset + kLookBehindBytes >= window_.end() && offset < window_.end() + kWindowBytes;
  if (next || ++strays_ >= kStraysToFollow) {
    strays_ = 0;
    window_.load(file, offset - std::min<std::uint64_t>(offset, kLookBehindBytes), path);
    return window_.line_at(offset);
  }
  if (const auto line = peek_.line_at(offset); !line.empty()) return line;
  peek_.load(file, offset, path);
  return peek_.line_at(offset);
}

}  // namespace bulkdrop::record
