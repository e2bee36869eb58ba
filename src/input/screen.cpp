#include "bulkdrop/input/screen.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/seen_ids.hpp"

namespace bulkdrop::input {

namespace {

// Of a place that does not fit into IdPlace.
constexpr auto kUnknownLine = std::numeric_limits<std::uint32_t>::max();
constexpr auto kUnknownSource = std::numeric_limits<std::uint16_t>::max();

IdPlace place_of(const Row& row) {
  return {static_cast<std::uint32_t>(std::clamp<std::uint64_t>(row.line, 1, kUnknownLine)),
          static_cast<std::uint16_t>(std::min<std::uint32_t>(row.source, kUnknownSource))};
}

// The end of a long path tells more than its beginning.
std::string shortened_path(std::string_view path) {
  constexpr std::size_t kMostBytes = 200;
  if (path.size() <= kMostBytes) return std::string(path);
  path.remove_prefix(path.size() - kMostBytes);
  while (!path.empty() && (static_cast<unsigned char>(path.front()) & 0xC0U) == 0x80U) path.remove_prefix(1);
  return fmt::format("…{}", path);
}

}  // namespace

struct Screen::Impl {
  SeenIds seen;
  SeenIds protected_ids;  // in lower case
  std::vector<ProtectList> lists;
  std::vector<std::string> inputs;
  bool ids_ignore_case = false;
  std::string lower;
  std::string message;

  void read_protect_list(const std::string& file, const std::string& id_pattern);
  void to_lower(std::string_view id);
  [[nodiscard]] std::string describe(IdPlace place) const;
};

void Screen::Impl::read_protect_list(const std::string& file, const std::string& id_pattern) {
  if (file == "-")
    throw Error(ExitCode::usage, "--protect -: a protect list can't come from standard input; give a file");
  Options options;
  options.id_pattern = id_pattern;
  SourceInfo info;
  try {
    Reader reader({file}, options);
    Row row;
    while (reader.next(row)) {
      if (row.admission != Admission::to_drop)
        throw Error(ExitCode::bad_input,
                    fmt::format("{}:{}: {}; every row of it must hold a whole ID, correct it first", file,
                                row.line, row.message));
      to_lower(row.session_id);
      protected_ids.insert(lower, place_of(row));
    }
    info = reader.sources().front();
  } catch (const Error& error) {
    if (error.code() != ExitCode::bad_input) throw;
    throw Error(ExitCode::bad_input, fmt::format("protect list {}", error.what()));
  }
  if (info.rows == 0)
    throw Error(
        ExitCode::bad_input,
        fmt::format("protect list {}: holds no ID: {}; leave --protect out if nothing is to be protected",
                    file, info.bytes == 0 ? "it is empty" : "no line of it is a row"));
  lists.push_back({file, info.rows, info.sha256});
}

void Screen::Impl::to_lower(std::string_view id) {
  lower.assign(id);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

std::string Screen::Impl::describe(IdPlace place) const {
  if (place.line == kUnknownLine || place.source >= inputs.size()) return "in an earlier row";
  const auto& name = inputs[place.source];
  return fmt::format("in {}:{}", name == "-" ? "standard input" : shortened_path(name), place.line);
}

Screen::Screen(const std::vector<std::string>& protect_files, const std::string& id_pattern,
               std::vector<std::string> inputs)
    : impl_(std::make_unique<Impl>()) {
  if (inputs.empty()) inputs.emplace_back("-");
  impl_->inputs = std::move(inputs);
  impl_->ids_ignore_case = id_pattern.empty();
  for (const auto& file : protect_files) impl_->read_protect_list(file, id_pattern);
  impl_->protected_ids.compact();
}

Screen::~Screen() = default;

void Screen::admit(Row& row) {
  if (row.admission != Admission::to_drop) return;
  impl_->to_lower(row.session_id);
  if (impl_->protected_ids.size() > 0 && impl_->protected_ids.contains(impl_->lower)) {
    row.admission = Admission::protected_;
    row.reason = Reason::protected_;
    row.message = "on a protect list";
    return;
  }
  const auto first =
      impl_->seen.insert(impl_->ids_ignore_case ? impl_->lower : row.session_id, place_of(row));
  if (!first) return;
  impl_->message = fmt::format("the same ID stands {}", impl_->describe(*first));
  row.admission = Admission::duplicate;
  row.reason = Reason::duplicate;
  row.message = impl_->message;
}

void Screen::forget() {
  impl_->seen = SeenIds();
}

std::uint64_t Screen::distinct() const {
  return impl_->seen.size();
}

const std::vector<ProtectList>& Screen::protect_lists() const {
  return impl_->lists;
}

}  // namespace bulkdrop::input
