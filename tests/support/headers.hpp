// The header fields of an answer, as a test wants them.
#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "bulkdrop/core/answer.hpp"
#include "bulkdrop/core/text.hpp"

namespace bulkdrop::test {

class Headers final : public HeaderFields {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<const std::string, std::string>> fields) {
    for (const auto& [name, value] : fields) set(name, value);
  }
  void set(const std::string& name, std::string value) { fields_[lower_ascii(name)] = std::move(value); }
  // `name` with another value beside the first.
  void contradict(const std::string& name) { twice_.insert(lower_ascii(name)); }
  [[nodiscard]] std::string value(const char* name) const override {
    const auto found = fields_.find(lower_ascii(name));
    return found == fields_.end() ? std::string() : found->second;
  }
  [[nodiscard]] bool disagrees(const char* name) const override { return twice_.contains(lower_ascii(name)); }

 private:
  std::set<std::string> twice_;
  std::map<std::string, std::string> fields_;
};

}  // namespace bulkdrop::test
