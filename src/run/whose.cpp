#include "bulkdrop/run/whose.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <xxhash.h>

#include "bulkdrop/core/text.hpp"
#include "bulkdrop/pam/listed_session.hpp"

namespace bulkdrop::run {
namespace {

constexpr std::size_t kMostBytes = 60;  // of a value
constexpr std::size_t kShown = 3;

std::string shown(std::string_view value) {
  return shortened(printable(value), kMostBytes);
}

// Also a time that is written in another way than the server's own list has it.
bool is_over(const std::string& end) {
  if (end.empty()) return false;
  pam::ListedSession session;
  session.end = end;
  return pam::liveness(session) == pam::Liveness::ended ||
         (pam::has_odd_end(session) && end.find_first_of("123456789") != std::string::npos);
}

ValueKind kind_of(Particular member) {
  if (member == &report::Particulars::user) return ValueKind::user;
  if (member == &report::Particulars::credential) return ValueKind::credential;
  return member == &report::Particulars::end ? ValueKind::end : ValueKind::none;
}

std::string words_of(const report::Particulars& row) {
  std::string words = shown(row.user);
  const auto add = [&](std::string_view between, const std::string& text) {
    if (!text.empty()) words += (words.empty() ? "" : std::string(between)) + shown(text);
  };
  add(", ", row.credential);
  add(" @ ", row.device);
  if (!row.start.empty()) add(", ", "since " + row.start);
  return words;
}

}  // namespace

// Where `text` is, or the free place where it belongs.
std::size_t ValueTally::slot(std::uint64_t hash, std::string_view text) const {
  std::size_t i = hash % kSlots;
  while (slots_[i] != 0) {
    const Spelling& there = spellings_[slots_[i] - std::size_t{1}];
    if (there.hash == hash && there.text == text) break;
    i = (i + 1) % kSlots;
  }
  return i;
}

void ValueTally::add(std::string_view text) {
  if (text.empty() || more_) return;
  if (slots_.empty()) slots_.resize(kSlots);
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  const std::size_t place = slot(hash, text);
  if (slots_[place] != 0) {
    ++counts_[spellings_[slots_[place] - std::size_t{1}].value];
    return;
  }
  const std::string converted = to_utf8(text);
  const std::string value(trimmed(converted).substr(0, 4 * kMostBytes));
  if (value.empty()) return;
  const auto [known, is_new] = values_.try_emplace(value, static_cast<std::uint32_t>(counts_.size()));
  if (is_new && counts_.size() == kMost) {
    more_ = true;
    return;
  }
  if (is_new) counts_.push_back(0);
  ++counts_[known->second];
  if (spellings_.size() == kMostSpellings || text.size() > 4 * kMostBytes) return;
  spellings_.push_back({hash, std::string(text), known->second});
  slots_[place] = static_cast<std::uint16_t>(spellings_.size());
}

std::string ValueTally::words(std::uint64_t rows) const {
  if (counts_.empty()) return {};
  if (more_) return fmt::format("more than {}", grouped(kMost));
  std::vector<std::pair<std::string_view, std::uint64_t>> all;
  for (const auto& [value, index] : values_) all.emplace_back(value, counts_[index]);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (all.size() == 1)
    return fmt::format("{} ({} of {})", shown(all.front().first), grouped(all.front().second), grouped(rows));
  std::string words = fmt::format("{}: ", grouped(all.size()));
  for (std::size_t i = 0; i < std::min(all.size(), kShown); ++i)
    words += fmt::format("{}{} ({})", i == 0 ? "" : ", ", shown(all[i].first), grouped(all[i].second));
  return words + (all.size() > kShown ? ", …" : "");
}

void WhoseReader::add_source(const input::SourceInfo& source) {
  Columns& columns = columns_.emplace_back();
  for (const std::string& name : source.columns) {
    columns.kinds.push_back(kind_of(particular_called(name)));
    columns.ends = columns.ends || columns.kinds.back() == ValueKind::end;
  }
  while (!columns.kinds.empty() && columns.kinds.back() == ValueKind::none) columns.kinds.pop_back();
}

input::WantedMembers WhoseReader::wanted_members() {
  input::WantedMembers wanted;
  wanted.values = static_cast<std::size_t>(ValueKind::none);
  wanted.which = [](std::string_view parent, std::string_view name) -> std::optional<std::size_t> {
    const ValueKind kind = kind_of(particular_called(parent, name));
    if (kind == ValueKind::none) return std::nullopt;
    return static_cast<std::size_t>(kind);
  };
  wanted.deepest = kDeepestParticulars;
  return wanted;
}

void WhoseReader::count(std::string_view user, std::string_view credential, std::string_view end) {
  whose_.users.add(user);
  whose_.credentials.add(credential);
  if (end.empty()) return;
  if (end != last_end_) {
    last_end_ = end;
    last_end_is_over_ = is_over(std::string(trimmed(to_utf8(end))));
  }
  if (last_end_is_over_) ++whose_.over;
}

bool WhoseReader::add_plain(const Row& row, const input::SourceInfo& source) {
  if (source.format != input::Format::csv) return false;
  const Columns& columns = columns_[row.source];
  if (!columns.ends && whose_.users.full() && whose_.credentials.full()) return true;
  if (row.text.find('"') != std::string_view::npos) return false;
  std::array<std::string_view, 4> found;
  std::string_view rest = row.text;
  for (const ValueKind kind : columns.kinds) {
    const std::size_t end = std::min(rest.find(source.delimiter), rest.size());
    const std::string_view value = rest.substr(0, end);
    if (kind != ValueKind::none && !value.empty()) {
      // Of several columns of a kind, the first that holds anything counts.
      const bool starts_plain = value.front() > ' ' && value.front() < '\x7F';
      if (!starts_plain && trimmed(to_utf8(value)).empty()) return false;
      auto& first = found[static_cast<std::size_t>(kind)];
      if (first.empty()) first = value;
    }
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  count(found[0], found[1], found[2]);
  return true;
}

void WhoseReader::add(const Row& row, const std::vector<input::SourceInfo>& sources,
                      const report::Particulars& known) {
  ++whose_.rows;
  while (columns_.size() <= row.source) add_source(sources[columns_.size()]);
  const bool told = whose_.first.size() >= first_;
  const bool input_tells = known.user.empty() && known.credential.empty() && known.end.empty();
  if (told && input_tells) {
    if (!row.members.empty()) return count(row.members[0], row.members[1], row.members[2]);
    if (add_plain(row, sources[row.source])) return;
  }
  const report::Particulars particulars = particulars_.of(row, sources, known);
  count(particulars.user, particulars.credential, particulars.end);
  if (!told) whose_.first.push_back(words_of(particulars));
}

}  // namespace bulkdrop::run
