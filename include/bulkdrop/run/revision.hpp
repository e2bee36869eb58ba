// Takes back results that rest on answers which turned out to belong to nobody knows whom.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/record/journal.hpp"
#include "bulkdrop/run/answer_trail.hpp"

namespace bulkdrop::run {

// What the result becomes; empty if it stands. A success that came over another connection than the one in
// doubt proves itself; that a session was refused or never touched is proven by all of its answers or not at
// all.
std::optional<Result> taken_back(const Result& result, bool settled_by_it, WallTime now);

// Records anew, in the journal at `path`, what does not stand. Durable when it returns.
// Gives the number of results that changed. Throws Error(run_directory).
std::size_t take_back(record::Journal& journal, const std::string& path,
                      const std::vector<AnswerTrail::Mark>& distrusted, WallTime now);

}  // namespace bulkdrop::run
