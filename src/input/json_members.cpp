#include "bulkdrop/input/json_members.hpp"

#include <utility>

#include "bulkdrop/core/eight_bytes.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::input {

namespace {

namespace dom = simdjson::dom;

// That is remembered: names, and bytes of one with its parent.
constexpr std::size_t kMostKnown = 64;
constexpr std::size_t kMostBytesKnown = 1024;

}  // namespace

bool can_be_field(const dom::element& value) {
  if (value.type() == dom::element_type::OBJECT) return false;
  if (value.type() != dom::element_type::ARRAY) return true;
  const dom::array array(value);
  return array.begin() == array.end() || !is_container(*array.begin());
}

JsonMembers::JsonMembers(const FieldNames& names, WantedMembers wanted)
    : names_(names), wanted_(std::move(wanted)), values_(wanted_.values), numbers_(wanted_.values) {}

JsonMembers::Meaning JsonMembers::called(std::string_view parent, std::string_view name) {
  const std::size_t place = next_++;
  if (place < known_.size() && same_short(known_[place].name, name) &&
      same_short(known_[place].parent, parent))
    return known_[place].meaning;
  return learn(place, parent, name);
}

// Apart, since it is rare.
JsonMembers::Meaning JsonMembers::learn(std::size_t place, std::string_view parent, std::string_view name) {
  Meaning meaning;
  meaning.is_id = names_.matches(name);
  if (wanted_.values > 0) meaning.value = wanted_.which(parent, name).value_or(Meaning::kNotWanted);
  if (parent.size() + name.size() > kMostBytesKnown) return meaning;
  if (place == known_.size() && place < kMostKnown) known_.emplace_back();
  if (place < known_.size()) known_[place] = {std::string(parent), std::string(name), meaning};
  return meaning;
}

void JsonMembers::walk(const dom::element& record) {
  next_ = 0;
  ids_ = 0;
  for (std::string_view& value : values_) value = {};
  if (record.type() == dom::element_type::OBJECT)
    look_into(dom::object(record), {}, 1);
  else if (record.type() == dom::element_type::ARRAY)
    look_into(dom::array(record));
}

void JsonMembers::look_into(const dom::object& object, std::string_view parent, int depth) {
  for (const auto& [key, value] : object) {
    if (value.type() == dom::element_type::OBJECT) {
      look_into(dom::object(value), key, depth + 1);
      continue;
    }
    const Meaning meaning = called(parent, key);
    if (meaning.is_id && can_be_field(value)) {
      if (ids_++ == 0) id_ = value;
    } else if (value.type() == dom::element_type::ARRAY) {
      look_into(dom::array(value));
    }
    if (meaning.value < values_.size() && depth <= wanted_.deepest) keep(meaning.value, value);
  }
}

// Only for an ID: several are too many to be what one session is like.
void JsonMembers::look_into(const dom::array& array) {
  for (const dom::element element : array) {
    if (element.type() == dom::element_type::OBJECT)
      look_into(dom::object(element), {}, wanted_.deepest + 1);
    else if (element.type() == dom::element_type::ARRAY)
      look_into(dom::array(element));
  }
}

void JsonMembers::keep(std::size_t value, const dom::element& element) {
  if (!values_[value].empty()) return;
  if (element.type() == dom::element_type::STRING) {
    values_[value] = trimmed(element.get_string().value());
  } else if (element.is_number()) {
    numbers_[value] = simdjson::minify(element);
    values_[value] = numbers_[value];
  }
}

std::span<const std::string_view> JsonMembers::values() const {
  std::size_t bytes = 0;
  for (const std::string_view value : values_) bytes += value.size();
  return bytes <= WantedMembers::kMostBytes ? std::span(values_) : std::span<const std::string_view>();
}

}  // namespace bulkdrop::input
