#include "bulkdrop/input/originals.hpp"

#include <algorithm>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/file.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/csv_record.hpp"
#include "bulkdrop/input/reader_impl.hpp"

namespace bulkdrop::input {

namespace {

// Rows are asked for mostly in order: one read serves many.
constexpr std::size_t kReadAheadBytes = 256 * 1024;

}  // namespace

struct Originals::Impl {
  struct Origin {
    Replay replay;
    Format format;
    char delimiter;
    bool changed;
  };

  // The row's bytes, checked; empty optional if they are gone or others.
  std::optional<std::string_view> bytes(const Row& row);

  std::vector<Origin> origins;
  std::size_t window_source = 0;
  std::uint64_t window_begin = 0;
  std::string window;
  std::string converted;
};

std::optional<std::string_view> Originals::Impl::bytes(const Row& row) {
  if (row.source >= origins.size() || row.length > kMaxRecordBytes) return std::nullopt;
  const auto& replay = origins[row.source].replay;
  if (!replay.fd) return std::nullopt;
  const bool inside = window_source == row.source && row.offset >= window_begin &&
                      row.offset + row.length <= window_begin + window.size();
  if (!inside) {
    window.resize(std::max<std::size_t>(row.length, kReadAheadBytes));
    window_source = row.source;
    window_begin = row.offset;
    try {
      window.resize(
          read_at(replay.fd.get(), window.data(), window.size(), replay.base + row.offset, replay.path));
    } catch (const Error&) {
      window.clear();
      return std::nullopt;
    }
    if (window.size() < row.length) return std::nullopt;
  }
  const auto text = std::string_view(window).substr(row.offset - window_begin, row.length);
  if (text_check(text) != row.check) return std::nullopt;
  return text;
}

Originals::Originals(Reader& reader) : impl_(std::make_unique<Impl>()) {
  auto& inside = reader.impl();
  for (std::size_t i = 0; i < inside.sources.size(); ++i) {
    const bool changed = inside.sources[i]->changed();
    impl_->origins.push_back(
        {inside.sources[i]->replay(), inside.infos[i].format, inside.infos[i].delimiter, changed});
  }
}

bool Originals::changed(std::uint32_t source) const {
  return impl_->origins.at(source).changed;
}

Originals::~Originals() = default;

std::optional<std::string_view> Originals::text(const Row& row) {
  const auto text = impl_->bytes(row);
  if (!text || is_valid_utf8(*text)) return text;
  impl_->converted = to_utf8(*text);
  return impl_->converted;
}

std::optional<std::vector<std::string>> Originals::fields(const Row& row) {
  const auto text = impl_->bytes(row);
  if (!text || impl_->origins[row.source].format != Format::csv) return std::nullopt;
  return split_csv(*text, impl_->origins[row.source].delimiter);
}

}  // namespace bulkdrop::input
