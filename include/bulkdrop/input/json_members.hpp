// One walk over the members of a JSON record. Not for headers: simdjson's is a long one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "bulkdrop/input/field_names.hpp"
#include "bulkdrop/input/wanted_members.hpp"

namespace bulkdrop::input {

inline bool is_container(const simdjson::dom::element& value) {
  return value.type() == simdjson::dom::element_type::OBJECT ||
         value.type() == simdjson::dom::element_type::ARRAY;
}

// A value under a known name is the field itself, unless it is an object, or an array of containers, which is
// looked into instead.
bool can_be_field(const simdjson::dom::element& value);

// Finds what could be the ID's field, anywhere in a record, and the members that are wanted besides.
class JsonMembers {
 public:
  // `names` outlives it.
  JsonMembers(const FieldNames& names, WantedMembers wanted);

  // Whatever it finds lives as long as `record`.
  void walk(const simdjson::dom::element& record);

  // How many fields could be the ID's, and the first of them if there is any.
  [[nodiscard]] std::size_t ids() const { return ids_; }
  [[nodiscard]] const simdjson::dom::element& id() const { return id_; }
  // The wanted ones, white space around them apart, empty where the record has none; no values at all if
  // nothing is wanted, or they are longer than WantedMembers::kMostBytes.
  [[nodiscard]] std::span<const std::string_view> values() const;

 private:
  // What a name says.
  struct Meaning {
    static constexpr std::size_t kNotWanted = static_cast<std::size_t>(-1);
    bool is_id = false;
    std::size_t value = kNotWanted;
  };
  struct Known {
    std::string parent;
    std::string name;
    Meaning meaning;
  };

  void look_into(const simdjson::dom::object& object, std::string_view parent, int depth);
  void look_into(const simdjson::dom::array& array);
  void keep(std::size_t value, const simdjson::dom::element& element);
  Meaning called(std::string_view parent, std::string_view name);
  Meaning learn(std::size_t place, std::string_view parent, std::string_view name);

  const FieldNames& names_;
  WantedMembers wanted_;
  // Records have the same members in the same order: what the nth name meant the last time.
  std::vector<Known> known_;
  std::size_t next_ = 0;
  std::size_t ids_ = 0;
  simdjson::dom::element id_;
  std::vector<std::string_view> values_;
  std::vector<std::string> numbers_;  // those of `values_` that are written anew
};

}  // namespace bulkdrop::input
