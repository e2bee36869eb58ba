#include <algorithm>

#include "bulkdrop/report/summary.hpp"

namespace bulkdrop::report {
namespace {

constexpr std::size_t kMaxTracked = 1000;

bool comes_first(const ErrorLine& a, const ErrorLine& b) {
  if (a.count != b.count) return a.count > b.count;
  if (a.reason != b.reason) return a.reason < b.reason;
  return a.message < b.message;
}

bool is_error(Status status) {
  return status == Status::failed || status == Status::unknown || status == Status::unsent ||
         status == Status::invalid;
}

// Counts `line` under its reason among the lines of other messages.
void join(std::vector<ErrorLine>& others, const ErrorLine& line) {
  const auto same = std::find_if(others.begin(), others.end(),
                                 [&](const ErrorLine& other) { return other.reason == line.reason; });
  if (same == others.end()) {
    others.push_back({line.reason, std::string(kOtherMessages), line.count});
  } else {
    same->count += line.count;
  }
}

}  // namespace

void ErrorTally::add(const Result& result) {
  if (!is_error(result.status)) return;
  Key key{result.reason, result.message};
  // Each of these names somebody else, which is what lists of sessions are for.
  if (key.reason == Reason::still_alive)
    key.message.resize(std::min(key.message.find(':'), key.message.size()));
  if (counts_.size() >= kMaxTracked && !counts_.contains(key)) key.message = kOtherMessages;
  ++counts_[std::move(key)];
}

std::vector<ErrorLine> ErrorTally::lines() const {
  std::vector<ErrorLine> lines;
  std::vector<ErrorLine> others;
  for (const auto& [key, count] : counts_) {
    if (key.message == kOtherMessages) {
      others.push_back({key.reason, key.message, count});
    } else {
      lines.push_back({key.reason, key.message, count});
    }
  }
  std::sort(lines.begin(), lines.end(), comes_first);
  while (lines.size() + others.size() > kMaxErrorLines) {
    join(others, lines.back());
    lines.pop_back();
  }
  lines.insert(lines.end(), others.begin(), others.end());
  std::sort(lines.begin(), lines.end(), comes_first);
  return lines;
}

}  // namespace bulkdrop::report
