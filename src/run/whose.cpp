#include "bulkdrop/run/whose.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/listed_session.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostBytes = 60;  // of a value
constexpr std::size_t kShown = 3;

std::string shown(std::string_view value) {
  return shortened(printable(value), kMostBytes);
}

// Also a time that is written in another way than the server's own list has it.
bool is_over(const std::string& end) {
  if (end.empty()) return false;
  pam::ListedSession session;
  session.end = end;
  return pam::liveness(session) == pam::Liveness::ended ||
         (pam::has_odd_end(session) && end.find_first_of("123456789") != std::string::npos);
}

std::string words_of(const report::Particulars& row) {
  std::string words = shown(row.user);
  const auto add = [&](std::string_view between, const std::string& text) {
    if (!text.empty()) words += (words.empty() ? "" : std::string(between)) + shown(text);
  };
  add(", ", row.credential);
  add(" @ ", row.device);
  if (!row.start.empty()) add(", ", "since " + row.start);
  return words;
}

}  // namespace

void ValueTally::add(std::string_view value) {
  if (value.empty() || more_) return;
  std::string key(value.substr(0, 4 * kMostBytes));
  if (const auto known = counts_.find(key); known != counts_.end()) {
    ++known->second;
  } else if (counts_.size() < kMost) {
    counts_.emplace(std::move(key), 1);
  } else {
    more_ = true;
  }
}

std::string ValueTally::words(std::uint64_t rows) const {
  if (counts_.empty()) return {};
  if (more_) return fmt::format("more than {}", grouped(kMost));
  std::vector<std::pair<std::string_view, std::uint64_t>> all(counts_.begin(), counts_.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (all.size() == 1)
    return fmt::format("{} ({} of {})", shown(all.front().first), grouped(all.front().second), grouped(rows));
  std::string words = fmt::format("{}: ", grouped(all.size()));
  for (std::size_t i = 0; i < std::min(all.size(), kShown); ++i)
    words += fmt::format("{}{} ({})", i == 0 ? "" : ", ", shown(all[i].first), grouped(all[i].second));
  return words + (all.size() > kShown ? ", …" : "");
}

void WhoseReader::add(const Row& row, const std::vector<input::SourceInfo>& sources,
                      const report::Particulars& known) {
  const report::Particulars particulars = particulars_.of(row, sources, known);
  ++whose_.rows;
  whose_.users.add(particulars.user);
  whose_.credentials.add(particulars.credential);
  if (is_over(particulars.end)) ++whose_.over;
  if (whose_.first.size() < first_) whose_.first.push_back(words_of(particulars));
}

}  // namespace bulkdrop::run
