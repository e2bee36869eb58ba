#include "bulkdrop/run/kept_texts.hpp"

#include <array>

namespace bulkdrop::run {
namespace {

constexpr std::size_t kLengthBytes = 2;

std::size_t length_in(const char* bytes) {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) |
         (static_cast<std::size_t>(static_cast<unsigned char>(bytes[1])) << 8U);
}

}  // namespace

std::uint64_t KeptTexts::keep(std::string_view text) {
  if (buffer_.size() >= kFlushBytes) {
    if (!file_) file_ = anonymous_file(directory_);
    write_all(file_.get(), buffer_, directory_);
    flushed_ += buffer_.size();
    buffer_.clear();
  }
  text = text.substr(0, kMostBytes);
  const std::uint64_t place = flushed_ + buffer_.size();
  buffer_.push_back(static_cast<char>(text.size() & 0xFFU));
  buffer_.push_back(static_cast<char>(text.size() >> 8U));
  buffer_ += text;
  return place;
}

std::string KeptTexts::at(std::uint64_t place) const {
  if (place >= flushed_) {
    const std::size_t start = static_cast<std::size_t>(place - flushed_);
    return buffer_.substr(start + kLengthBytes, length_in(buffer_.data() + start));
  }
  const auto read = [&](char* out, std::size_t size, std::uint64_t offset) {
    if (read_at(file_.get(), out, size, offset, directory_) != size)
      throw Error(ExitCode::run_directory, directory_ + ": a scratch file lost what was written to it");
  };
  std::array<char, kLengthBytes> length{};
  read(length.data(), length.size(), place);
  std::string text(length_in(length.data()), '\0');
  read(text.data(), text.size(), place + kLengthBytes);
  return text;
}

void KeptTexts::clear() {
  buffer_.clear();
  file_.reset();
  flushed_ = 0;
}

}  // namespace bulkdrop::run
