#include "bulkdrop/report/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/report/columns.hpp"

namespace bulkdrop::report {
namespace {

using std::chrono::duration;

constexpr Duration kRateSpan = std::chrono::seconds{5};
constexpr Duration kShortestSpan = std::chrono::milliseconds{500};
constexpr Duration kBetweenSamples = std::chrono::milliseconds{100};
constexpr double kLongestEstimateSeconds = 100.0 * 3600;
constexpr std::string_view kGap = "  ";
constexpr std::size_t kFewestColumns = 16;  // that a part is cut to

// A part of the line. Those with the lowest `order` get the room first.
struct Part {
  int order;
  std::string text;
  bool may_be_cut = false;
  std::string_view joined = kGap;  // between it and what stands before it
  bool follows = false;            // shown only where all of the part before it is
};

// A row that a stop left unsent is one that is still to be done.
std::uint64_t done_rows(const Counts& counts) {
  return counts.total() - counts.of(Status::unsent);
}

std::uint64_t settled_by_network(const Counts& counts) {
  return done_rows(counts) - counts.of(Status::invalid) - counts.of(Status::duplicate) -
         counts.of(Status::protected_);
}

std::string rate_text(double rate) {
  if (rate >= 9.95) return grouped(static_cast<std::uint64_t>(std::llround(rate))) + "/s";
  return rate >= 0.05 ? fmt::format("{:.1f}/s", rate) : "0/s";
}

std::string time_left_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 1);
  if (whole < 60) return fmt::format("ETA {} s", whole);
  if (whole < 3600) return fmt::format("ETA {} min {:02} s", whole / 60, whole % 60);
  return fmt::format("ETA {} h {:02} min", whole / 3600, whole % 3600 / 60);
}

// What is waited for, in up to three parts: the sentence; until when; its cause in brackets, which may be
// long.
void add_waiting_for(std::vector<Part>& parts, const std::string& text) {
  if (text.empty()) return;
  const std::size_t cause = std::min(text.find(" ("), text.size());
  const std::size_t limit = std::min(text.find("; "), cause);
  parts.push_back({1, text.substr(0, limit), true});
  if (limit < cause) parts.push_back({2, text.substr(limit + 2, cause - limit - 2), false, "; ", true});
  if (cause < text.size()) parts.push_back({20, text.substr(cause + 1), true, kGap, true});
}

// The line of the parts that fit into `width` columns, the first one in any case.
std::string fitting_line(std::vector<Part>& parts, std::size_t width) {
  std::vector<std::size_t> by_order(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) by_order[i] = i;
  std::stable_sort(by_order.begin(), by_order.end(),
                   [&](std::size_t a, std::size_t b) { return parts[a].order < parts[b].order; });
  std::size_t used = 0;
  std::vector<bool> whole(parts.size(), false);
  std::vector<bool> fits(parts.size(), false);
  for (const std::size_t i : by_order) {
    Part& part = parts[i];
    if (part.follows && !whole[i - 1]) continue;
    const std::size_t gap = used == 0 ? 0 : columns(part.joined);
    const std::size_t room = width - std::min(width, used + gap);
    whole[i] = columns(part.text) <= room;
    if (!whole[i] && part.may_be_cut && room >= kFewestColumns)
      part.text = std::string(fitting(part.text, room - 1)) + "…";
    const std::size_t more = columns(part.text) + gap;
    if (used > 0 && used + more > width) continue;
    used += more;
    fits[i] = true;
  }
  std::string line;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!fits[i]) continue;
    if (!line.empty()) line += parts[i].joined;
    line += parts[i].text;
  }
  return line;
}

}  // namespace

std::string shed_text(double per_second) {
  return fmt::format("server turns away more than {}", rate_text(per_second));
}

