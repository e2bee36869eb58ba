// Plain text: one ID a line, or log lines that a regular expression picks IDs from.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bulkdrop/input/row_parser.hpp"

namespace re2 {
class RE2;
}

namespace bulkdrop::input {

// A word alone on its line, if nothing but a comment follows it: white space and `#`. Else the line, trimmed.
std::string_view without_comment(std::string_view line);

// One ID a line, and perhaps a comment behind it. Blank lines are skipped; lines that start with `#` are
// comments, counted as ignored.
class TextParser final : public RowParser {
 public:
  using RowParser::RowParser;
  bool next(Row& row) override;

 private:
  // Why a line of several words is no row.
  [[nodiscard]] std::string explain_words(std::string_view line) const;
};

// The expression of --match. Throws Error(usage) if it is none (RE2 syntax) or has no capture group.
std::unique_ptr<re2::RE2> compile_match(const std::string& expression);

// The first match in each line: its group 1 is the ID. Lines without a match are counted as ignored.
class MatchParser final : public RowParser {
 public:
  MatchParser(Input input, const re2::RE2& expression) : RowParser(input), expression_(expression) {}
  bool next(Row& row) override;

 private:
  bool find(std::string_view line, std::string_view& id);

  const re2::RE2& expression_;
  std::string converted_;
};

}  // namespace bulkdrop::input
