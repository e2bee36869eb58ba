#include "bulkdrop/run/pace_events.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace bulkdrop::run {
namespace {

constexpr std::string_view kAtOnce = " at once";

}  // namespace

std::string window_words(std::uint64_t requests) {
  return fmt::format("{}{}", requests, kAtOnce);
}

std::optional<std::uint64_t> window_in(std::string_view words) {
  std::uint64_t requests = 0;
  const char* const last = words.data() + words.size();
  const auto [end, error] = std::from_chars(words.data(), last, requests);
  if (error != std::errc{} || std::string_view(end, static_cast<std::size_t>(last - end)) != kAtOnce)
    return std::nullopt;
  return requests;
}

void add_event(const record::Event& event, report::PaceHistory& pace) {
  if (event.kind == kPauseEvent && event.text != kPauseOver) {
    pace.paused(event.t, event.text);
  } else if (event.kind == kPauseEvent || event.kind == kStopEvent) {
    pace.resumed(event.t);
  } else if (event.kind == kWindowEvent) {
    if (const auto requests = window_in(event.text)) pace.window(event.t, *requests);
  } else if (event.kind == record::kPartOver) {
    pace.over(event.t);
  }
}

}  // namespace bulkdrop::run
