// What a run was asked to do: run.json in full, the journal's header in short.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/clock.hpp"

namespace bulkdrop::record {

struct SourceRecord {
  std::string name;
  std::string format;
  std::string encoding;
  std::string field;
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::string sha256;
  std::string copy = {};  // the file in the run directory that holds it, if it can't be read twice
};

struct ProtectRecord {
  // Its different IDs: those that a row had, and the others.
  struct Found {
    std::uint64_t met = 0;
    std::uint64_t unmet = 0;
  };
  std::string name;
  std::string sha256;
  std::optional<Found> found = std::nullopt;  // nothing: not known
};

struct RunRecord {
  std::string run_id;
  std::string version;
  std::string url;
  std::optional<std::string> reason;
  std::string directory = ".";  // where the run was started: relative names start there
  // The rest of what tells where it comes from; empty: not known.
  std::string run_directory;  // as it was named there
  std::string user;           // who started it (core/invoker.hpp)
  std::string host;
  std::string account;  // who logged in then, as far as that is no secret
  WallTime started_at{};
  // Long name without dashes → value; no secrets. Beside options, `part`: the run goes on with the stream of
  // an earlier one (--rotate), as the so manieth.
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<SourceRecord> sources;  // in stream mode, sizes and digests are unknown at the start (0, empty)
  std::vector<ProtectRecord> protect_lists;
  std::uint64_t rows = 0;
  std::uint64_t to_drop = 0;
  bool stream = false;
};

// Writes run.json atomically: `schema` 1 and the members of RunRecord below `run_id`. `options` is an object
// of strings (an array of strings for an option given several times), `sources` an array of objects. In
// stream mode, what is not known before the sources' digests are is null. Error(run_directory).
void write_run_json(const std::string& path, const RunRecord& run);

// The text of that file, and what such a text says; Error(run_directory), naming `origin`, if it is none.
std::string run_json(const RunRecord& run);
RunRecord run_from_json(std::string_view text, const std::string& origin);

// Reads it back. A file without `directory` means ".", one without `protect_lists` none that is known; what
// else is not known is not there.
// Error(run_directory) for a file that can't be read or is of a newer format.
RunRecord read_run_json(const std::string& path);

}  // namespace bulkdrop::record
