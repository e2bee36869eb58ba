// The person or the log at the other end, as the run sees it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulkdrop/core/clock.hpp"
#include "bulkdrop/core/result.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/screen.hpp"
#include "bulkdrop/input/shard.hpp"
#include "bulkdrop/policy/limits.hpp"
#include "bulkdrop/report/progress.hpp"
#include "bulkdrop/run/whose.hpp"

namespace bulkdrop::run {

// Under which conditions.
struct Terms {
  std::optional<std::string> reason;
  policy::Limits limits;
  std::optional<std::uint64_t> max_sessions;
  bool verify = false;
  std::optional<Duration> watch;  // for so long
};

// The file that says so (--save-plan, --plan).
struct WrittenPlan {
  std::string file;
  WallTime created_at{};
  std::string by;  // who made it, and where
  std::string sha256;
};

// What would be done: everything that was read, and nothing sent yet.
struct Plan {
  std::string url;      // where drops go, without the ID
  std::string account;  // who logs in, as far as that is no secret
  input::Shard shard;   // of the inputs; all of the below is about it alone, but for `sources`
  std::uint64_t rows = 0;
  std::uint64_t to_drop = 0;
  std::uint64_t invalid = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t protected_ = 0;
  // Of a run that is taken up again: rows that were to be dropped and need nothing more, and of the rest
  // those that may have been asked for before.
  std::uint64_t settled = 0;
  std::uint64_t in_doubt = 0;
  std::vector<input::SourceInfo> sources;
  std::vector<input::ProtectList> protect_lists;
  // Of the IDs to be dropped, each with a line end; empty where it was not asked for.
  std::string sessions_sha256;
  std::vector<std::string> first_ids;  // the first sessions to be dropped, a few
  std::optional<Whose> whose;          // all that are to be dropped; nothing = not known
  std::optional<Terms> terms;
  std::optional<WrittenPlan> written;
  std::vector<std::string> invalid_examples;  // `file:line: what is wrong`, a few
};

// A row that ended badly while a stream goes on.
struct BadRow {
  std::string source;  // a file's name, or "standard input"
  std::uint64_t line;
  const Result& result;
};

// alert: a warning that --quiet does not hide, for what was asked for may not be what happens.
enum class Level : std::uint8_t { debug, info, warning, alert, error };

class Console {
 public:
  virtual ~Console() = default;
  virtual void log(Level level, std::string_view text) = 0;
  // True if log() would show that level: spares making texts that nobody sees.
  [[nodiscard]] virtual bool logs(Level level) const = 0;
  // As log() with Level::error, with the parts of it as members where that is for programs.
  virtual void bad_row(const BadRow& row) = 0;
  // Shows the plan and asks; true = go on. Throws Error(usage) where nobody can be asked.
  virtual bool confirm(const Plan& plan) = 0;
  // When the next progress line is wanted; TimePoint::max() = never.
  [[nodiscard]] virtual TimePoint next_progress() const = 0;
  // `asked`: somebody asked for it just now (SIGUSR1).
  virtual void progress(const report::Snapshot& snapshot, TimePoint now, bool asked) = 0;
  // Takes a live line off the screen, before other output.
  virtual void end_progress() = 0;
};

}  // namespace bulkdrop::run
