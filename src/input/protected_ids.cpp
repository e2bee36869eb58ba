#include "bulkdrop/input/protected_ids.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "bulkdrop/core/eight_bytes.hpp"
#include "bulkdrop/core/error.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/reader.hpp"

namespace bulkdrop::input {

namespace {

constexpr std::uint16_t kMet = 0x8000;
constexpr std::size_t kShownBytes = 80;

std::string_view characters(std::uint64_t bytes) {
  return bytes == 1 ? "character" : "characters";
}

}  // namespace

void lower_id(std::string_view id, std::string& out) {
  out.resize(id.size());
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= id.size(); i += sizeof(std::uint64_t)) {
    const std::uint64_t bytes = lower_case(load_eight(id.data() + i));
    std::memcpy(out.data() + i, &bytes, sizeof bytes);
  }
  for (; i < id.size(); ++i)
    out[i] = id[i] >= 'A' && id[i] <= 'Z' ? static_cast<char>(id[i] - 'A' + 'a') : id[i];
}

ProtectedIds::ProtectedIds(const std::vector<std::string>& files, const std::string& id_pattern)
    : shortest_(std::numeric_limits<std::size_t>::max()), any_length_(!id_pattern.empty()) {
  for (const auto& file : files) read(file, id_pattern);
  ids_.compact();
  if (!lengths_.empty()) shortest_ = lengths_.begin()->first;
}

void ProtectedIds::read(const std::string& file, const std::string& id_pattern) {
  if (file == "-")
    throw Error(ExitCode::usage, "--protect -: a protect list can't come from standard input; give a file");
  Options options;
  options.id_pattern = id_pattern;
  options.protect_list = true;
  SourceInfo info;
  const std::size_t number = lists_.size();
  lists_.push_back({file, 0, {}});
  try {
    Reader reader({file}, options);
    Row row;
    std::string lower;
    while (reader.next(row)) {
      if (row.admission != Admission::to_drop)
        throw Error(ExitCode::bad_input,
                    fmt::format("{}:{}: {}; every row of it must hold a whole ID, correct it first", file,
                                row.line, row.message));
      lower_id(row.session_id, lower);
      add(lower, number, row.line);
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
  if (const std::string hidden = quoted_rows(info); !hidden.empty())
    throw Error(ExitCode::bad_input, fmt::format("protect list {}", hidden));
  lists_[number].ids = info.rows;
  lists_[number].sha256 = info.sha256;
}

void ProtectedIds::add(std::string_view id, std::size_t list, std::uint64_t line) {
  constexpr std::uint64_t kMostLine = std::numeric_limits<std::uint32_t>::max();
  const Hash key = ids_.hash(id);
  const IdPlace place{static_cast<std::uint32_t>(std::clamp<std::uint64_t>(line, 1, kMostLine)),
                      set_of({list})};
  if (const auto known = ids_.insert(key, place)) {
    Lists lists = sets_[known->source];
    if (lists.back() == list) return;
    lists.push_back(list);
    *ids_.source(key) = set_of(std::move(lists));
  } else {
    Length& length = lengths_[id.size()];
    if (length.ids++ == 0) {
      length.list = list;
      length.line = line;
    }
  }
  ++lists_[list].unmet;
}

// Lists that share IDs are few, and so are the sets.
std::uint16_t ProtectedIds::set_of(Lists lists) {
  if (!sets_.empty() && sets_.back() == lists) return static_cast<std::uint16_t>(sets_.size() - 1);
  const auto known = set_numbers_.find(lists);
  if (known != set_numbers_.end()) return known->second;
  if (sets_.size() == kMet) throw Error(ExitCode::usage, "--protect: too many lists share IDs; join them");
  const auto number = static_cast<std::uint16_t>(sets_.size());
  sets_.push_back(lists);
  set_numbers_.emplace(std::move(lists), number);
  return number;
}

bool ProtectedIds::meet(const Hash& hash) {
  std::uint16_t* const set = ids_.source(hash);
  if (set == nullptr) return false;
  if ((*set & kMet) == 0) {
    for (const std::size_t list : sets_[*set]) {
      ++lists_[list].met;
      --lists_[list].unmet;
    }
    *set |= kMet;
  }
  return true;
}

bool ProtectedIds::look_for_beginning(std::string_view id) {
  for (auto& [bytes, length] : lengths_) {
    if (bytes >= id.size()) break;
    // What would not count in the end need not be looked for.
    if (!length.beginning.empty() || (any_length_ && sizes_.test(bytes))) continue;
    const std::string_view beginning = id.substr(0, bytes);
    const auto place = ids_.find(beginning);
    if (!place) continue;
    length.beginning = beginning;
    length.place = *place;
    length.row_bytes = id.size();
    found_ = &length;
    return true;
  }
  return false;
}

std::string ProtectedIds::name_of(std::size_t list) const {
  return printable(lists_[list].file);
}

std::vector<std::string> ProtectedIds::of_odd_size() const {
  std::vector<std::string> all;
  if (sizes_.none()) return all;
  std::size_t one_size = 0;
  while (!sizes_.test(one_size)) ++one_size;
  const std::string theirs = sizes_.count() == 1 ? fmt::format("all IDs of the input have {}", one_size)
                                                 : std::string("no ID of the input has as many");
  for (const auto& [bytes, length] : lengths_) {
    if (sizes_.test(bytes)) continue;
    const std::string more =
        length.ids == 1 ? "" : fmt::format(" (as have {} more protected IDs)", grouped(length.ids - 1));
    all.push_back(fmt::format("protect list {}:{}: the ID has {} {}{}, {}: is it whole?",
                              name_of(length.list), length.line, bytes, characters(bytes), more, theirs));
  }
  return all;
}

std::vector<std::string> ProtectedIds::beginnings() const {
  std::vector<std::string> all;
  for (const auto& [bytes, length] : lengths_) {
    if (length.beginning.empty() || (any_length_ && sizes_.test(bytes))) continue;
    const std::uint16_t set = length.place.source & static_cast<std::uint16_t>(~kMet);
    all.push_back(fmt::format(
        "protect list {}:{}: {} has {} {} and is the beginning of an ID of {} that is "
        "not protected, {}: write the whole ID",
        name_of(sets_[set].front()), length.place.line, printable(shortened(length.beginning, kShownBytes)),
        bytes, characters(bytes), length.row_bytes, length.row));
  }
  return all;
}

}  // namespace bulkdrop::input
