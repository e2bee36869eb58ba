#include "bulkdrop/record/checked_lines.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::record {
namespace {

constexpr std::size_t kFirstBytes = 16 * 1024;
constexpr std::size_t kScanBytes = 256 * 1024;
// Only a header can be long: it names every source.
constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;

class Check {
 public:
  Check(const Fd& file, const std::string& path,
        const std::function<void(std::string_view line, const LinePlace& place)>& take, std::uint64_t most)
      : file_(file), path_(path), take_(take), most_(most), buffer_(kFirstBytes) {}

  CheckedBytes run() {
    while (fill()) take_lines();
    result_.torn = base_ + filled_ - result_.intact;
    if (result_.intact == 0) refuse_without_header();
    return std::move(result_);
  }

 private:
  // The header is durable before anything else is written, so a piece of it stands alone.
  [[noreturn]] void refuse_without_header() const {
    const std::string_view text(buffer_.data(), filled_);
    const std::string_view start = text.substr(0, kHeaderStart.size());
    if (base_ == 0 && kHeaderStart.starts_with(start) && text.find('\n') == std::string_view::npos &&
        text.find('\0') == std::string_view::npos)
      throw Error(ExitCode::run_directory,
                  fmt::format("{}: no intact header: the run was cut off before it began: nothing was sent. "
                              "Run `drop` again",
                              path_));
    refuse_journal(path_, {},
                   has_crlf_ ? "no intact header, and lines that end in CR LF," : "no intact header");
  }

  // Reads on behind what is buffered; false at the end of the file.
  bool fill() {
    if (filled_ == buffer_.size()) {
      if (buffer_.size() < kMaxLineBytes) {
        buffer_.resize(buffer_.size() * 2);
      } else {
        // A line that lost its start can't be intact.
        if (!broken_) broken_ = LinePlace{base_, number_};
        too_long_ = true;
        base_ += filled_;
        filled_ = 0;
      }
    }
    const std::uint64_t at = base_ + filled_;
    const std::uint64_t left = most_ > at ? most_ - at : 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - filled_, left));
    const std::size_t got = read_at(file_.get(), buffer_.data() + filled_, wanted, at, path_);
    filled_ += got;
    return got > 0;
  }

  void take_lines() {
    const std::string_view text(buffer_.data(), filled_);
    std::size_t start = 0;
    unhashed_ = 0;
    for (std::size_t end = 0; (end = text.find('\n', start)) != std::string_view::npos; start = end + 1) {
      if (!too_long_) take_line(text.substr(start, end - start), start);
      too_long_ = false;
      ++number_;
    }
    hash_up_to(start);
    std::memmove(buffer_.data(), buffer_.data() + start, filled_ - start);
    base_ += start;
    filled_ -= start;
    if (buffer_.size() < kScanBytes) buffer_.resize(kScanBytes);
  }

  void hash_up_to(std::size_t end) {
    if (broken_) return;
    result_.hash.add(std::string_view(buffer_.data(), end).substr(unhashed_));
    unhashed_ = end;
  }

  void take_line(std::string_view line, std::size_t start) {
    const LinePlace place{base_ + start, number_};
    const bool intact = is_intact(line);
    has_crlf_ = has_crlf_ || (!intact && line.ends_with('\r') && is_intact(line.substr(0, line.size() - 1)));
    if (broken_) {
      if (intact) look_behind_broken(line);
      return;
    }
    hash_up_to(start);
    if (!intact) {
      broken_ = place;
      return;
    }
    if (line.starts_with(kCommitStart)) check_commit(line, place);
    take_(line, place);
    result_.intact = place.offset + line.size() + 1;
  }

  void check_commit(std::string_view line, const LinePlace& place) const {
    const auto commit = commit_of(line);
    if (!commit || commit->bytes != place.offset || commit->sha256 != result_.hash.finish())
      refuse_journal(path_, place, "a commit that does not fit the records before it");
  }

  // Whether this was written after the broken line was durable.
  void look_behind_broken(std::string_view line) {
    const bool commit = line.starts_with(kCommitStart);
    if (line.starts_with(kEndStart) || (commit && commit_behind_broken_))
      refuse_journal(path_, *broken_, "a record that fails its check, with later ones behind it,");
    commit_behind_broken_ = commit_behind_broken_ || commit;
  }

  const Fd& file_;
  const std::string& path_;
  const std::function<void(std::string_view line, const LinePlace& place)>& take_;
  const std::uint64_t most_;
  CheckedBytes result_;
  std::vector<char> buffer_;
  std::uint64_t base_ = 0;           // where buffer_[0] stands in the file
  std::size_t filled_ = 0;           // bytes of the buffer in use
  std::size_t unhashed_ = 0;         // where in the buffer the bytes begin that are not hashed yet
  std::uint64_t number_ = 1;         // of the line at the front
  bool too_long_ = false;            // the line at the front lost its start
  std::optional<LinePlace> broken_;  // the first line that is not intact
  bool commit_behind_broken_ = false;
  bool has_crlf_ = false;  // an intact line, but for that
};

}  // namespace

void refuse_journal(const std::string& path, const LinePlace& place, std::string_view why) {
  throw Error(ExitCode::run_directory,
              fmt::format("{}: {} at byte {} (line {}); the file was damaged or altered after it was written "
                          "(by an editor, or a transfer as text, perhaps): use a copy that was not",
                          path, why, place.offset, place.number));
}

CheckedBytes check_lines(const Fd& file, const std::string& path,
                         const std::function<void(std::string_view line, const LinePlace& place)>& take,
                         std::uint64_t most) {
  return Check(file, path, take, most).run();
}

}  // namespace bulkdrop::record
