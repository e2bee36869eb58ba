// The IDs of all protect lists, and whether they keep what they were meant to keep.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bulkdrop/core/session_id.hpp"
#include "bulkdrop/input/seen_ids.hpp"

namespace bulkdrop::input {

// A list of IDs that must never be dropped, as it was read.
struct ProtectList {
  std::string file;
  std::uint64_t ids = 0;  // rows of it
  std::string sha256;     // of the file
  // Its different IDs: those that a row had so far, and the others.
  std::uint64_t met = 0;
  std::uint64_t unmet = 0;
};

// All IDs are given in lower case: a protected session must survive a different spelling of it.
class ProtectedIds {
 public:
  using Hash = SeenIds::Hash;

  // Throws as Screen.
  ProtectedIds(const std::vector<std::string>& files, const std::string& id_pattern);

  [[nodiscard]] bool empty() const { return ids_.size() == 0; }
  [[nodiscard]] Hash hash(std::string_view id) const { return ids_.hash(id); }
  void fetch(const Hash& hash) const { ids_.fetch(hash); }

  // A usable row has that ID. True if it is on a list.
  bool meet(const Hash& hash);
  // A row has an ID of so many bytes.
  void note_size(std::size_t bytes) { sizes_.set(bytes); }

  // An ID that is so long may begin with a protected one.
  [[nodiscard]] bool may_hold_one(std::size_t bytes) const { return bytes > shortest_; }
  // Looks for a protected ID in the beginning of one that is let through. True for the first such row of a
  // protected length: say with tell_beginning() where it stands.
  bool look_for_beginning(std::string_view id);
  void tell_beginning(const std::string& place) { found_->row = place; }

  [[nodiscard]] const std::vector<ProtectList>& lists() const { return lists_; }
  // Once all rows are known: protected IDs that are as long as no row's, one sentence a length, and those
  // with which an ID begins that was let through: somebody cut them, and what they were to keep would be
  // dropped.
  [[nodiscard]] std::vector<std::string> of_odd_size() const;
  [[nodiscard]] std::vector<std::string> beginnings() const;

 private:
  // IDs of one length.
  struct Length {
    std::uint64_t ids = 0;
    std::size_t list = 0;  // where the first of them stands
    std::uint64_t line = 0;
    // The first that begins a row's ID; empty: none does.
    std::string beginning;
    IdPlace place;
    std::size_t row_bytes = 0;
    std::string row;
  };
  using Lists = std::vector<std::size_t>;

  void read(const std::string& file, const std::string& id_pattern);
  void add(std::string_view id, std::size_t list, std::uint64_t line);
  std::uint16_t set_of(Lists lists);
  [[nodiscard]] std::string name_of(std::size_t list) const;

  SeenIds ids_;  // the source of an entry is the set of lists that have the ID, and whether a row had it
  std::vector<Lists> sets_;
  std::map<Lists, std::uint16_t> set_numbers_;
  std::vector<ProtectList> lists_;
  std::map<std::size_t, Length> lengths_;
  Length* found_ = nullptr;
  std::size_t shortest_;
  std::bitset<kMaxSessionIdBytes + 1> sizes_;
  bool any_length_ = false;  // IDs are of one's own pattern, where one may well begin with another
};

// `id` in lower case, in `out`.
void lower_id(std::string_view id, std::string& out);

}  // namespace bulkdrop::input
