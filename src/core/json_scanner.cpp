#include "bulkdrop/core/json_scanner.hpp"

namespace bulkdrop {

namespace {

// True for the bytes that mean something between a container's brackets.
constexpr std::array<bool, 256> kStructural = [] {
  std::array<bool, 256> table{};
  for (const char c : {'"', '{', '}', '[', ']'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr bool ends_scalar(char c) {
  return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

void JsonScanner::restart() {
  phase_ = Phase::start;
  escaped_ = false;
  depth_ = 0;
}

bool JsonScanner::open(bool object) {
  if (depth_ == kMaxDepth) return false;
  const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
  auto& word = is_object_[depth_ / 64];
  word = object ? word | bit : word & ~bit;
  ++depth_;
  phase_ = Phase::container;
  return true;
}

bool JsonScanner::close(bool object) {
  if (depth_ == 0) return false;
  const auto top = depth_ - 1;
  if ((((is_object_[top / 64] >> (top % 64)) & 1U) != 0) != object) return false;
  depth_ = top;
  return true;
}

JsonScanner::Step JsonScanner::scan(std::string_view text, std::size_t& position) {
  while (position < text.size()) {
    const char c = text[position];
    switch (phase_) {
      case Phase::start:
        if (c == '{' || c == '[') {
          open(c == '{');
        } else {
          phase_ = c == '"' ? Phase::string : Phase::scalar;
        }
        ++position;
        break;

      case Phase::scalar:
        if (ends_scalar(c)) return Step::done;
        ++position;
        break;

      case Phase::string:
        if (escaped_) {
          escaped_ = false;
          ++position;
          break;
        }
        while (position < text.size() && text[position] != '"' && text[position] != '\\') ++position;
        if (position == text.size()) break;
        escaped_ = text[position++] == '\\';
        if (escaped_) break;
        if (depth_ == 0) return Step::done;
        phase_ = Phase::container;
        break;

      case Phase::container:
        if (!kStructural[static_cast<unsigned char>(c)]) {
          ++position;
          break;
        }
        if (c == '"') {
          phase_ = Phase::string;
        } else if (c == '{' || c == '[') {
          if (!open(c == '{')) return Step::broken;
        } else {
          if (!close(c == '}')) return Step::broken;
          if (depth_ == 0) {
            ++position;
            return Step::done;
          }
        }
        ++position;
        break;
    }
  }
  return Step::need_more;
}

}  // namespace bulkdrop
