// How much room on the disk the reports and the record take.
#pragma once

#include <cstdint>

#include "bulkdrop/record/run_directory.hpp"

namespace bulkdrop::run {

// Bytes that the reports of so many rows need, about.
std::uint64_t room_for_reports(std::uint64_t rows);

// Once more: what those take that are in `directory`, and what `changed` rows of `rows` can add to them. Only
// if the other rows stand in them as they will.
std::uint64_t room_for_reports_again(std::uint64_t rows, std::uint64_t changed,
                                     const record::RunDirectory& directory);

// Bytes that the journal grows by with results of so many rows, about, and with what is reserved ahead.
std::uint64_t room_for_record(std::uint64_t rows);

}  // namespace bulkdrop::run
