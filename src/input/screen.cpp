#include "bulkdrop/input/screen.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "bulkdrop/core/text.hpp"
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
  Impl(const std::vector<std::string>& protect_files, const std::string& id_pattern)
      : protected_ids(protect_files, id_pattern), ids_ignore_case(id_pattern.empty()) {}

  SeenIds seen;
  ProtectedIds protected_ids;
  std::vector<std::string> inputs;
  bool ids_ignore_case;
  std::string lower;
  // For each of the rows that are admitted together.
  struct Admitted {
    SeenIds::Hash id;
    SeenIds::Hash protected_id;
    std::string message;
  };
  std::vector<Admitted> admitted;

  void fetch(const Row& row, Admitted& admitted);
  void settle(Row& row, Admitted& admitted);
  void look_for_beginning(const Row& row);
  [[nodiscard]] std::string describe(IdPlace place) const;
};

std::string Screen::Impl::describe(IdPlace place) const {
  if (place.line == kUnknownLine || place.source >= inputs.size()) return "in an earlier row";
  const auto& name = inputs[place.source];
  return fmt::format("in {}:{}", name == "-" ? "standard input" : shortened_path(name), place.line);
}

Screen::Screen(const std::vector<std::string>& protect_files, const std::string& id_pattern,
               std::vector<std::string> inputs)
    : impl_(std::make_unique<Impl>(protect_files, id_pattern)) {
  if (inputs.empty()) inputs.emplace_back("-");
  impl_->inputs = std::move(inputs);
}

Screen::~Screen() = default;

void Screen::Impl::fetch(const Row& row, Admitted& to) {
  lower_id(row.session_id, lower);
  if (!protected_ids.empty()) {
    protected_ids.note_size(row.session_id.size());
    to.protected_id = protected_ids.hash(lower);
    protected_ids.fetch(to.protected_id);
  }
  to.id = seen.hash(ids_ignore_case ? lower : row.session_id);
  seen.fetch(to.id);
}

void Screen::Impl::settle(Row& row, Admitted& of) {
  if (!protected_ids.empty() && protected_ids.meet(of.protected_id)) {
    row.admission = Admission::protected_;
    row.reason = Reason::protected_;
    row.message = "on a protect list";
    return;
  }
  const auto first = seen.insert(of.id, place_of(row));
  if (!first) {
    // Where lengths are alike, that is never so.
    if (protected_ids.may_hold_one(row.session_id.size())) [[unlikely]]
      look_for_beginning(row);
    return;
  }
  of.message = fmt::format("the same ID stands {}", describe(*first));
  row.admission = Admission::duplicate;
  row.reason = Reason::duplicate;
  row.message = of.message;
}

void Screen::Impl::look_for_beginning(const Row& row) {
  lower_id(row.session_id, lower);
  if (protected_ids.look_for_beginning(lower)) protected_ids.tell_beginning(describe(place_of(row)));
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

const ProtectedIds& Screen::protected_ids() const {
  return impl_->protected_ids;
}

const std::vector<ProtectList>& Screen::protect_lists() const {
  return impl_->protected_ids.lists();
}

}  // namespace bulkdrop::input
