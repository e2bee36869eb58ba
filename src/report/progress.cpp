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

// The parts that fit into `width` columns, the first one in any case.
std::vector<Part> fitting_parts(std::vector<Part> parts, std::size_t width) {
  std::vector<Part*> by_order;
  for (Part& part : parts) by_order.push_back(&part);
  std::stable_sort(by_order.begin(), by_order.end(),
                   [](const Part* a, const Part* b) { return a->order < b->order; });
  std::size_t used = 0;
  std::vector<bool> fits(parts.size(), false);
  for (Part* part : by_order) {
    const std::size_t room = width - std::min(width, used + kGap.size());
    if (part->may_be_cut && room >= kFewestColumns && columns(part->text) > room)
      part->text = std::string(fitting(part->text, room - 1)) + "…";
    const std::size_t more = columns(part->text) + (used == 0 ? 0 : kGap.size());
    if (used > 0 && used + more > width) continue;
    used += more;
    fits[static_cast<std::size_t>(part - parts.data())] = true;
  }
  std::vector<Part> kept;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (fits[i]) kept.push_back(std::move(parts[i]));
  return kept;
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
  const auto add = [&](int order, std::string text) { parts.push_back({order, std::move(text), false}); };
  const auto add_count = [&](int order, Status status) {
    if (settled.of(status) > 0) add(order, fmt::format("{} {}", name(status), grouped(settled.of(status))));
  };
  add(0, rows ? fmt::format("{}/{}", grouped(done), grouped(*rows)) : grouped(done));
  if (rows && *rows > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(*rows);
    add(7, fmt::format("{}%", done >= *rows ? 100 : std::min(99, static_cast<int>(share * 100))));
  }
  if (known.rate) add(6, rate_text(*known.rate));
  if (known.seconds_left) add(4, time_left_text(*known.seconds_left));
  if (snapshot.window > 0) {
    add(10, fmt::format("window {}/{}", grouped(snapshot.in_flight), grouped(snapshot.window)));
  }
  if (snapshot.waiting > 0) add(9, fmt::format("waiting {}", grouped(snapshot.waiting)));
  add_count(3, Status::dropped);
  add_count(8, Status::ended);
  add_count(1, Status::failed);
  add_count(1, Status::unknown);
  add_count(5, Status::unsent);
  add_count(11, Status::invalid);
  add_count(12, Status::duplicate);
  add_count(12, Status::protected_);
  if (const std::string waiting_for = printable(snapshot.waiting_for); !waiting_for.empty()) {
    // Its cause, in brackets at the end, may be long: it is cut, and comes after all else.
    const std::size_t cause = std::min(waiting_for.find(" ("), waiting_for.size());
    add(2, waiting_for.substr(0, cause));
    if (cause < waiting_for.size()) parts.push_back({13, waiting_for.substr(cause + 1), true});
  }
  if (snapshot.waiting_for.empty() && snapshot.shed_above > 0) add(9, shed_text(snapshot.shed_above));

  const auto limit = static_cast<std::size_t>(std::max(width, 0));
  std::string line;
  for (const Part& part : fitting_parts(std::move(parts), limit)) {
    if (!line.empty()) line += kGap;
    line += part.text;
  }
  return std::string(fitting(line, limit));
}

}  // namespace bulkdrop::report
