// A run directory as a user finds it afterwards: sessions.csv, summary.json, and who may read them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "report/csv.hpp"
#include "support/temp_dir.hpp"
#include <simdjson.h>
#include <sys/stat.h>

namespace bulkdrop::test {

inline constexpr std::string_view kSessionColumns =
    "source,line,session_id,status,reason,http_status,error_code,message,attempts,first_sent_at,finished_at,"
    "duration_ms";

struct SessionRow {
  std::string source;
  std::uint64_t line = 0;
  std::string session_id;
  std::string status;
  std::string reason;
  std::string http_status;  // empty = none
  std::string error_code;   // likewise
  std::string message;
  std::uint64_t attempts = 0;
  std::string first_sent_at;
  std::string finished_at;
  std::string duration_ms;
};

inline std::vector<SessionRow> read_sessions(const std::string& path) {
  const std::string text = slurp(path);
  if (!text.starts_with(std::string(kSessionColumns) + "\r\n"))
    throw std::runtime_error(path + ": the header is " + text.substr(0, text.find('\r')));
  std::vector<SessionRow> rows;
  for (const report::CsvRow& cells : report::parse_csv(text)) {
    if (cells.size() != 12) throw std::runtime_error(path + ": a row of another length");
    if (cells[0] == "source" && cells[1] == "line") continue;
    rows.push_back({cells[0], std::stoull(cells[1]), cells[2], cells[3], cells[4], cells[5], cells[6],
                    cells[7], std::stoull(cells[8]), cells[9], cells[10], cells[11]});
  }
  return rows;
}

class RunDirectory {
 public:
  explicit RunDirectory(std::string path)
      : path_(std::move(path)),
        rows_(read_sessions(file("sessions.csv"))),
        summary_text_(slurp(file("summary.json"))) {
    summary_ = parser_.parse(summary_text_).value();
  }

  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  // The only run directory with a name of the program's own choice in `directory`; throws if there are more.
  static RunDirectory only_one_in(const std::string& directory) {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (entry.is_directory() && entry.path().filename().string().starts_with("bulkdrop-"))
        found.push_back(entry.path().string());
    if (found.size() != 1)
      throw std::runtime_error(std::to_string(found.size()) + " run directories in " + directory);
    return RunDirectory(found.front());
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
  [[nodiscard]] const std::vector<SessionRow>& rows() const { return rows_; }
  [[nodiscard]] const std::string& summary_text() const { return summary_text_; }
  // A member by JSON pointer, such as `/requests/sent`.
  [[nodiscard]] simdjson::dom::element summary(std::string_view pointer) const {
    return summary_.at_pointer(pointer).value();
  }
  [[nodiscard]] std::uint64_t number(std::string_view pointer) const {
    return summary(pointer).get_uint64().value();
  }
  [[nodiscard]] std::string text(std::string_view pointer) const {
    const auto element = summary(pointer);
    return element.is_null() ? "null" : std::string(element.get_string().value());
  }
  [[nodiscard]] std::uint64_t count(std::string_view status) const {
    return number("/counts/" + std::string(status));
  }
  // The same from the rows themselves.
  [[nodiscard]] std::map<std::string, std::uint64_t> row_counts() const {
    std::map<std::string, std::uint64_t> counts;
    for (const SessionRow& row : rows_) ++counts[row.status];
    return counts;
  }

 private:
  std::string path_;
  std::vector<SessionRow> rows_;
  std::string summary_text_;
  simdjson::dom::parser parser_;
  simdjson::dom::element summary_;
};

inline unsigned mode_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw std::runtime_error("cannot examine " + path);
  return info.st_mode & 07777U;
}

}  // namespace bulkdrop::test
