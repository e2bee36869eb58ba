#include "fuzz/journals.hpp"

#include <algorithm>

#include "fuzz/target.hpp"
#include "support/temp_dir.hpp"
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/journal_format.hpp"
#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::fuzz {
namespace {

constexpr WallTime kNow{std::chrono::milliseconds{1'795'230'245'678}};

void append_commit(std::string& out) {
  Sha256 digest;
  digest.add(out);
  record::append_commit_line(out, out.size(), digest.finish());
}

std::string make_journal() {
  record::RunRecord run;
  run.run_id = "5e884898";
  run.version = "0.1.0";
  run.url = "https://pam.example";
  run.started_at = kNow;
  run.rows = run.to_drop = 2;
  std::string text;
  record::append_header_line(text, run);
  append_commit(text);
  record::append_lease_line(text, 0, 2);
  append_commit(text);
  Result result;
  result.session_id = std::string(40, 'a');
  result.status = Status::dropped;
  result.reason = Reason::ok;
  record::append_result_line(text, result, kNow);
  append_commit(text);
  return text;
}

}  // namespace

std::string sealed(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    if (line.starts_with(record::kCommitStart)) {
      append_commit(out);
    } else if (record::is_intact(line)) {
      out.append(line).push_back('\n');
    } else {
      const std::size_t start = out.size();
      out += line;
      record::seal_line(out, start);
    }
  }
  return out;
}

const std::string& intact_journal() {
  static const std::string journal = make_journal();
  return journal;
}

std::optional<record::JournalReader> read_journal(std::string_view text) {
  static const test::TempDir directory;
  static const std::string path = directory.path("journal.jsonl");
  // In place: some file systems write a file to the disk when it was emptied and closed.
  static const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  holds(::ftruncate(file.get(), 0) == 0 && ::lseek(file.get(), 0, SEEK_SET) == 0, "the file is ours");
  write_all(file.get(), text, path);
  std::optional<record::JournalReader> reader;
  try {
    reader.emplace(path);
  } catch (const Error& error) {
    holds(error.code() == ExitCode::run_directory, "a journal is refused for the run directory");
    return std::nullopt;
  }
  holds(reader->intact_bytes() + reader->torn_bytes() == text.size(), "a byte is intact or torn");
  holds(!reader->parts().empty(), "a run has a part");
  const auto& parts = reader->parts();
  const bool reason =
      reader->leased() > 0 || reader->rows_seen() > 0 ||
      std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.begun_before; });
  for (std::uint64_t row = 0; row < 4; ++row) holds(reason || !reader->in_doubt(row), "doubt has a reason");
  for (const auto& doubt : reader->doubts())
    holds(doubt.row < reader->rows_seen(), "a doubt is about a result");
  return reader;
}

}  // namespace bulkdrop::fuzz
