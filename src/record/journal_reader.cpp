#include "bulkdrop/record/journal_reader.hpp"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/record/begun_mark.hpp"
#include "bulkdrop/record/checked_lines.hpp"
#include "bulkdrop/record/journal_content.hpp"
#include "bulkdrop/record/journal_file.hpp"
#include "bulkdrop/record/journal_lines.hpp"
#include "bulkdrop/record/line_window.hpp"
#include "bulkdrop/record/result_decoder.hpp"

namespace bulkdrop::record {
namespace {

std::uint64_t size_of(const Fd& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0)
    throw Error(ExitCode::run_directory, fmt::format("cannot examine {}: {}", path, describe_errno(errno)));
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

struct JournalReader::Impl {
  Impl(const std::string& name, std::uint64_t taken, std::uint64_t most, const OnEvent& on_event)
      : path(name),
        file(open_journal(path, O_RDONLY)),
        content(path, size_of(file, path), on_event),
        bytes(check_lines(
            file, path, [this](std::string_view line, const LinePlace& place) { content.take(line, place); },
            most)) {
    content.finish(taken, read_begun(path, content.header().run_id, content.parts().size()));
  }

  std::string path;
  Fd file;
  JournalContent content;
  CheckedBytes bytes;
  LineWindow window;
  ResultDecoder decoder;
};

JournalReader::JournalReader(const std::string& path, std::uint64_t taken, std::uint64_t bytes,
                             const OnEvent& on_event)
    : impl_(std::make_unique<Impl>(path, taken, bytes, on_event)) {}
JournalReader::JournalReader(JournalReader&&) noexcept = default;
JournalReader& JournalReader::operator=(JournalReader&&) noexcept = default;
JournalReader::~JournalReader() = default;

std::optional<Result> JournalReader::result(std::uint64_t row) {
  const auto offset = impl_->content.outcomes().place(row);
  if (!offset) return std::nullopt;
  const auto refuse = [&](std::string_view why) {
    throw Error(ExitCode::run_directory, fmt::format("{}: {} at byte {}", impl_->path, why, *offset));
  };
  const std::string_view line = impl_->window.line_at(impl_->file, *offset, impl_->path);
  if (!is_intact(line)) refuse("a record that changed since it was checked,");
  auto result = impl_->decoder.decode(line);
  if (!result || result->row != row) refuse("a result that this version cannot read");
  return result;
}

bool JournalReader::in_doubt(std::uint64_t row) const {
  return impl_->content.outcomes().in_doubt(row);
}

std::optional<std::uint64_t> JournalReader::begun() const {
  return impl_->content.begun();
}

std::vector<Doubt> JournalReader::doubts() const {
  std::vector<Doubt> doubts;
  for (const auto& [row, settled] : impl_->content.doubts()) doubts.push_back({row, settled});
  return doubts;
}

const std::vector<Part>& JournalReader::parts() const {
  return impl_->content.parts();
}

std::optional<std::string> JournalReader::note(std::string_view kind) const {
  const auto found = impl_->content.notes().find(kind);
  if (found == impl_->content.notes().end()) return std::nullopt;
  return found->second;
}

std::uint64_t JournalReader::rows_seen() const {
  return impl_->content.outcomes().rows();
}

std::uint64_t JournalReader::leased() const {
  return impl_->content.leased();
}

std::uint64_t JournalReader::intact_bytes() const {
  return impl_->bytes.intact;
}

std::uint64_t JournalReader::torn_bytes() const {
  return impl_->bytes.torn;
}

const Sha256& JournalReader::hash() const {
  return impl_->bytes.hash;
}

WallTime JournalReader::last_time() const {
  return impl_->content.last_time();
}

const std::string& JournalReader::url() const {
  return impl_->content.header().url;
}

const std::string& JournalReader::run_id() const {
  return impl_->content.header().run_id;
}

const std::vector<SourceRecord>& JournalReader::sources() const {
  return impl_->content.header().sources;
}

}  // namespace bulkdrop::record
