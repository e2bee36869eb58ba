#include "bulkdrop/input/screen.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/eight_bytes.hpp"
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
  // For each of the rows that are admitted together.
  struct Admitted {
    SeenIds::Hash id;
    SeenIds::Hash protected_id;
    std::string message;
  };
  std::vector<Admitted> admitted;

  void read_protect_list(const std::string& file, const std::string& id_pattern);
  void to_lower(std::string_view id);
  void fetch(const Row& row, Admitted& admitted);
  void settle(Row& row, Admitted& admitted);
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
  lower.resize(id.size());
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= id.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bytes = lower_case(load_eight(id.data() + i));
    std::memcpy(lower.data() + i, &bytes, sizeof bytes);
  }
  for (; i < id.size(); ++i)
    lower[i] = id[i] >= 'A' && id[i] <= 'Z' ? static_cast<char>(id[i] - 'A' + 'a') : id[i];
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

void Screen::Impl::fetch(const Row& row, Admitted& to) {
  to_lower(row.session_id);
  if (protected_ids.size() > 0) {
    to.protected_id = protected_ids.hash(lower);
    protected_ids.fetch(to.protected_id);
  }
  to.id = seen.hash(ids_ignore_case ? lower : row.session_id);
  seen.fetch(to.id);
}

void Screen::Impl::settle(Row& row, Admitted& of) {
  if (protected_ids.size() > 0 && protected_ids.find(of.protected_id)) {
    row.admission = Admission::protected_;
    row.reason = Reason::protected_;
    row.message = "on a protect list";
    return;
  }
  const auto first = seen.insert(of.id, place_of(row));
  if (!first) return;
  of.message = fmt::format("the same ID stands {}", describe(*first));
  row.admission = Admission::duplicate;
  row.reason = Reason::duplicate;
  row.message = of.message;
}

void Screen::admit(std::span<Row> rows) {
  auto& admitted = impl_->admitted;
  if (admitted.size() < rows.size()) admitted.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].admission == Admission::to_drop) impl_->fetch(rows[i], admitted[i]);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].admission == Admission::to_drop) impl_->settle(rows[i], admitted[i]);
}

void Screen::expect_rest(double share) {
  if (share > 0)
    impl_->seen.expect(static_cast<std::uint64_t>(static_cast<double>(impl_->seen.size()) / share));
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
