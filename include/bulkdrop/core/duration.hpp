// Durations as people type and read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop {

// `250ms`, `30s`, `10m`, `2h`, `7d`, `1.5s`, and several of them, the larger unit first: `1h30m`; a bare
// number means seconds. Nothing else: no sign, no space, no exponent. Empty for anything that is not a
// duration or is longer than 10 years (of 365 days).
std::optional<Duration> parse_duration(std::string_view text);

// True for a duration that is longer than that.
bool is_too_long_a_duration(std::string_view text);

// The shortest form that parse_duration reads back as the same value: `90s` stays `90s`, `120s` becomes `2m`.
std::string format_duration(Duration duration);

// For people, three significant places at most: `870 ms`, `12.3 s`, `4 min 05 s`, `2 h 13 min`.
std::string humane_duration(Duration duration);

}  // namespace bulkdrop
