// Where the lines and labels of a chart's axis stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bulkdrop::report {

// Round numbers from 0 up to the first that is at least `most`, about `about` steps of 1, 2 or 5 times a
// power of ten. At least 0 and 1.
std::vector<std::uint64_t> count_ticks(std::uint64_t most, std::size_t about);

// Milliseconds from 0 up to `most`, in steps that are round on a clock.
std::vector<std::uint64_t> time_ticks(std::uint64_t most, std::size_t about);

// `250 ms`, `1.5 s`, `2 min`, `1 h 30 min`, `3 d`: exact for what time_ticks() gives.
std::string time_label(std::uint64_t milliseconds);

// `1,500`, `12 k`, `1.5 M`: exact for what count_ticks() gives.
std::string count_label(std::uint64_t number);

}  // namespace bulkdrop::report
