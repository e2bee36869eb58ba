// The lines of a journal, for its tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

#include "bulkdrop/record/journal_lines.hpp"

namespace bulkdrop::record {

// With their line ends.
inline std::vector<std::string> lines_of_text(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// Without line ends and commits.
inline std::vector<std::string> records_of(const std::string& path) {
  std::vector<std::string> records;
  for (std::string& line : lines_of_text(test::slurp(path))) {
    if (line.starts_with(kCommitStart)) continue;
    if (line.ends_with('\n')) line.pop_back();
    records.push_back(std::move(line));
  }
  return records;
}

}  // namespace bulkdrop::record
