#include "bulkdrop/input/json_lists.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "bulkdrop/core/shell_word.hpp"
#include "bulkdrop/core/text.hpp"
#include "bulkdrop/input/json_members.hpp"

namespace bulkdrop::input {

namespace {

namespace dom = simdjson::dom;

using Steps = std::span<const std::string>;

constexpr std::size_t kMostPathsListed = 200;

void collect_fields(const dom::element& value, const std::string& pointer, std::vector<std::string>& paths) {
  if (paths.size() >= kMostPathsListed) return;
  if (value.type() == dom::element_type::OBJECT) {
    for (const auto field : dom::object(value))
      collect_fields(field.value, pointer + pointer_step(field.key), paths);
  } else if (value.type() == dom::element_type::ARRAY && !can_be_field(value)) {
    const bool one = dom::array(value).size() == 1;
    for (const auto element : dom::array(value))
      collect_fields(element, pointer + (one ? "/0" : "/*"), paths);
  } else if (std::find(paths.begin(), paths.end(), pointer) == paths.end()) {
    paths.push_back(pointer);
  }
}

bool is_id(const dom::element& value, const IdRules& rules) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS && rules.accept(trimmed(text));
}

bool find_id(const dom::element& value, const IdRules& rules, std::string& pointer) {
  if (is_id(value, rules)) return true;
  const std::size_t size = pointer.size();
  if (value.type() == dom::element_type::OBJECT) {
    for (const auto field : dom::object(value)) {
      pointer += pointer_step(field.key);
      if (find_id(field.value, rules, pointer)) return true;
      pointer.resize(size);
    }
  } else if (value.type() == dom::element_type::ARRAY) {
    std::size_t index = 0;
    for (const auto element : dom::array(value)) {
      pointer += fmt::format("/{}", index++);
      if (find_id(element, rules, pointer)) return true;
      pointer.resize(size);
    }
  }
  return false;
}

// Whether an ID stands at `steps`, in whichever element of the lists on the way.
bool has_id(const dom::element& value, Steps steps, const IdRules& rules) {
  if (steps.empty()) return is_id(value, rules);
  if (value.type() == dom::element_type::OBJECT) {
    dom::element member;
    return dom::object(value).at_key(steps.front()).get(member) == simdjson::SUCCESS &&
           has_id(member, steps.subspan(1), rules);
  }
  if (value.type() != dom::element_type::ARRAY) return false;
  const dom::array array(value);
  return std::any_of(array.begin(), array.end(),
                     [&](const dom::element& element) { return has_id(element, steps.subspan(1), rules); });
}

std::string jq_step(std::string_view key) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  const bool word = !key.empty() && kLetters.find(key.front()) != std::string_view::npos &&
                    std::all_of(key.begin(), key.end(), [&](char c) {
                      return (c >= '0' && c <= '9') || kLetters.find(c) != std::string_view::npos;
                    });
  if (word) return fmt::format(".{}", key);
  std::string quoted;
  append_json_string(quoted, key);
  return "." + quoted;
}

}  // namespace

std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (const char c : key) {
    if (c == '~')
      step += "~0";
    else if (c == '/')
      step += "~1";
    else
      step += c;
  }
  return step;
}

std::vector<std::string> split_pointer(std::string_view pointer) {
  std::vector<std::string> steps;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string step;
    for (std::size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1'))
        step += pointer[++i] == '0' ? '~' : '/';
      else
        step += pointer[i];
    }
    steps.push_back(std::move(step));
    pointer.remove_prefix(end);
  }
  return steps;
}

std::vector<std::string> list_fields(const dom::element& record) {
  std::vector<std::string> paths;
  collect_fields(record, "", paths);
  return paths;
}

std::string find_any_id(const dom::element& record, const IdRules& rules) {
  std::string pointer;
  return find_id(record, rules, pointer) ? pointer : std::string();
}

RecordList record_list(const dom::element& record, const std::vector<std::string>& steps,
                       const IdRules& rules) {
  RecordList found;
  std::string jq;
  std::size_t list_step = 0;
  dom::element value = record;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    dom::element next;
    if (value.type() == dom::element_type::OBJECT) {
      if (dom::object(value).at_key(steps[i]).get(next) != simdjson::SUCCESS) break;
      jq += jq_step(steps[i]);
    } else if (value.type() == dom::element_type::ARRAY) {
      const dom::array array(value);
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(steps[i].data(), steps[i].data() + steps[i].size(), index);
      if (error != std::errc() || *end != '\0' || array.at(index).get(next) != simdjson::SUCCESS) break;
      std::size_t with_id = 0;
      for (const auto element : array)
        with_id += has_id(element, Steps(steps).subspan(i + 1), rules) ? 1U : 0U;
      if (jq.empty()) jq = ".";
      if (with_id > 1) {
        jq += "[]";
        found.jq = jq;
        list_step = i + 1;
      } else {
        jq += fmt::format("[{}]", index);
      }
    } else {
      break;
    }
    value = next;
  }
  for (std::size_t i = list_step; !found.jq.empty() && i < steps.size(); ++i)
    found.field += pointer_step(steps[i]);
  return found;
}

std::string command_for(const RecordList& list, const std::string& name) {
  return fmt::format("jq -c {}{} | bulkdrop drop{}", shell_word(list.jq),
                     name == "-" ? std::string() : " " + shell_word(name),
                     list.field.empty() ? std::string() : " --field " + shell_word(list.field));
}

}  // namespace bulkdrop::input
