// What would be done, as a person and as a program reads it.
#pragma once

#include <string>

#include "bulkdrop/run/console.hpp"

namespace bulkdrop::cli {

inline constexpr int kNoWidth = 1'000'000;

// The plan as a page of text of at most `width` columns, for the question and for a dry run.
std::string plan_text(const run::Plan& plan, int width = kNoWidth);

// The same as one JSON object on a line, for `--dry-run --json`.
std::string plan_json(const run::Plan& plan);

}  // namespace bulkdrop::cli