Progress::Speed Progress::speed(const Snapshot& snapshot, TimePoint now) {
  const std::uint64_t by_network = settled_by_network(snapshot.settled);
  // The base of the rate is the last sample that is at least 5 s old, or else the oldest one.
  while (samples_.size() > 1 && samples_[1].at + kRateSpan <= now) samples_.erase(samples_.begin());
  const Sample base = samples_.empty() ? Sample{start_, 0} : samples_.front();
  if (samples_.empty()) samples_.push_back(base);
  if (now - samples_.back().at >= kBetweenSamples) samples_.push_back({now, by_network});
  const double seconds = duration<double>(now - base.at).count();
  Speed speed;
  if (now - base.at < kShortestSpan || by_network < base.done) return speed;
  // While the server is away, a rate is that of before, or none: neither says when it will be over.
  if (snapshot.away) return speed;
  speed.rate = static_cast<double>(by_network - base.done) / seconds;
  const std::uint64_t done = done_rows(snapshot.settled);
  if (snapshot.rows && *speed.rate > 0 && done < *snapshot.rows) {
    const double left = static_cast<double>(*snapshot.rows - done) / *speed.rate;
    if (left < kLongestEstimateSeconds) speed.seconds_left = left;
  }
  return speed;
}

std::string Progress::json_line(const Snapshot& snapshot, TimePoint now, WallTime time) {
  const Speed known = speed(snapshot, now);
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{:.1f}", *value) : std::string("null");
  };
  std::string line = fmt::format(
      R"({{"time":"{}","level":"info","type":"progress","done":{},"rows":{},"rate":{},"seconds_left":{},)"
      R"("in_flight":{},"window":{},"waiting":{},"waiting_for":)",
      rfc3339(time), done_rows(snapshot.settled), snapshot.rows ? std::to_string(*snapshot.rows) : "null",
      number(known.rate), number(known.seconds_left), snapshot.in_flight, snapshot.window, snapshot.waiting);
  if (snapshot.waiting_for.empty()) {
    line += "null";
  } else {
    append_json_string(line, snapshot.waiting_for);
  }
  line += R"(,"counts":)";
  char separator = '{';
  for (const Status status : kAllStatuses) {
    line += fmt::format(R"({}"{}":{})", separator, name(status), snapshot.settled.of(status));
    separator = ',';
  }
  return line + "}}\n";
}

std::string Progress::line(const Snapshot& snapshot, TimePoint now, int width) {
  const Counts& settled = snapshot.settled;
  const std::uint64_t done = done_rows(settled);
  const std::optional<std::uint64_t> rows = snapshot.rows;
  const Speed known = speed(snapshot, now);

  std::vector<Part> parts;
  const auto add = [&](int order, std::string text) { parts.push_back({order, std::move(text)}); };
  const auto add_count = [&](int order, Status status) {
    if (settled.of(status) > 0) add(order, fmt::format("{} {}", name(status), grouped(settled.of(status))));
  };
  add(0, rows ? fmt::format("{}/{}", grouped(done), grouped(*rows)) : grouped(done));
  if (rows && *rows > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(*rows);
    add(8, fmt::format("{}%", done >= *rows ? 100 : std::min(99, static_cast<int>(share * 100))));
  }
  if (known.rate) add(7, rate_text(*known.rate));
  if (known.seconds_left) add(5, time_left_text(*known.seconds_left));
  if (snapshot.window > 0) {
    add(11, fmt::format("window {}/{}", grouped(snapshot.in_flight), grouped(snapshot.window)));
  }
  if (snapshot.waiting > 0) add(10, fmt::format("waiting {}", grouped(snapshot.waiting)));
  add_count(4, Status::dropped);
  add_count(9, Status::ended);
  add_count(3, Status::failed);
  add_count(3, Status::unknown);
  add_count(6, Status::unsent);
  add_count(12, Status::invalid);
  add_count(13, Status::duplicate);
  add_count(13, Status::protected_);
  add_waiting_for(parts, printable(snapshot.waiting_for));
  if (snapshot.waiting_for.empty() && snapshot.shed_above > 0) add(10, shed_text(snapshot.shed_above));

  const auto limit = static_cast<std::size_t>(std::max(width, 0));
  return std::string(fitting(fitting_line(parts, limit), limit));
}

}  // namespace bulkdrop::report
