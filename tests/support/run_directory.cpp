#include "support/run_directory.hpp"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "support/csv.hpp"
#include <sys/stat.h>

namespace bulkdrop::test {

std::vector<SessionRow> read_sessions(const std::string& path) {
  const std::string text = slurp(path);
  if (!text.starts_with(std::string(kSessionColumns) + "\r\n"))
    throw std::runtime_error(path + ": the header is " + text.substr(0, text.find('\r')));
  std::vector<SessionRow> rows;
  for (const CsvRow& cells : parse_csv(text)) {
    if (cells.size() != 12) throw std::runtime_error(path + ": a row of another length");
    if (cells[0] == "source" && cells[1] == "line") continue;
    rows.push_back({cells[0], std::stoull(cells[1]), cells[2], cells[3], cells[4], cells[5], cells[6],
                    cells[7], std::stoull(cells[8]), cells[9], cells[10], cells[11]});
  }
  return rows;
}

RunDirectory::RunDirectory(std::string path)
    : path_(std::move(path)),
      rows_(read_sessions(file("sessions.csv"))),
      summary_text_(slurp(file("summary.json"))),
      summary_(summary_text_) {}

RunDirectory RunDirectory::only_one_in(const std::string& directory) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.is_directory() && entry.path().filename().string().starts_with("bulkdrop-"))
      found.push_back(entry.path().string());
  if (found.size() != 1)
    throw std::runtime_error(std::to_string(found.size()) + " run directories in " + directory);
  return RunDirectory(found.front());
}

std::string RunDirectory::text(std::string_view pointer) const {
  return summary_.is_null(pointer) ? "null" : summary_.text(pointer);
}

std::uint64_t RunDirectory::count(std::string_view status) const {
  return number("/counts/" + std::string(status));
}

std::map<std::string, std::uint64_t> RunDirectory::row_counts() const {
  std::map<std::string, std::uint64_t> counts;
  for (const SessionRow& row : rows_) ++counts[row.status];
  return counts;
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw std::runtime_error("cannot examine " + path);
  return info.st_mode & 07777U;
}

}  // namespace bulkdrop::test
