// The events by which a journal tells of the pace: what the supervisor (watch.hpp) wrote, read back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/report/pace_history.hpp"

namespace bulkdrop::run {

inline constexpr std::string_view kStopEvent = "stop";
inline constexpr std::string_view kPauseEvent = "pause";
inline constexpr std::string_view kPauseOver = "over";  // text of a pause event
inline constexpr std::string_view kWindowEvent = "window";

// `16 at once`, and back.
std::string window_words(std::uint64_t requests);
std::optional<std::uint64_t> window_in(std::string_view words);

// Adds an event of a journal to what is known; other kinds say nothing of the pace.
void add_event(const record::Event& event, report::PaceHistory& pace);

}  // namespace bulkdrop::run
