#include "bulkdrop/input/screen.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/reader.hpp"
#include "bulkdrop/input/seen_ids.hpp"

namespace bulkdrop::input {

struct Screen::Impl {
  SeenIds seen;
  SeenIds protected_ids;  // in lower case
  std::string lower;
  std::string message;

  void read_protect_list(const std::string& file, const std::string& id_pattern);
  bool is_protected(std::string_view id);
};

void Screen::Impl::read_protect_list(const std::string& file, const std::string& id_pattern) {
  if (file == "-")
    throw Error(ExitCode::usage, "--protect -: a protect list can't come from standard input; give a file");
  Options options;
  options.id_pattern = id_pattern;
  options.digest = false;
  try {
    Reader reader({file}, options);
    Row row;
    while (reader.next(row)) {
      if (row.admission != Admission::to_drop)
        throw Error(ExitCode::bad_input, fmt::format("{}:{}: {}", file, row.line, row.message));
      protected_ids.insert(lower_ascii(row.session_id), 1);
    }
  } catch (const Error& error) {
    if (error.code() != ExitCode::bad_input) throw;
    throw Error(
        ExitCode::usage,
        fmt::format("protect list {}; every row of it must hold a whole ID, correct it first", error.what()));
  }
}

bool Screen::Impl::is_protected(std::string_view id) {
  if (protected_ids.size() == 0) return false;
  lower.assign(id);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return protected_ids.contains(lower);
}

Screen::Screen(const std::vector<std::string>& protect_files, const std::string& id_pattern)
    : impl_(std::make_unique<Impl>()) {
  for (const auto& file : protect_files) impl_->read_protect_list(file, id_pattern);
}

Screen::~Screen() = default;

void Screen::admit(Row& row) {
  if (row.admission != Admission::to_drop) return;
  if (impl_->is_protected(row.session_id)) {
    row.admission = Admission::protected_;
    row.reason = Reason::protected_;
    row.message = "on a protect list";
    return;
  }
  if (row.number >= std::numeric_limits<std::uint32_t>::max())
    throw Error(ExitCode::bad_input, fmt::format("more than {} rows; split the input, or use --shard",
                                                 grouped(std::numeric_limits<std::uint32_t>::max())));
  const auto first = impl_->seen.insert(row.session_id, static_cast<std::uint32_t>(row.number + 1));
  if (!first) return;
  impl_->message = fmt::format("the same ID stands in row {}", *first);
  row.admission = Admission::duplicate;
  row.reason = Reason::duplicate;
  row.message = impl_->message;
}

std::uint64_t Screen::distinct() const {
  return impl_->seen.size();
}

}  // namespace bulkdrop::input
