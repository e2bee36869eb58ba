// Finds where a JSON value ends, without understanding it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkdrop {

// Knows strings, escapes and brackets, which must pair; all else is for a parser to judge.
class JsonScanner {
 public:
  enum class Step : std::uint8_t {
    need_more,
    done,
    broken,  // a bracket closes what another kind opened, or more than kMaxDepth are open
  };
  static constexpr std::size_t kMaxDepth = 1024;

  void restart();
  // Reads on in `text` at `position`, which it moves to the value's end (done), the text's end (need_more) or
  // the offending byte (broken). A number or literal ends where the text ends only if the input does: ask
  // in_scalar().
  Step scan(std::string_view text, std::size_t& position);
  [[nodiscard]] bool in_scalar() const { return phase_ == Phase::scalar; }

 private:
  enum class Phase : std::uint8_t { start, scalar, container, string };
  bool open(bool object);
  bool close(bool object);

  Phase phase_ = Phase::start;
  bool escaped_ = false;
  std::size_t depth_ = 0;
  std::array<std::uint64_t, kMaxDepth / 64> is_object_{};
};

}  // namespace bulkdrop
