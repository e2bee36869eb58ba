// What the session list said, as the journal keeps it beside the rows. Written as report::to_json() has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/record/journal_reader.hpp"
#include "bulkdrop/record/run_record.hpp"
#include "bulkdrop/report/summary.hpp"
#include "bulkdrop/run/repeat_options.hpp"

namespace bulkdrop::run {

inline constexpr std::string_view kVerifiedNote = "verified";
inline constexpr std::string_view kUnverifiedNote = "unverified";
inline constexpr std::string_view kWatchedNote = "watched";
inline constexpr std::string_view kRowsNote = "rows";
inline constexpr std::string_view kLoginNote = "login";

// The last one of its kind; empty if there is none. Throws Error(run_directory) for one that is not as this
// version writes them.
std::optional<report::Verified> verified_note(const record::JournalReader& journal);
std::optional<report::Watched> watched_note(const record::JournalReader& journal);

// That a run asked for a list and got none, or none a second time.
struct Unverified {
  WallTime at{};
  std::string why;
  // Sessions held to be gone that the first list had as active; 0: no list came.
  std::uint64_t active_once = 0;
};
std::string unverified_json(const Unverified& unverified);
std::optional<Unverified> unverified_note(const record::JournalReader& journal);

// How many rows a stream had when a part of its run came to its end.
std::string rows_json(std::uint64_t rows);
std::optional<std::uint64_t> rows_note(const record::JournalReader& journal);

// With which options somebody logged in who took the run up again: what is to be done next repeats those.
struct Login {
  RecordedOptions options;
  std::uint64_t part = 0;           // of the run, from 0: the first that it is for
  std::vector<std::string> before;  // accounts that settled sessions before, the last one first, each once
};
std::string login_json(const Login& login);
std::optional<Login> login_note(const record::JournalReader& journal);

// The options of the run, with the login that was used last.
RecordedOptions last_options(const record::RunRecord& run, const record::JournalReader& journal);

}  // namespace bulkdrop::run
